# SPDX-License-Identifier: Apache-2.0
"""The API server: requests, watches that stay alive, whom we are to it and what it allows us. JSON in, JSON
out.

Knows Kubernetes, and nothing of rules. Only here is the Kubernetes client imported.
"""
