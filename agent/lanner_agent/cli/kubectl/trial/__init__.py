# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner try`: rules of files as DryRun objects for a while, what they match, and what would silence
that. The only part of the plugin that writes into a cluster; it deletes what it made.
"""
