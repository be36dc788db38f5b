# SPDX-License-Identifier: Apache-2.0
"""What outputs that may be slow or away have in common: a bounded queue behind the thread that watches, a
thread that forms and sends, tries again, counts and tells.

An output of its own is a Carrier: it forms a snapshot, and sends what it formed, once. Everything else lives
here. Knows no particular output.
"""
