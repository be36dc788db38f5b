# SPDX-License-Identifier: Apache-2.0
"""What a metric is, and the page of them: the same for the agent and the operator, of which it knows nothing.

A program has a table of families (family), which is all that its page and its reference say; values are read
at a scrape, and at no other time.
"""
