# SPDX-License-Identifier: Apache-2.0
"""The API server as the agent sees it: requests and watches, JSON in and JSON out. Also the kubelet, which
speaks the same way.

Only here is the Kubernetes client imported, and none of its thousand model classes: they would cost more
memory than everything else of it. Whatever comes from the other side is bounded in size and time, and every
failure is an ApiError that says what was asked and what to do.
"""
