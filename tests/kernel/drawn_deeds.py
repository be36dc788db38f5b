# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: processes of drawn names, users and makers, and what each does, on paths near to
those of drawn rules. They do it for real, with a small file system of their own as root.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import socket
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from lanner_engine.fields.model import User
from tests.engine.index import near
from tests.engine.index.reading import ACCOUNTS
from tests.kernel.calling import AT_FDCWD, call
from tests.kernel.mounting import mount_empty, own_mounts

BUSYBOX: Final = pathlib.Path("/bin/busybox")
PROGRAMS: Final = (b"/a/a", b"/etc/ab", b"/.ssh/longnameA", b"/longnameB/b/x")
NO_PROCESS: Final = 999999999
_SET_NAME: Final = 15
_NAMES: Final = [name for name in near.NAMES if name not in (b"..", b"*")]
SOCKETS: Final = ("bind a socket", "connect a socket", "send by a socket", "connect by a send")

Deed = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Act:
    """A call, or what does several. Shown as it is when a case fails."""

    name: str
    arguments: tuple[object, ...]

    def do(self) -> None:
        with suppress(OSError):
            _DOERS.get(self.name, _call)(self.name, self.arguments)


@dataclass(frozen=True, slots=True)
class Actor:
    """The last of a chain of processes with these names."""

    comms: tuple[bytes, ...]
    uid: int
    login: int
    acts: tuple[Act, ...]


def user(container: bytes | None, pid: int, uid: int, loginuid: int) -> User:
    """As near's rules know accounts."""
    login = ACCOUNTS.get(loginuid, b"<NA>")
    return User(ACCOUNTS.get(uid, b"other"), b"/", b"/bin/sh", login)


def _call(name: str, arguments: tuple[object, ...]) -> None:
    call(name, *arguments)  # type: ignore[arg-type]


def _execute(name: str, arguments: tuple[object, ...]) -> None:
    path, own, cwd = arguments
    assert isinstance(path, bytes)
    assert isinstance(own, bytes)
    pid = os.fork()
    if not pid:
        try:
            with suppress(OSError):
                os.chdir(cwd)  # type: ignore[arg-type]
            os.execve(path, [own, b"one", b"two"], {})  # noqa: S606 (no shell is the point)
        finally:
            os._exit(1)
    os.waitpid(pid, 0)


def _of_socket(name: str, arguments: tuple[object, ...]) -> None:
    """Made, bound or not, connected or sent to, or both by one call."""
    family, kind, address, port = arguments
    with socket.socket(family, kind) as made:  # type: ignore[arg-type]
        made.setblocking(False)
        if name == "bind a socket":
            made.bind((address, port))
        elif name == "connect a socket":
            made.connect((address, port))
            made.send(b"x")
        elif name == "connect by a send":
            made.sendto(b"x", socket.MSG_FASTOPEN, (address, port))
        else:
            made.sendto(b"x", (address, port))


def _opened(name: str, arguments: tuple[object, ...]) -> None:
    path, flags, mode = arguments
    os.close(os.open(path, flags, mode))  # type: ignore[arg-type]


def _within(name: str, arguments: tuple[object, ...]) -> None:
    """By a descriptor of a folder."""
    folder, path, flags = arguments
    place = os.open(folder, os.O_PATH)  # type: ignore[arg-type]
    os.close(os.open(path, flags, dir_fd=place))  # type: ignore[arg-type]


_DOERS: Final[dict[str, Callable[[str, tuple[object, ...]], None]]] = {
    "execute": _execute,
    "open": _opened,
    "open within": _within,
    **dict.fromkeys(SOCKETS, _of_socket),
}

_PATH = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3).map(lambda names: b"/" + b"/".join(names))
_WAY = st.one_of(
    *(_PATH for _ in range(5)),
    _PATH.map(lambda path: path[1:]),
    _PATH.map(lambda path: b"/a/.." + path),
    _PATH.map(lambda path: path.replace(b"/", b"//", 1) + b"/"),
    _PATH.map(lambda path: b"/." * 40 + path),
    near.GIVEN,
)
_FLAGS = st.sampled_from(
    [
        *(os.O_RDONLY, os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_PATH, os.O_DIRECTORY),
        *(os.O_RDWR | os.O_CREAT, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ]
)
_MODE = st.sampled_from([0, 0o600, 0o644, 0o700, 0o4755, 0o2711])
_ADDRESS = st.sampled_from(
    [
        *((socket.AF_INET, address) for address in ("127.0.0.1", "127.0.0.2", "127.1.1.1")),
        *((socket.AF_INET6, address) for address in ("::1", "::ffff:127.0.0.1")),
    ]
)
PORTS: Final = (53, 443, 1234, 9999)


def _act(name: str, *arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Act]:
    return st.builds(Act, st.just(name), st.tuples(*arguments))


def _one(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from(values)


_AT = st.just(AT_FDCWD)
_SOCKET_ACTS = [
    st.builds(
        lambda name, kind, end, port: Act(name, (end[0], kind, end[1], port)),
        st.sampled_from(SOCKETS),
        st.sampled_from([socket.SOCK_DGRAM, socket.SOCK_STREAM]),
        _ADDRESS,
        st.sampled_from(PORTS),
    )
]
_OPENS = [_act("open", _WAY, _FLAGS, _MODE), _act("open within", _PATH, _WAY, _FLAGS)]
_CALLS = [
    _act("unlinkat", _AT, _WAY, _one(0, 0x200)),
    _act("mkdirat", _AT, _WAY, _MODE),
    _act("mknodat", _AT, _WAY, _MODE.map(lambda mode: mode | stat.S_IFIFO), _one(0, 257)),
    _act("fchmodat", _AT, _WAY, _MODE),
    _act("fchownat", _AT, _WAY, _one(0, 1, 1000), _one(0, 5), _one(0, 0x100)),
    _act("renameat2", _AT, _WAY, _AT, _WAY, _one(0, 1)),
    _act("linkat", _AT, _WAY, _AT, _WAY, _one(0, 0x400)),
    _act("symlinkat", _WAY, _AT, _WAY),
    _act("truncate", _WAY, _one(0, 5, 1 << 33)),
    _act("chdir", _WAY),
    _act("kill", _one(NO_PROCESS, NO_PROCESS + 1), _one(0, signal.SIGTERM, signal.SIGKILL)),
    _act("ptrace", _one(16, 0x4206, 4711), _one(NO_PROCESS), _one(0), _one(0)),
    _act("prctl", _one(4, 38, 9999), _one(0, 1)),
    _act("unshare", _one(0x200, 0x600, 1)),
    _act("dup3", _one(9999, 0), _one(77, 0), _one(0, os.O_CLOEXEC)),
    _act("memfd_create", _one(b"a", b"b"), _one(0, 1, 3)),
    _act("fcntl", _one(0, 9999), _one(0, 1030), _one(500)),
    _act("bpf", _one(0, 5, 4711), st.none(), _one(0)),
    _act("setns", _one(0, 9999), _one(0, 0x40000000)),
    _act("socket", _one(1, 2, 10, 16, 99), _one(1, 2, 3, 0x80002), _one(0, 6, 17)),
    _act("execute", _one(*PROGRAMS, b"/no", b"/a"), _one(b"true", b"a", b"/etc/ab", b"/a/b"), _PATH),
]
_ACT = st.one_of(*8 * _OPENS, *6 * _SOCKET_ACTS, *_CALLS)
_COMM = st.sampled_from([comm for comm in near.COMMS if comm])
ACTORS = st.lists(
    st.builds(
        Actor,
        st.lists(_COMM, min_size=1, max_size=3).map(tuple),
        st.sampled_from([0, 0, 0, 1, 2, 1000]),
        st.sampled_from([-1, -1, 0, 1, 1000]),
        st.lists(_ACT, min_size=6, max_size=16).map(tuple),
    ),
    min_size=1,
    max_size=3,
)


def stage(folder: pathlib.Path) -> int:
    """From now on this process has a root of its own, with folders and files of the drawn names; /proc is
    the descriptor.
    """
    proc = os.open("/proc", os.O_PATH)
    own_mounts()
    mount_empty(folder)
    for program in PROGRAMS:
        path = folder / os.fsdecode(program[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BUSYBOX, path)
        path.chmod(0o755)
    for name in map(os.fsdecode, _NAMES):
        for below in map(os.fsdecode, _NAMES[:4]):
            (folder / name).mkdir(exist_ok=True)
            if not (folder / name / below).exists():
                (folder / name / below).write_text("x")
    os.chroot(folder)
    os.chdir("/")
    return proc


def act(actors: Sequence[Actor], proc: int) -> None:
    for actor in actors:
        _chain(actor, actor.comms, proc)


def _chain(actor: Actor, comms: Sequence[bytes], proc: int) -> None:
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        call("prctl", _SET_NAME, comms[0])
        if comms[1:]:
            _chain(actor, comms[1:], proc)
        else:
            _become(actor, proc)
            for one in actor.acts:
                one.do()
    finally:
        os._exit(0)


def _become(actor: Actor, proc: int) -> None:
    """The user, and the one who logged in where the kernel lets that be said."""
    if actor.login >= 0:
        with suppress(OSError):
            os.write(os.open("self/loginuid", os.O_WRONLY, dir_fd=proc), b"%d" % actor.login)
    call("setresuid", actor.uid, actor.uid, actor.uid)
