# SPDX-License-Identifier: Apache-2.0
"""The node's kubelet as one more server that speaks JSON: the same credentials, another address.

A kubelet's serving certificate is signed by the cluster's authority where the cluster asks for that
(serverTLSBootstrap), and by nobody where it does not. The agent's token goes to whoever answers, so by
default an answer that cannot be verified is no answer; whoever trusts the node's network may say so.
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
