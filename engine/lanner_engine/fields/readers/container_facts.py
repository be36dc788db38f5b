# SPDX-License-Identifier: Apache-2.0
"""Readings of the container: its mounts, labels and times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lanner_engine.fields.globbing import glob
from lanner_engine.fields.model import Container, Event, Mount

_INTERNAL: Final = (b"io.kubernetes.", b"annotation.")


def labels(container: Container, pairs: Mapping[bytes, bytes]) -> bytes | None:
    """`k:v, k:v` in the order of the keys, of an empty one the key alone. Those that the kubelet writes for
    itself are left out: what they say is in k8s.pod.*. Empty without others, absent where no runtime told.
    """
    if container.mounts is None and not pairs:
        return None
    own = sorted((key, value) for key, value in pairs.items() if not key.startswith(_INTERNAL))
    return b", ".join(b"%s:%s" % (key, value) if value else key for key, value in own)


def pod_labels(container: Container) -> bytes | None:
    """The same of the pod's, absent where there is no pod."""
    if container.pod_sandbox_id is None and not container.pod_labels:
        return None
    return labels(container, container.pod_labels)


def short(identifier: bytes | None) -> bytes | None:
    """The 12 characters people use of an id."""
    return None if identifier is None else identifier[:12]


def start(event: Event) -> int | None:
    """When the container's pid namespace began; absent outside containers."""
    return None if event.container.id == b"host" else event.process.pidns_start


def age(event: Event) -> int | None:
    """Nanoseconds from the container's start to the event."""
    began = start(event)
    return None if began is None else max(0, event.time - began)


def mounts(container: Container) -> bytes | None:
    """All mounts, joined by commas; absent where no runtime told."""
    return None if container.mounts is None else b",".join(map(mount_text, container.mounts))


def mount_text(mount: Mount) -> bytes:
    """source:dest:mode:rdwr:propagation."""
    return b":".join((mount.source, mount.dest, mount.mode, rdwr(mount), mount.propagation))


def rdwr(mount: Mount) -> bytes:
    return b"true" if mount.rdwr else b"false"


def mount_part(container: Container, wanted: bytes, part: str) -> bytes | None:
    """One part of the mount found by position or by a glob over sources (over destinations for its
    source).
    """
    mount = _find(container.mounts or (), wanted, "dest" if part == "source" else "source")
    if mount is None:
        return None
    if part == "whole":
        return mount_text(mount)
    if part == "rdwr":
        return rdwr(mount)
    value: bytes = getattr(mount, part)
    return value


def _find(mounts_: tuple[Mount, ...], wanted: bytes, key: str) -> Mount | None:
    if wanted.isdigit():
        position = int(wanted)
        return mounts_[position] if position < len(mounts_) else None
    return next((m for m in mounts_ if glob(wanted, getattr(m, key))), None)
