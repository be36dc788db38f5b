# SPDX-License-Identifier: Apache-2.0
"""The API server as the operator sees it: what it allows us, whether it answers, and the session kopf asks it
by. Knows Kubernetes, and nothing of rules. How it is asked is lanner_apiserver's.
"""
