# SPDX-License-Identifier: Apache-2.0
"""Who this agent is: its node and its pod. From the options, and from the claims of the pod's own token.

The claims are not verified, since nothing is granted by them: the API server made the token and checks it.
"""

from __future__ import annotations

import base64
import binascii
import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from lanner_apiserver.connection import TOKEN

_PARTS: Final = 3  # of a JSON web token: header, claims, signature
_MAX_LENGTH: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """The node this agent watches. `uid` is None where no token tells it (outside a pod, Kubernetes < 1.30).

    `pod_name` and `pod_uid` are "" outside a pod. `namespace` is the one Lanner is installed in.
    """

    name: str
    uid: str | None
    pod_name: str
    pod_uid: str
    namespace: str


def completed(given: NodeIdentity, token: pathlib.Path = TOKEN) -> NodeIdentity:
    """What was given, with the gaps filled from the token's claims. A node's uid counts only for its name."""
    claims = read_claims(token)
    node, pod = _part(claims, "node"), _part(claims, "pod")
    name = given.name or node.get("name", "")
    return replace(
        given,
        name=name,
        uid=given.uid or (node.get("uid") if node.get("name") == name else None),
        pod_name=given.pod_name or pod.get("name", ""),
        pod_uid=given.pod_uid or pod.get("uid", ""),
        namespace=given.namespace or str(claims.get("namespace", "")),
    )


def read_claims(token: pathlib.Path = TOKEN) -> Mapping[str, Any]:
    """The claim `kubernetes.io` of a projected service account token; {} where there is none to read."""
    try:
        with token.open("rb") as file:
            parts = file.read(_MAX_LENGTH).strip().split(b".")
    except OSError:
        return {}
    if len(parts) != _PARTS:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    said = claims.get("kubernetes.io") if isinstance(claims, dict) else None
    return said if isinstance(said, dict) else {}


def _part(claims: Mapping[str, Any], name: str) -> dict[str, str]:
    part = claims.get(name)
    if not isinstance(part, dict):
        return {}
    return {key: value for key, value in part.items() if isinstance(value, str)}
