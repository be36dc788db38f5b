# SPDX-License-Identifier: Apache-2.0
"""A process that does many numbered deeds while its other threads change what is known of it and of the
files: `python -m tests.story.restless WHAT FOLDER COUNT PAUSE`.

FOLDER holds `good` with the files f-0, f-1, ..., and for `cgroups` the paths of two cgroups in `cgroups`.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

NAMES = ("restless-a", "restless-b")  # that it gives itself, behind the one that exec gave
ADDRESS = "127.0.0.9"
FIRST_PORT = 20000
EVERY = 20  # deeds, a program is executed
_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_NET, _NEW_MOUNTS = 0x40000000, 0x20000
_BIND, _PRIVATE, _DETACH = 0x1000, 0x44000, 2
_SET_NAME = 15


def _renames(folder: pathlib.Path) -> None:
    (folder / "good").rename(folder / "evil")
    (folder / "evil").rename(folder / "good")


def _mounts(folder: pathlib.Path) -> None:
    good, beside = (os.fsencode(folder / name) for name in ("good", "beside"))
    for made in ((b"none", beside, b"tmpfs", 0), (good, good, None, _BIND)):
        if not _LIBC.mount(*made, None):
            _LIBC.umount2(made[1], _DETACH)


def _chroots(folder: pathlib.Path) -> None:
    """The root is one of all threads."""
    outside = os.open("/", os.O_PATH)
    os.chroot(folder)
    os.fchdir(outside)
    os.chroot(".")
    os.close(outside)


def _names(folder: pathlib.Path) -> None:
    """Of the thread that does the deeds by its file, of this one by the call."""
    for name in NAMES:
        pathlib.Path(f"/proc/self/task/{os.getpid()}/comm").write_text(name)
        _LIBC.prctl(_SET_NAME, name.encode())


def _namespaces(folder: pathlib.Path) -> None:
    """Of this thread only: it may have another network."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    _LIBC.unshare(_NEW_NET)
    _LIBC.setns(home, _NEW_NET)
    os.close(home)


def _cgroups(folder: pathlib.Path) -> None:
    for path in (folder / "cgroups").read_text().splitlines():
        pathlib.Path(path, "cgroup.procs").write_text(str(os.getpid()))


def _nothing(folder: pathlib.Path) -> None:
    time.sleep(0.01)


WHAT: dict[str, Callable[[pathlib.Path], None]] = {
    "renames": _renames,
    "mounts": _mounts,
    "chroots": _chroots,
    "names": _names,
    "namespaces": _namespaces,
    "cgroups": _cgroups,
    "nothing": _nothing,
}


def _deed(number: int, place: int, root: int) -> None:
    os.close(os.open(f"f-{number}", os.O_RDONLY, dir_fd=place))
    with suppress(FileNotFoundError):
        os.unlink(f"gone-{number}", dir_fd=place)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.connect((ADDRESS, FIRST_PORT + number))
    if number % EVERY == 0:
        pid = os.fork()
        if not pid:
            os.fchdir(root)
            os.chroot(".")
            os.execv("/bin/true", ["true", f"restless-{number}"])  # noqa: S606 (no shell is the point)
        os.waitpid(pid, 0)


def main() -> None:
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    count, pause = int(sys.argv[3]), float(sys.argv[4])
    pathlib.Path("/proc/self/comm").write_text(NAMES[0])
    assert _LIBC.unshare(_NEW_MOUNTS) == 0
    assert _LIBC.mount(b"none", b"/", None, _PRIVATE, None) == 0
    place, root, ended = os.open(folder / "good", os.O_PATH), os.open("/", os.O_PATH), threading.Event()

    def change() -> None:
        while not ended.is_set():
            WHAT[what](folder)

    other = threading.Thread(target=change)
    other.start()
    for number in range(count):
        _deed(number, place, root)
        time.sleep(pause)
    ended.set()
    other.join()


if __name__ == "__main__":
    main()
