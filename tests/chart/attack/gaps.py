# SPDX-License-Identifier: Apache-2.0
"""Why no default rule sees a technique: the honest part of the table."""

from __future__ import annotations

from typing import Final

_API: Final = "it happens at the API server; its audit log shows it"
_LOGIN: Final = (
    "a node sees a login that succeeds as it sees any other; the service's own log tells them apart"
)
_NETWORK: Final = (
    "it is traffic, and what is much traffic differs from place to place; metrics of the network show it"
)
_NAME: Final = "a borrowed name is no event; rules here ask for executables by path and layer, not by name"

GAPS: Final = {
    "T1036": _NAME,
    "T1036.005": _NAME,
    "T1053.007": _API,
    "T1069": _API,
    "T1078": _LOGIN,
    "T1078.001": _LOGIN,
    "T1078.003": _LOGIN,
    "T1098.006": _API,
    "T1110": _LOGIN,
    "T1110.001": _LOGIN,
    "T1110.003": _LOGIN,
    "T1110.004": _LOGIN,
    "T1133": _LOGIN,
    "T1136": "accounts are made by programs whose job it is, which are left alone; only others are told",
    "T1136.001": "accounts are made by programs whose job it is, which are left alone; only others are told",
    "T1204": "somebody starts what somebody else made: the start is that of every pod",
    "T1204.003": "an image says nothing of itself; policies at admission and scanners ask that",
    "T1498": _NETWORK,
    "T1499": _NETWORK,
    "T1525": "it happens at the registry",
    "T1550": "a token that is used elsewhere leaves no trace on the node that it came from",
    "T1550.001": "a token that is used elsewhere leaves no trace on the node that it came from",
    "T1552.007": _API,
    "T1612": "an image that is built in a pod that may build looks like every other build",
}
