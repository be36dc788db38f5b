# SPDX-License-Identifier: Apache-2.0
"""The parameters of each event (evt.arg.*, evt.rawarg.*, evt.args), in the language's order and under its
names (specification 7.2); those that the kernel side does not record are left out.

A parameter is a reading of the event and the text form of what was read (specification 3.3, evt.arg.X).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Generic, TypeVar

from lanner_agent.decode import call_parameters, flags, paths
from lanner_agent.decode.call_parameters import Parameter, Parameters, Value, result, result_text
from lanner_agent.decode.opened_file import OpenedFile
from lanner_agent.decode.recorded import RecordedEvent
from lanner_engine.fields import time_text
from lanner_engine.fields.readers import process_facts
from lanner_engine.syscalls import flags as call_flags
from lanner_engine.syscalls.arguments import SIGNALS
from lanner_engine.syscalls.flag_names import Names, named

_SIGNAL_BITS: Final = 0x7F
_CORE_BIT: Final = 0x80


def _number(read: Callable[[RecordedEvent], int], form: bytes = b"%d") -> Parameter:
    return read, lambda event: form % read(event)


def _parent_name(event: RecordedEvent) -> bytes:
    parent = event.process.parent
    return b"%d" % event.process.ppid if parent is None else parent.comm


def _time(read: Callable[[RecordedEvent], int]) -> Parameter:
    return read, lambda event: time_text.written(read(event))


def _text(read: Callable[[RecordedEvent], bytes]) -> Parameter:
    return read, read


def _flags(read: Callable[[RecordedEvent], int], names: Names) -> Parameter:
    return read, lambda event: named(read(event), names)


def _opened(read: Callable[[OpenedFile], int]) -> Callable[[RecordedEvent], int]:
    def reading(event: RecordedEvent) -> int:
        return 0 if event.opened is None else read(event.opened)

    return reading


def _fd_text(event: RecordedEvent) -> bytes:
    fd = event.fd
    if fd is None or fd.num < 0:
        return result_text(event)
    return b"<%s>%s" % (fd.typechar, fd.name or b"")


_dirfd = _opened(lambda fd: fd.facts.dirfd)


def _dirfd_text(event: RecordedEvent) -> bytes:
    return call_parameters.descriptor_text(_dirfd(event))


def _mode(fd: OpenedFile) -> int:
    """The kernel ignores the argument of an open that creates no file, so its value says nothing then."""
    return fd.facts.mode & call_flags.PERMISSIONS if fd.facts.flags & flags.CREATING else 0


_read_mode = _opened(_mode)


def _mode_text(event: RecordedEvent) -> bytes:
    mode = _read_mode(event)
    return b"0%o" % mode if mode else b"0"


def _signal(event: RecordedEvent) -> int:
    return event.exit_code() & _SIGNAL_BITS


def _signal_text(event: RecordedEvent) -> bytes:
    number = _signal(event)
    return SIGNALS.get(number, b"%d" % number)


def _arguments(event: RecordedEvent) -> bytes:
    return b" ".join(event.process.args)


def _login_text(event: RecordedEvent) -> bytes:
    return call_parameters.NOBODY if event.process.loginuid < 0 else event.user.loginname


def _nameraw(event: RecordedEvent) -> bytes:
    return (event.fd and event.fd.nameraw) or b""


def _name_text(event: RecordedEvent) -> bytes:
    raw = _nameraw(event)
    return paths.resolved(raw, event.fd.name) if raw and event.fd is not None else raw


def _filename_text(event: RecordedEvent) -> bytes:
    """Of a relative path what was executed; of a script, which is not that, and of a failure what was meant,
    where the working directory is recorded.
    """
    given, process = event.filename(), event.process
    if not given:
        return given
    if result(event) >= 0 and process.script == b"":
        return paths.resolved(given, process.exepath)
    directory = process.cwd if event.type == "execve" else None
    return paths.resolved(given, paths.meant(given, directory or b""))


_RES: Final[Parameters] = {"res": (result, result_text)}
_FD: Final[Parameters] = {"fd": (result, _fd_text)}
_DIRFD: Final[Parameters] = {"dirfd": (_dirfd, _dirfd_text)}
_NAME: Final[Parameters] = {"name": (_nameraw, _name_text)}
_FLAGS: Final[Parameters] = {
    "flags": _flags(_opened(lambda fd: flags.opened(fd.facts.flags, fd.facts.file_flags)), flags.OPEN)
}
_MODE: Final[Parameters] = {"mode": (_read_mode, _mode_text)}
_MOUNT: Final[Parameters] = {"mountfd": (_dirfd, _dirfd_text)}
_PATH: Final[Parameters] = {"path": _text(lambda event: (event.fd and event.fd.name) or b"")}
_RESOLVE: Final[Parameters] = {"resolve": _flags(_opened(lambda fd: fd.facts.resolve), flags.RESOLVE)}
_INODE: Final[Parameters] = {
    "dev": _number(_opened(lambda fd: fd.dev or 0), b"%X"),
    "ino": _number(_opened(lambda fd: fd.ino or 0)),
}


_IMAGE: Final[Parameters] = {
    "exe": _text(lambda event: event.process.exe),
    "args": _text(_arguments),
    "tid": (lambda event: event.process.tid, lambda event: event.process.comm),
    "pid": (lambda event: event.process.pid, lambda event: event.process.comm),
    "ptid": (lambda event: event.process.ppid, _parent_name),
    "cwd": _text(lambda event: event.process.cwd or b""),
    "fdlimit": call_parameters.usage("descriptors_limit"),
    "pgft_maj": call_parameters.usage("faults_major"),
    "pgft_min": call_parameters.usage("faults_minor"),
    "vm_size": call_parameters.usage("vm_size"),
    "vm_rss": call_parameters.usage("vm_rss"),
    "vm_swap": call_parameters.usage("vm_swap"),
    "comm": _text(lambda event: event.process.comm),
    "cgroups": _text(lambda event: process_facts.cgroups(event.process) or b""),
}
_USER: Parameter = (lambda event: event.process.uid, lambda event: event.user.name)
_GROUP: Parameter = (lambda event: event.process.gid, lambda event: event.group)
_EXEC: Final[Parameters] = {
    **_RES,
    **_IMAGE,
    "env": _text(lambda event: b" ".join(event.process.env or ())),
    "tty": _number(lambda event: event.process.tty),
    "vpgid": _number(lambda event: event.process.vpgid),
    "loginuid": (lambda event: event.process.loginuid, _login_text),
    "flags": _flags(lambda event: event.process.exe_flags, flags.EXE),
    "cap_inheritable": _number(lambda event: event.process.cap_inheritable, b"%X"),
    "cap_permitted": _number(lambda event: event.process.cap_permitted, b"%X"),
    "cap_effective": _number(lambda event: event.process.cap_effective, b"%X"),
    "exe_ino": _number(lambda event: event.process.exe_ino),
    "exe_ino_ctime": _time(lambda event: event.process.exe_ctime),
    "exe_ino_mtime": _time(lambda event: event.process.exe_mtime),
    "uid": _USER,
    "trusted_exepath": _text(lambda event: event.process.exepath),
    "pgid": _number(lambda event: event.process.pgid),
    "gid": _GROUP,
    "filename": (lambda event: event.filename(), _filename_text),
}
_FORK: Final[Parameters] = {
    **_RES,
    **_IMAGE,
    "flags": _flags(lambda event: event.fork_flags(), call_flags.CLONE),
    "uid": _number(lambda event: event.process.uid),
    "gid": _number(lambda event: event.process.gid),
    "vtid": _number(lambda event: event.process.vtid),
    "vpid": _number(lambda event: event.process.vpid),
    "pidns_init_start_ts": _number(lambda event: event.process.pidns_start),
    "child_tid": _number(lambda event: event.child()[0]),
    "child_pid": _number(lambda event: event.child()[1]),
    "child_vtid": _number(lambda event: event.child()[2]),
}
_EXIT: Final[Parameters] = {
    "status": _number(lambda event: event.exit_code()),
    "ret": _number(lambda event: event.exit_code() >> 8 & 0xFF),
    "sig": (_signal, _signal_text),
    "core": _number(lambda event: int(bool(event.exit_code() & _CORE_BIT))),
}

PARAMETERS: Final[dict[str, Parameters]] = {
    "execve": _EXEC,
    "execveat": _EXEC,
    "clone": _FORK,
    "clone3": _FORK,
    "fork": _FORK,
    "vfork": _FORK,
    "procexit": _EXIT,
    "open": {**_FD, **_NAME, **_FLAGS, **_MODE, **_INODE},
    "openat": {**_FD, **_DIRFD, **_NAME, **_FLAGS, **_MODE, **_INODE},
    "openat2": {**_FD, **_DIRFD, **_NAME, **_FLAGS, **_MODE, **_RESOLVE, **_INODE},
    "open_by_handle_at": {**_FD, **_MOUNT, **_FLAGS, **_PATH, **_INODE},
    "creat": {
        **_FD,
        **_NAME,
        **_MODE,
        **_INODE,
        "creat_flags": _flags(_opened(lambda fd: flags.created(fd.facts.file_flags)), flags.CREAT),
    },
    **call_parameters.PARAMETERS,
}

Shown = TypeVar("Shown", bytes, Value)


class _Lazy(Mapping[str, Shown], Generic[Shown]):
    """Parameters that are read one by one, when asked."""

    __slots__ = ("_event", "_parameters")

    def __init__(self, event: RecordedEvent) -> None:
        self._event: RecordedEvent = event
        self._parameters = PARAMETERS[event.type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def __contains__(self, name: object) -> bool:
        return name in self._parameters


class Texts(_Lazy[bytes]):
    """evt.arg."""

    __slots__ = ()

    def __getitem__(self, name: str) -> bytes:
        return self._parameters[name][1](self._event)


class Values(_Lazy[Value]):
    """evt.rawarg."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Value:
        return self._parameters[name][0](self._event)
