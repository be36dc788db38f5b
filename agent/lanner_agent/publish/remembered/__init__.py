# SPDX-License-Identifier: Apache-2.0
"""The last alerts, in memory, for the page: one more output. Redacted as all outputs are, bounded in number
and bytes, shared out as queues are; what goes is counted by whose it was.
"""
