# SPDX-License-Identifier: Apache-2.0
"""What a run leaves on the machine, found by its folder and removed: processes, mounts, bridge, cgroups.

Works also when the runtime itself could not remove its containers. Ends only processes that carry this run's
folder in their command line or that are a container's init by this run's own records.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.containers.workspace import Workspace

CGROUPS = Path("/sys/fs/cgroup")
# Folders that containerd, its shims and the CNI plugins make outside of any setting's reach.
_SHARED = (
    *(f"/run/containerd/{path}" for path in ("runc/default", "runc/k8s.io", "runc", "s", "fifo", "")),
    "/var/lib/cni/results",
    "/var/lib/cni",
)
_RUNC = Path("/run/containerd/runc")
_MACHINES_OWN = Path("/run/containerd/containerd.sock")
_PARENTS = ("default", "k8s.io", "kubepods/besteffort", "kubepods")


def remove(workspace: Workspace, *, alone: bool) -> None:
    """Everything. `alone`: no other run is alive, so that the parents runs share may go as well."""
    inits = _inits(workspace)
    end(processes(workspace))
    end([pid for pid, full_id in inits if full_id in _read(f"/proc/{pid}/cgroup")])
    for state in (path for _, full_id in inits for path in _RUNC.glob(f"*/{full_id}")):
        shutil.rmtree(state)
    for _ in range(3):  # a mount over a mount shows the lower one afterwards
        for mount in _mounts(workspace):
            subprocess.run(["umount", "-l", mount], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "link", "del", workspace.bridge], check=False, stderr=subprocess.DEVNULL)
    for path in (*_noted(workspace), *(_PARENTS if alone else ())):
        _remove_cgroup(path)
    if alone and not _MACHINES_OWN.exists():
        _remove_empty(*_SHARED)
    shutil.rmtree(workspace.folder)


def note_cgroup(workspace: Workspace, path: str) -> None:
    """A cgroup that the runtime makes for us and does not remove: a pod's, with what is below."""
    with (workspace.folder / "cgroups").open("a") as notes:
        notes.write(path.strip("/") + "\n")


def end(pids: list[int]) -> None:
    """SIGTERM, and SIGKILL after two seconds, to exactly these."""
    for sign, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        deadline = time.monotonic() + patience
        while (pids := [pid for pid in pids if _alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.02)
    if pids:
        raise RuntimeError(f"processes {pids} do not end")


def daemons(workspace: Workspace) -> list[int]:
    """containerd itself, which outlives a run that crashed."""
    config = str(workspace.folder / "config.toml")
    return [pid for pid in _pids() if config in _read(f"/proc/{pid}/cmdline").split("\0")]


def processes(workspace: Workspace) -> list[int]:
    """Everything that carries this run's folder in its command line."""
    return [pid for pid in _pids() if _of_this_run(pid, workspace)]


def hierarchies() -> Iterator[Path]:
    """Where the cgroup trees are: one with v2, several with v1."""
    if (CGROUPS / "cgroup.controllers").exists():
        yield CGROUPS
    else:
        yield from (path for path in CGROUPS.iterdir() if path.is_dir() and not path.is_symlink())


def _of_this_run(pid: int, workspace: Workspace) -> bool:
    """containerd by its configuration, shims by the socket they report to, ctr by the one it asks."""
    words = _read(f"/proc/{pid}/cmdline").split("\0")
    return any(word.startswith(f"{workspace.folder}/") for word in words)


def _inits(workspace: Workspace) -> list[tuple[int, str]]:
    """The first process of every container and its id, as the shims wrote them down."""
    tasks = workspace.folder / "state/io.containerd.runtime.v2.task"
    found = [(_read(path), path.parent.name) for path in tasks.glob("*/*/init.pid")]
    return [(int(pid), full_id) for pid, full_id in found if pid.isdigit()]


def _mounts(workspace: Workspace) -> list[str]:
    """Deepest first."""
    targets = [line.split()[1] for line in _read("/proc/self/mounts").splitlines()]
    return sorted((target for target in targets if target.startswith(f"{workspace.folder}/")), reverse=True)


def _noted(workspace: Workspace) -> list[str]:
    return _read(workspace.folder / "cgroups").split()


def _remove_cgroup(path: str) -> None:
    for hierarchy in hierarchies():
        top = hierarchy / path
        for folder in (*sorted((p for p in top.rglob("*") if p.is_dir()), reverse=True), top):
            _remove_empty(folder)


def _remove_empty(*folders: str | Path) -> None:
    """Those that are there and not in use by others."""
    for folder in folders:
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _alive(pid: int) -> bool:
    """A zombie has ended; its parent may not have looked yet."""
    state = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return bool(state) and state[0] not in ("Z", "X")


def _read(path: str | Path) -> str:
    """ "" when it is gone: processes and files here may end at any moment."""
    try:
        return Path(path).read_text(errors="replace")
    except (OSError, ValueError):
        return ""
