# SPDX-License-Identifier: Apache-2.0
"""The node's kubelet as one more server that speaks JSON: the same credentials, another address.

A kubelet's serving certificate is signed by the cluster's authority where the cluster asks for that
(serverTLSBootstrap), and unsigned where it does not. The agent sends its token with each request, so by
default it does not ask a kubelet whose certificate it cannot verify; an administrator who trusts the node's
network may allow it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lanner_apiserver.client import Api

PORT: Final = 10250


def connect(api: Api, node_ip: str, *, verify: bool = True) -> Api:
    """The kubelet at `node_ip`. Asks nothing yet. Raises Unreachable when the authority cannot be read."""
    host = f"[{node_ip}]" if ":" in node_ip else node_ip
    # The token and how it is renewed are shared.
    made = replace(api.server, host=f"https://{host}:{PORT}", verify=verify, name=None, proxy=None)
    return Api(made, api.agent)
