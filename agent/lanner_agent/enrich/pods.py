# SPDX-License-Identifier: Apache-2.0
"""The kubelet's list of its pods -> what events need of them. Pure.

Tenants write pods: sizes are bounded, and a pod or container without the expected shape is left out, one at a
time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_agent.enrich import owners
from lanner_engine.fields.model import Owners

MAX_PODS: Final = 4096
MAX_CONTAINERS: Final = 512  # of one pod, those that ended included
MAX_LABELS: Final = 256
MAX_LENGTH: Final = 4096  # characters of a label with its value
_STATUSES: Final = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


@dataclass(frozen=True, slots=True)
class Pod:
    """`uid` is the one the runtime knows it by; for a static pod it is not its mirror's in the API."""

    uid: bytes
    name: bytes
    namespace: bytes
    labels: Mapping[bytes, bytes]
    ip: bytes | None
    owners: Owners


@dataclass(frozen=True, slots=True)
class Pods:
    """By uid; and by the full id of each container, with the container's name in the pod."""

    by_uid: Mapping[bytes, Pod] = field(default_factory=dict)
    by_container: Mapping[bytes, tuple[Pod, bytes]] = field(default_factory=dict)


def parse(document: Any) -> Pods:
    """A v1 PodList as the kubelet's /pods gives it."""
    by_uid: dict[bytes, Pod] = {}
    by_container: dict[bytes, tuple[Pod, bytes]] = {}
    for item in _list(document, "items")[:MAX_PODS]:
        pod = _pod(item)
        if pod is not None:
            by_uid[pod.uid] = pod
            by_container.update((full_id, (pod, name)) for full_id, name in _containers(item))
    return Pods(by_uid, by_container)


def _pod(item: Any) -> Pod | None:
    meta, status = _dict(item, "metadata"), _dict(item, "status")
    uid, name, namespace = (_bytes(meta.get(key)) for key in ("uid", "name", "namespace"))
    if not (uid and name and namespace):
        return None
    return Pod(
        uid, name, namespace, labels(meta.get("labels")), _bytes(status.get("podIP")), owners.owners(item)
    )


def labels(written: Any) -> Mapping[bytes, bytes]:
    """Of any object's metadata."""
    pairs = written.items() if isinstance(written, dict) else ()
    short = (pair for pair in pairs if isinstance(pair[1], str) and len(pair[0]) + len(pair[1]) <= MAX_LENGTH)
    known = ((_bytes(key), _bytes(value)) for key, value in sorted(short)[:MAX_LABELS])
    return {key: value or b"" for key, value in known if key}


def _containers(item: Any) -> Iterator[tuple[bytes, bytes]]:
    status = _dict(item, "status")
    for kind in _STATUSES:
        for one in _list(status, kind)[:MAX_CONTAINERS]:
            name = _bytes(one.get("name")) if isinstance(one, dict) else None
            # containerd://64 digits; empty until the runtime has made it
            _, _, full_id = (_bytes(one.get("containerID")) or b"").partition(b"://") if name else (b"",) * 3
            if name and full_id:
                yield full_id, name


def _dict(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _bytes(value: Any) -> bytes | None:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) and value else None
