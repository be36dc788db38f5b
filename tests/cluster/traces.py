# SPDX-License-Identifier: Apache-2.0
"""What a cluster is seen by on the machine, looked up without the code that removes it. For tests."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cluster.place import Network
from tests.containers import cleaning
from tests.containers.workspace import Workspace

OUTSIDE = ("/var/log/containers", "/var/lib/cni/results")


def of(where: Workspace) -> dict[str, list[str]]:
    """By kind; an empty dict when nothing is left."""
    name = Network(where.number).namespace
    found = {
        "folder": [str(where.folder)] if where.folder.exists() else [],
        "processes": [str(pid) for pid in processes(where.folder)],
        "mounts": [
            line for line in _lines("/proc/self/mounts") if f"{where.folder}/" in line or name in line
        ],
        "links": [link for link in os.listdir("/sys/class/net") if link == f"lanner-k{where.number}"],
        "namespaces": [str(path) for path in Path("/run/netns").glob(name)],
        "cgroups": [str(path) for tree in cleaning.hierarchies() for path in tree.glob(f"{name}*")],
        "outside": [path for folder in OUTSIDE for path in _naming(Path(folder), f"{where.folder}/")],
    }
    return {kind: things for kind, things in found.items() if things}


def processes(folder: Path) -> list[int]:
    """Those that name the folder in their command line."""
    pids = map(int, filter(str.isdigit, os.listdir("/proc")))
    return [pid for pid in pids if f"{folder}/" in command(pid)]


def command(pid: int) -> str:
    """A process's command line; "" when it has ended, though its parent may not have looked yet."""
    return " ".join(_lines(f"/proc/{pid}/cmdline"))


def _naming(folder: Path, text: str) -> list[str]:
    """Links that lead there, and files that hold it."""
    paths = list(folder.iterdir()) if folder.is_dir() else []
    links = [str(path) for path in paths if path.is_symlink() and text in str(path.readlink())]
    return [*links, *(str(path) for path in paths if text in " ".join(_lines(path)))]


def _lines(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text(errors="replace").splitlines()
    except OSError:  # processes end at any moment
        return []
