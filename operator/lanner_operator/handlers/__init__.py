# SPDX-License-Identifier: Apache-2.0
"""Where others call in, and the command: watches that mark what changed, the webhook, the page, the start,
health. Only here is kopf imported.
"""
