# SPDX-License-Identifier: Apache-2.0
"""The API server, and the kubelet, which speaks the same way: requests, watches that stay alive, errors
sorted by what to do about them. JSON in and JSON out.

And what both programs show of themselves over HTTP: the page of metrics (metrics/), an application at one
address (served), how many may connect (door), and the certificates that two ends know each other by (pinned),
which know none of that.

Why a DaemonSet lacks pods (missing_pods) is here too, which the operator and `kubectl lanner` both tell.

Knows Kubernetes, and nothing of rules, nodes or alerts, but for the name that agents sign Events with. Only
here is the Kubernetes client imported, and none of its thousand model classes: they would cost more memory
than everything else of it. Every answer of the other side is bounded in size and time. What a program says of
itself where a kubelet collects it is here too (log_lines), since agent and operator share nothing else.
"""
