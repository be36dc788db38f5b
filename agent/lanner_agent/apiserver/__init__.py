# SPDX-License-Identifier: Apache-2.0
"""The API server as the agent sees it: who the agent is to it, its node's kubelet, and saying once what it
refuses. How it is asked is lanner_apiserver's.
"""
