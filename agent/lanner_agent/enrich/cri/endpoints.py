# SPDX-License-Identifier: Apache-2.0
"""Which socket to ask: the one given, the environment's, or the first well-known one that exists, here or in
the root file system of the node's first process.

A pod that sees the node's processes finds the runtime that way with nothing mounted into it
(docs/decisions/0022). Asked before every connection, so that a runtime that starts after the agent is found.
Never imports grpc: a
machine without a runtime pays nothing.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from typing import Final

from lanner_agent.enrich.cri import failure

# crictl's order (containerd, CRI-O, cri-dockerd), with the places distributions and nodes in pods put them.
WELL_KNOWN: Final = (
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/host-containerd/containerd.sock",  # Bottlerocket
    "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
)
NODE: Final = "/proc/1/root"  # CAP_SYS_PTRACE opens it, and it is this file system where this is no pod
VARIABLE: Final = "CONTAINER_RUNTIME_ENDPOINT"
_CONNECT_SECONDS: Final = 1.0


def find(
    given: str | None = None,
    environment: Mapping[str, str] = os.environ,
    well_known: tuple[str, ...] = WELL_KNOWN,
    node: str = NODE,
) -> str:
    """Path of the socket to ask; `node` is where the node's file system is seen.

    Raises CRIError: no socket, no permission, no listener. A path given by the user is never replaced by
    another one that happens to work.
    """
    chosen = given or environment.get(VARIABLE)
    if chosen:
        path = _path(chosen)
        _probe(path)
        return path
    places = [*well_known, *(node + path for path in well_known)]
    candidates = [path for path in places if os.path.exists(path)]
    if not candidates:
        looked = f"looked for {well_known[0]} and {len(well_known) - 1} others"
        raise failure.CRIError(failure.Reason.NO_SOCKET, looked)
    return _first_alive(candidates)


def _first_alive(candidates: list[str]) -> str:
    errors = []
    for path in candidates:
        try:
            _probe(path)
        except failure.CRIError as error:
            errors.append(error)
        else:
            return path
    raise errors[0]


def _path(endpoint: str) -> str:
    scheme, separator, rest = endpoint.partition("://")
    if not separator:
        return endpoint
    if scheme != "unix":
        raise failure.CRIError(failure.Reason.NO_SOCKET, f"{endpoint!r} is no unix:// endpoint")
    return rest


def _probe(path: str) -> None:
    """Connect and hang up: grpc's own message hides which of the three it was."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(_CONNECT_SECONDS)
            probe.connect(path)
    except OSError as error:
        raise failure.CRIError(_reason(error), f"{path!r}: {error.strerror or error}") from error


def _reason(error: OSError) -> failure.Reason:
    if isinstance(error, PermissionError):
        return failure.Reason.PERMISSION_DENIED
    if isinstance(error, TimeoutError):
        return failure.Reason.TIMEOUT
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return failure.Reason.NO_SOCKET
    if error.errno == errno.ECONNREFUSED:
        return failure.Reason.UNAVAILABLE
    return failure.Reason.NOT_CRI  # a path too long, a datagram socket
