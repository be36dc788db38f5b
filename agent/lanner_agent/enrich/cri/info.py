# SPDX-License-Identifier: Apache-2.0
"""The verbose `info` of a status: JSON of each runtime's own making, read for the few facts CRI has no
field for.

Absence, foreign shapes and broken JSON all mean "does not say".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from lanner_agent.enrich.cri import runtime_pb2 as pb

MAX_CNI: Final = 4096
_CNI_RESULT: Final = "io.kubernetes.cri-o.CNIResult"
_OF_NODE: Final = ("Mac", "Sandbox")
# Where the image's name is, when the status has only an id: containerd's annotation, CRI-O's old and new
# ones.
_IMAGE_NAMES: Final = (
    "io.kubernetes.cri.image-name",
    "io.kubernetes.cri-o.ImageName",
    "io.kubernetes.cri-o.Image",
)


def parse(info: Iterable[pb.Pair]) -> dict[str, Any]:
    """The object under the key "info"; {} when there is none."""
    for pair in info:
        if pair.key == b"info":
            try:
                parsed = json.loads(pair.value)
            except (ValueError, RecursionError):
                return {}
            return parsed if isinstance(parsed, dict) else {}
    return {}


def privileged(info: dict[str, Any]) -> bool | None:
    """containerd: in the configuration it was given; CRI-O: said outright."""
    for path in (("config", "linux", "security_context", "privileged"), ("privileged",)):
        value = _at(info, *path)
        if isinstance(value, bool):
            return value
    # containerd's JSON leaves false out.
    return False if isinstance(_at(info, "config", "linux"), dict) else None


def image_name(info: dict[str, Any]) -> bytes | None:
    """The image's name as the pod gave it, from the runtime's annotations."""
    said = _at(info, "config", "image", "user_specified_image")
    annotations = _at(info, "runtimeSpec", "annotations")
    known = annotations if isinstance(annotations, dict) else {}
    for value in (said, *(known.get(key) for key in _IMAGE_NAMES)):
        if isinstance(value, str) and value:
            return value.encode("utf-8", "surrogatepass")
    return None


def cni_result(info: dict[str, Any]) -> bytes | None:
    """What the network plugin answered for a sandbox, on one line: containerd's result by interface, or
    CRI-O's annotation as it is. What is too long is left out.
    """
    interfaces = _at(info, "cniResult", "Interfaces")
    said = _addresses(interfaces) if isinstance(interfaces, dict) else None
    said = said or _at(info, "runtimeSpec", "annotations", _CNI_RESULT)
    if not isinstance(said, str) or not 0 < len(said) <= MAX_CNI:
        return None
    return said.encode("utf-8", "surrogatepass")


def _addresses(interfaces: dict[str, Any]) -> str:
    """Of each interface inside the pod what is no detail of the node, as Falco writes it."""
    inside = {
        name: {key: one for key, one in said.items() if key not in _OF_NODE}
        if isinstance(said, dict)
        else said
        for name, said in interfaces.items()
        if name != "lo" and not name.startswith("veth")
    }
    return json.dumps(inside, separators=(",", ":"), sort_keys=True)


def sandbox_id(info: dict[str, Any]) -> bytes | None:
    """The pod's sandbox; containerd and CRI-O spell it alike."""
    value = _at(info, "sandboxID")
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) and value else None


def image_id(info: dict[str, Any]) -> bytes | None:
    """The image's id: the kubelet asks for a container by it, and containerd repeats what it was asked."""
    value = _at(info, "config", "image", "image")
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) and value else None


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
