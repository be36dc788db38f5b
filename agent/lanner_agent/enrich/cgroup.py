# SPDX-License-Identifier: Apache-2.0
"""A cgroup path in, the container it belongs to out. Pure.

Which container, when they nest (Docker in a pod, systemd in a container): the *outermost* one. Its cgroup
was made by the node's own runtime, the only one whose socket the agent asks, so the alert names the pod.
Everything below it is the container's to name: a process that may write its cgroup tree could otherwise
pass for another pod. Where the agent itself lives in a container that plays a node (kind, k3d), that node's
own cgroup is `base`, and "outermost" counts from there; see `base_of`.

The shapes come from runc (libcontainer/cgroups: `PREFIX-ID.scope` with systemd, `PARENT/ID` with cgroupfs),
the kubelet (pkg/kubelet/cm: kubepods, qos, pod<uid>), CRI-O, Docker and Podman. Every one of them is a line
in tests/agent/enrich/golden/cgroups.txt; add yours there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# Prefix before the id -> container type as Falco names it. None: a runtime we do not know.
_TYPES: Final[dict[bytes, bytes]] = {
    b"cri-containerd": b"containerd",
    b"nerdctl": b"containerd",
    b"crio": b"cri-o",
    b"docker": b"docker",
    b"libpod": b"podman",
    b"libpod-payload": b"podman",  # podman --cgroups=split: below the service that started it
}
# Parent directory -> type, for names that are the bare id. `default`, `k8s.io`, `moby`:
# containerd's namespaces.
_PARENTS: Final[dict[bytes, bytes]] = {
    b"docker": b"docker",
    b"moby": b"docker",
    b"default": b"containerd",
    b"k8s.io": b"containerd",
    b"libpod_parent": b"podman",
}
# Where `ctr run IMAGE NAME` puts a container whose name the user chose.
_NAMED: Final = frozenset((b"default", b"k8s.io"))
# Where LXC, and LXD and Incus by it, put theirs: `lxc.payload.NAME`, in older versions a folder for all.
_LXC_FOLDERS: Final = frozenset((b"lxc", b"lxc.payload"))
_LXC_PREFIX: Final = b"lxc.payload."
_UNIT: Final = (b".service", b".slice", b".scope", b".mount", b".socket", b".swap")

# [PREFIX-]ID[.scope], or containerd's systemd spelling under the cgroupfs driver: SLICE:cri-containerd:ID.
_NAME: Final = re.compile(rb"(?:(?:[^:]*:)?([a-zA-Z0-9_.-]+)[-:])?([0-9a-f]{64})(\.scope)?", re.DOTALL)
_POD: Final = re.compile(
    rb"(?:(?:[a-z0-9_.-]+-)?kubepods-(?:[a-z]+-)?)?"
    rb"pod([0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12})(?:\.slice)?"
)
_CLAIM: Final = b"/"  # which no name in a path has
# Below these, who runs in them may be allowed to make cgroups (Delegate=): a user's manager, a service with a
# user of its own, a container of systemd-nspawn. Only of a runtime's own service it is the runtime.
_DELEGATED: Final = (b".service", b".scope")
_RUNTIMES: Final = re.compile(
    rb"(?:containerd|crio|cri-o|docker|kubelet|k3s(?:-[\w-]+)?|rke2-(?:server|agent)|k0s\w*"
    rb"|snap\.(?:docker|k8s|microk8s)(?:_\w+)?\.[\w-]+)\.service"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which container a cgroup path names.

    `rootless`: the cgroup lies below a user's own systemd manager, or another service or scope that is no
    runtime's, so that who runs there may have chosen its name; only the path vouches for the id, and the
    runtime's socket must not be asked about it.
    """

    full_id: bytes  # 64 hexadecimal digits; the user's own name for `ctr run IMAGE NAME` and of LXC
    runtime: bytes | None  # containerd, cri-o, docker, podman, lxc; None when the path does not tell
    pod_uid: bytes | None = None  # with dashes, as the API server prints it; a static pod's uid has none
    rootless: bool = False

    @property
    def key(self) -> bytes:
        """What the agent knows it by: never that of a container of the node, whatever is learnt later of one
        whose id a user claims.
        """
        return _CLAIM + self.full_id if self.rootless else self.full_id


def of_key(key: bytes) -> Identity:
    """Where the path is not at hand."""
    return Identity(key.removeprefix(_CLAIM), None, rootless=key.startswith(_CLAIM))


@lru_cache(maxsize=4096)
def identify(path: bytes, base: bytes = b"") -> Identity | None:
    """The container of a process whose cgroup is `path`; None for a process of the host.

    `base` is the cgroup of the node itself (see `base_of`), b"" on a plain machine.
    """
    names = _below(path, base)
    depth = _lxc_depth(names)
    if depth:
        return Identity(_own_name(names[depth - 1].removeprefix(_LXC_PREFIX)), b"lxc")
    pod_uid, rootless = None, False
    for position, name in enumerate(names):
        pod = _POD.fullmatch(name.partition(b":")[0])
        if pod and not rootless:
            pod_uid = _dashed(pod[1])
        parent = names[position - 1] if position else b""
        found = _container(parent, name, pod_uid, rootless)
        if found:
            return found
        rootless = rootless or _is_delegated(name)
    return _named(names)


def base_of(path: bytes) -> bytes:
    """The part of the node's own init process' cgroup path that every process of the node shares.

    `path` is the cgroup of the process that is 1 where the agent sees pids. On a plain machine it names no
    container and the answer is b""; in a node that is itself a container (kind) it is the path down to that
    container.
    """
    names = path.split(b"/")
    for position, name in enumerate(names):
        match = _NAME.fullmatch(name)
        if match and not _monitor(match[1]):
            return b"/".join(names[: position + 1])
    return b"/".join(names[: _lxc_depth(names[1:]) + 1])  # of none the empty name before the first slash


def _below(path: bytes, base: bytes) -> list[bytes]:
    if base and (path == base or path.startswith(base + b"/")):
        path = path[len(base) :]
    return [name for name in path.split(b"/") if name]


def _container(parent: bytes, name: bytes, pod_uid: bytes | None, rootless: bool) -> Identity | None:
    match = _NAME.fullmatch(name)
    if match is None or _monitor(match[1]):
        return None
    prefix, full_id, scope = match.groups()
    if rootless and (prefix is None or _TYPES.get(prefix) not in (b"podman", b"docker", b"containerd")):
        return None
    if prefix is None:
        if scope:
            return None  # systemd scopes of containers always carry their runtime's prefix
        return Identity(full_id, _PARENTS.get(parent, b"containerd" if pod_uid else None), pod_uid, rootless)
    return Identity(full_id, _TYPES.get(prefix), pod_uid, rootless)


def _is_delegated(name: bytes) -> bool:
    return name.endswith(_DELEGATED) and _RUNTIMES.fullmatch(name) is None


def _monitor(prefix: bytes | None) -> bool:
    """conmon, which waits beside a CRI-O or Podman container, is a process of the host."""
    return prefix is not None and prefix.endswith(b"conmon")


def _named(names: list[bytes]) -> Identity | None:
    if len(names) < 2 or names[0] not in _NAMED or not names[1] or names[1].endswith(_UNIT):  # noqa: PLR2004
        return None
    return Identity(_own_name(names[1]), b"containerd")


def _own_name(name: bytes) -> bytes:
    """As an id: a container with the name `host` is not the host to rules."""
    return b"_" + name if name == b"host" else name


def _lxc_depth(names: list[bytes]) -> int:
    """How many names lead to a container of LXC, 0 for others. They are at the top of the hierarchy, where
    the host's root alone makes folders.
    """
    if names and names[0].startswith(_LXC_PREFIX) and names[0] != _LXC_PREFIX:
        return 1
    return 2 if len(names) > 1 and names[0] in _LXC_FOLDERS else 0


def _dashed(uid: bytes) -> bytes:
    """systemd's escaping turns the dashes of a uid into underscores; a static pod's uid is a hash without
    any."""
    return uid.replace(b"_", b"-")
