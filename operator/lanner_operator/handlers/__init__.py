# SPDX-License-Identifier: Apache-2.0
"""Where the API server calls in, and the command: watches that mark what changed, the start, health. Only
here is kopf imported.
"""
