# SPDX-License-Identifier: Apache-2.0
"""Cgroups that systemd makes in the guest, and the container that the agent must find in each.

A path is its own recipe: systemd makes nested slices by their names; the first name that is no slice is a
scope or a service, and what is below it is made by the process in there, as runtimes and nested systemds do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lanner_agent.enrich.cgroup import Identity

UID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
SPELT = UID.replace("-", "_")  # a dash in a slice's name would be one more slice
POD = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{SPELT}.slice"
GUARANTEED = f"/kubepods.slice/kubepods-pod{SPELT}.slice"
NESTED = (
    f"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice"
    f"/kubelet-kubepods-burstable-pod{SPELT}.slice"
)
OTHER = "/kubepods.slice/kubepods-pod11111111_2222_3333_4444_555555555555.slice"
USER = "/user.slice/user-1000.slice"


@dataclass(frozen=True, slots=True)
class Placement:
    """One process: its cgroup, and the container that the agent must find; None: it is the host's."""

    what: str
    cgroup: str
    container: Identity | None = None
    before: bool = False  # it runs already when the agent starts

    @property
    def slice(self) -> str:
        """The innermost slice above the unit."""
        return self._names[self._depth - 1]

    @property
    def unit(self) -> str:
        """The scope or service."""
        return self._names[self._depth]

    @property
    def below(self) -> str:
        """The cgroup below the unit, `.` for none."""
        return "/".join(self._names[self._depth + 1 :]) or "."

    @property
    def _names(self) -> Sequence[str]:
        return self.cgroup.strip("/").split("/")

    @property
    def _depth(self) -> int:
        return next(at for at, name in enumerate(self._names) if not name.endswith(".slice"))


ID = tuple(f"{number:064x}" for number in range(12))


def _in(runtime: bytes, full_id: str, pod: str | None = None, *, rootless: bool = False) -> Identity:
    return Identity(full_id.encode(), runtime, None if pod is None else pod.encode(), rootless)


PLACEMENTS = (
    Placement("a service", "/system.slice/foo.service"),
    Placement("a service named like a container", f"/system.slice/docker-{ID[0]}.service"),
    Placement("a session", f"{USER}/session-1.scope"),
    Placement("a monitor beside a container", f"{POD}/crio-conmon-{ID[0]}.scope"),
    Placement("a container of Docker", f"/system.slice/docker-{ID[1]}.scope", _in(b"docker", ID[1])),
    Placement("one of Podman", f"/machine.slice/libpod-{ID[2]}.scope/container", _in(b"podman", ID[2])),
    Placement(
        "one of a user",
        f"{USER}/user@1000.service/user.slice/libpod-{ID[3]}.scope",
        _in(b"podman", ID[3], rootless=True),
    ),
    Placement("one of a pod", f"{POD}/cri-containerd-{ID[4]}.scope", _in(b"containerd", ID[4], UID)),
    Placement(
        "one of a guaranteed pod", f"{GUARANTEED}/crio-{ID[5]}.scope/container", _in(b"cri-o", ID[5], UID)
    ),
    Placement(
        "one below the kubelet's own slice",
        f"{NESTED}/cri-containerd-{ID[6]}.scope",
        _in(b"containerd", ID[6], UID),
    ),
    Placement(
        "one below the runtime's service",
        f"/system.slice/containerd.service/kubepods-pod{SPELT}.slice:cri-containerd:{ID[7]}",
        _in(b"containerd", ID[7], UID),
    ),
    Placement(
        "one with systemd in it",
        f"{POD}/cri-containerd-{ID[8]}.scope/system.slice/ssh.service",
        _in(b"containerd", ID[8], UID),
    ),
    Placement(
        "one that names another pod",
        f"{POD}/cri-containerd-{ID[9]}.scope{OTHER}/crio-{ID[11]}.scope",
        _in(b"containerd", ID[9], UID),
    ),
    Placement(
        "one that ran before the agent",
        f"{POD}/cri-containerd-{ID[10]}.scope",
        _in(b"containerd", ID[10], UID),
        before=True,
    ),
)
