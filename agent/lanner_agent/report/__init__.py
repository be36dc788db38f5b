# SPDX-License-Identifier: Apache-2.0
"""What this node says of itself in the cluster: its FalcoNode, its Lease, its health pages; and the alerts
that it keeps, for the page (page/), which one machine shows too.

Reads what others know and changes nothing of theirs. Writes only when something changed: a node at rest
costs the API server one small write a minute.
"""
