# SPDX-License-Identifier: Apache-2.0
"""Where the API server calls in: watches, timers, admission, and the command. Only here is kopf imported."""
