# SPDX-License-Identifier: Apache-2.0
"""Alerts as the agent writes them, a JSON object a line: why one fired, and what would silence those that
repeat. Lines in, findings out; reads no file itself.
"""
