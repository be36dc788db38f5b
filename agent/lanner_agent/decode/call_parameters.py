# SPDX-License-Identifier: Apache-2.0
"""The parameters of calls without code of their own, in the language's order and under its names
(specification 7.2 and its like for the calls next to those). Read by parameters.

Each is a reading of the event and the text form of what was read (specification 3.3, evt.arg.X).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from lanner_agent.decode import filesystem, paths, sockets, unix
from lanner_agent.decode.recorded import RecordedEvent
from lanner_engine.fields.call_numbers import NUMBERS, Number
from lanner_engine.fields.event_facts import result_name

Value = int | bytes
Parameter = tuple[Callable[[RecordedEvent], Value], Callable[[RecordedEvent], bytes]]
Parameters = dict[str, Parameter]
# Of a number in a register what is made of it; which one it is says the engine's table.
Described = dict[str, Parameter | Callable[[Number], Parameter]]

_AT_FDCWD: Final = -100
_PROTOCOLS: Final = {b"tcp": b"t", b"udp": b"u", b"icmp": b"i", b"raw": b"r"}
_PRINTABLE: Final = range(0x20, 0x7F)
_NO_ID: Final = 0xFFFFFFFF  # the id that a call is to leave as it is
_SIGN: Final = 1 << 31
_NOBODY: Final = b"<NONE>"


def _number(number: Number) -> Parameter:
    """Shown by the number alone."""
    shown = number.shown
    if shown is None:
        raise ValueError(f"more than {number} decides how it is shown")
    return _reading(number), lambda event: shown.text(number.value(event.call.args[number.at]))


def _reading(number: Number) -> Callable[[RecordedEvent], int]:
    return lambda event: number.value(event.call.args[number.at])


def _descriptor(number: Number) -> Parameter:
    """The directory of a path, which has a name where it is the event's descriptor."""
    read = _reading(number)

    def text(event: RecordedEvent) -> bytes:
        given = read(event)
        if event.fd is not None and event.fd.num == given and event.fd.known:
            return _fd_text(event)
        return b"AT_FDCWD" if given == _AT_FDCWD else b"%d" % given

    return read, text


def _copied(number: Number) -> Parameter:
    """What dup was given: the same as it makes."""
    read = _reading(number)
    return read, lambda event: b"%d" % read(event) if result(event) < 0 else _fd_text(event)


def _path(index: int) -> Parameter:
    return lambda event: event.call.name(index).raw, lambda event: _path_text(event, index)


def _path_text(event: RecordedEvent, index: int) -> bytes:
    """No path is a descriptor's own to a call that worked, and nothing to one that failed."""
    name = event.call.name(index)
    return paths.resolved(name.raw, name.path) if name.raw or result(event) >= 0 else b""


def _changed_directory(event: RecordedEvent) -> bytes:
    """What chdir(2) was given is relative to the directory before; where nobody saw the kernel go, the one
    after it is recorded, which is the answer.
    """
    name = event.call.name(0)
    went = name.directory if result(event) >= 0 else b""
    return paths.resolved(name.raw, went) if went else _path_text(event, 0)


def _device_text(event: RecordedEvent) -> bytes:
    return paths.resolved(event.call.string, filesystem.device(event))


def _read(text: Callable[[RecordedEvent], bytes]) -> Parameter:
    return text, text


def result(event: RecordedEvent) -> int:
    return event.result or 0


def result_text(event: RecordedEvent) -> bytes:
    found = result(event)
    return (result_name(found) if found < 0 else None) or b"%d" % found


def _fd_text(event: RecordedEvent) -> bytes:
    """The kind's letter, of an IP socket the protocol's behind it, and the name."""
    fd = event.fd
    if fd is None or not fd.known:
        return b"%d" % (-1 if fd is None else fd.num)
    protocol = b"" if fd.socket is None else _PROTOCOLS.get(fd.socket.l4proto, b"")
    return b"<%s%s>%s" % (fd.typechar, protocol, fd.name or b"")


def _made_text(event: RecordedEvent) -> bytes:
    return result_text(event) if result(event) < 0 else _fd_text(event)


def _tuple(event: RecordedEvent) -> bytes:
    ends = None if event.fd is None else event.fd.socket
    if ends is None:
        return (event.fd.name or b"") if event.fd is not None and event.fd.typechar == b"u" else b""
    return sockets.tuple_text(ends)


def _address(event: RecordedEvent) -> bytes:
    given = event.call.address
    end = sockets.parse(given)
    if end is not None:
        return sockets.end_text(end)
    family = sockets.family(given)
    if family == socket.AF_UNIX:
        return unix.name("bind", 0, (b"", b""), given)
    return b"family %d" % family if given else b""


def _bytes(read: Callable[[RecordedEvent], bytes]) -> Parameter:
    """What is no text: a dot for each byte that cannot be printed."""

    def text(event: RecordedEvent) -> bytes:
        return bytes(byte if byte in _PRINTABLE else ord(".") for byte in read(event))

    return read, text


def _computed(read: Callable[[RecordedEvent], int], form: bytes = b"%d") -> Parameter:
    return read, lambda event: form % read(event)


def _signed(number: int) -> int:
    return (number ^ _SIGN) - _SIGN


def _uid(number: Number) -> Parameter:
    return _account(number, lambda event, of: event.user_name(of))


def _gid(number: Number) -> Parameter:
    return _account(number, lambda event, of: event.group_name(of))


def _account(number: Number, name: Callable[[RecordedEvent, int], bytes]) -> Parameter:
    read = _reading(number)

    def text(event: RecordedEvent) -> bytes:
        given = read(event)
        return _NOBODY if given == _NO_ID else name(event, given) or b"%d" % _signed(given)

    return read, text


_RES: Final[Parameter] = (result, result_text)
_FD: Final[Parameter] = (lambda event: -1 if event.fd is None else event.fd.num, _fd_text)
_MADE: Final[Parameter] = (result, _made_text)
_STRING: Final[Parameter] = _read(lambda event: event.call.string)
_TUPLE: Final[Parameter] = _read(_tuple)
_ADDRESS: Final[Parameter] = (lambda event: event.call.address, _address)
_DATA: Final[Parameter] = _bytes(lambda event: event.call.buffer)
_CONTROL: Final[Parameter] = _bytes(lambda event: event.call.control)
_SIZE: Final[Parameter] = _computed(lambda event: event.call.size)


def _queue_percent(event: RecordedEvent) -> int:
    waiting, most = event.call.waiting
    return waiting * 100 // most if most else 0


_SENT: Final[Described] = {"res": _RES, "data": _DATA, "fd": _FD, "size": _SIZE, "tuple": _TUPLE}
_RECEIVED: Final[Described] = {
    "res": _RES,
    "size": _SIZE,
    "data": _DATA,
    "tuple": _TUPLE,
    "msgcontrol": _CONTROL,
    "fd": _FD,
}
_OPEN_TREE: Final[Described] = {
    "res": _MADE,
    "dirfd": _descriptor,
    "path": _path(0),
    "flags": _number,
}
_QUEUE: Final[Described] = {
    "queuepct": _computed(_queue_percent),
    "queuelen": _computed(lambda event: event.call.waiting[0]),
    "queuemax": _computed(lambda event: event.call.waiting[1]),
}

_DESCRIBED: Final[dict[str, Described]] = {
    "unlink": {"res": _RES, "path": _path(0)},
    "unlinkat": {
        "res": _RES,
        "dirfd": _descriptor,
        "name": _path(0),
        "flags": _number,
    },
    "rmdir": {"res": _RES, "path": _path(0)},
    "mkdir": {"res": _RES, "path": _path(0), "mode": _number},
    "mkdirat": {"res": _RES, "dirfd": _descriptor, "path": _path(0), "mode": _number},
    "mknod": {"res": _RES, "path": _path(0), "mode": _number, "dev": _number},
    "mknodat": {
        "res": _RES,
        "dirfd": _descriptor,
        "path": _path(0),
        "mode": _number,
        "dev": _number,
    },
    "rename": {"res": _RES, "oldpath": _path(0), "newpath": _path(1)},
    "renameat": {
        "res": _RES,
        "olddirfd": _descriptor,
        "oldpath": _path(0),
        "newdirfd": _descriptor,
        "newpath": _path(1),
    },
    "renameat2": {
        "res": _RES,
        "olddirfd": _descriptor,
        "oldpath": _path(0),
        "newdirfd": _descriptor,
        "newpath": _path(1),
        "flags": _number,
    },
    "link": {"res": _RES, "oldpath": _path(0), "newpath": _path(1)},
    "linkat": {
        "res": _RES,
        "olddir": _descriptor,
        "oldpath": _path(0),
        "newdir": _descriptor,
        "newpath": _path(1),
        "flags": _number,
    },
    "symlink": {"res": _RES, "target": _STRING, "linkpath": _path(0)},
    "symlinkat": {"res": _RES, "target": _STRING, "linkdirfd": _descriptor, "linkpath": _path(0)},
    "truncate": {"res": _RES, "path": _path(0), "length": _number},
    "ftruncate": {"res": _RES, "fd": _FD, "length": _number},
    "chmod": {"res": _RES, "filename": _path(0), "mode": _number},
    "fchmod": {"res": _RES, "fd": _FD, "mode": _number},
    "fchmodat": {"res": _RES, "dirfd": _descriptor, "filename": _path(0), "mode": _number},
    "fchmodat2": {
        "res": _RES,
        "dirfd": _descriptor,
        "filename": _path(0),
        "mode": _number,
        "flags": _number,
    },
    "chown": {"res": _RES, "path": _path(0), "uid": _number, "gid": _number},
    "lchown": {"res": _RES, "path": _path(0), "uid": _number, "gid": _number},
    "fchown": {"res": _RES, "fd": _FD, "uid": _number, "gid": _number},
    "fchownat": {
        "res": _RES,
        "dirfd": _descriptor,
        "pathname": _path(0),
        "uid": _number,
        "gid": _number,
        "flags": _number,
    },
    "chdir": {"res": _RES, "path": (lambda event: event.call.name(0).raw, _changed_directory)},
    "fchdir": {"res": _RES, "fd": _FD},
    "chroot": {"res": _RES, "path": _path(0)},
    "pivot_root": {"res": _RES, "newpath": _path(0), "oldpath": _path(1)},
    "mount": {
        "res": _RES,
        "flags": _number,
        "dev": (lambda event: event.call.string, _device_text),
        "dir": _path(0),
    },
    "move_mount": {
        "res": _RES,
        "fromdirfd": _descriptor,
        "frompath": _path(0),
        "todirfd": _descriptor,
        "topath": _path(1),
        "flags": _number,
    },
    "open_tree": _OPEN_TREE,
    "open_tree_attr": _OPEN_TREE,
    "fsopen": {"res": _MADE, "name": _STRING, "flags": _number},
    "fsconfig": {
        "res": _RES,
        "fd": _FD,
        "cmd": _number,
        "key": _STRING,
        "aux": _number,
    },
    "fsmount": {
        "res": _MADE,
        "fd": _number,
        "flags": _number,
        "attr_flags": _number,
    },
    "fspick": {
        "res": _MADE,
        "dirfd": _descriptor,
        "path": _path(0),
        "flags": _number,
    },
    "mount_setattr": {
        "res": _RES,
        "dirfd": _descriptor,
        "path": _path(0),
        "flags": _number,
    },
    "umount": {"res": _RES, "name": _path(0)},
    "umount2": {"flags": _number, "res": _RES, "name": _path(0)},
    "dup": {"res": _MADE, "oldfd": _copied},
    "dup2": {"res": _MADE, "oldfd": _copied, "newfd": _copied},
    "dup3": {
        "res": _MADE,
        "oldfd": _copied,
        "newfd": _copied,
        "flags": _number,
    },
    "fcntl": {"res": _RES, "fd": _FD, "cmd": _number},
    "memfd_create": {"fd": _MADE, "name": _STRING, "flags": _number},
    "userfaultfd": {"res": _MADE, "flags": _number},
    "bpf": {"fd": _MADE, "cmd": _number},
    "io_uring_setup": {"res": _MADE, "entries": _number},
    "socket": {
        "fd": _MADE,
        "domain": _number,
        "type": _number,
        "proto": _number,
        "flags": _number,
    },
    "socketpair": {
        "res": _RES,
        "domain": _number,
        "type": _number,
        "proto": _number,
    },
    "bind": {"res": _RES, "addr": _ADDRESS, "fd": _FD},
    "connect": {"res": _RES, "tuple": _TUPLE, "fd": _FD, "addr": _ADDRESS},
    "listen": {"res": _RES, "fd": _FD, "backlog": _number},
    "accept": {"fd": _MADE, "tuple": _TUPLE, **_QUEUE},
    "accept4": {"fd": _MADE, "tuple": _TUPLE, **_QUEUE, "flags": _number},
    "shutdown": {"res": _RES, "fd": _FD, "how": _number},
    "sendto": {**_SENT, "size": _number},
    "sendmsg": _SENT,
    "sendmmsg": _SENT,
    "recvfrom": {"res": _RES, "data": _DATA, "tuple": _TUPLE, "fd": _FD, "size": _number},
    "recvmsg": _RECEIVED,
    "recvmmsg": _RECEIVED,
    "setuid": {"res": _RES, "uid": _uid},
    "setgid": {"res": _RES, "gid": _gid},
    "setreuid": {"res": _RES, "ruid": _uid, "euid": _uid},
    "setregid": {"res": _RES, "rgid": _gid, "egid": _gid},
    "setresuid": {"res": _RES, "ruid": _uid, "euid": _uid, "suid": _uid},
    "setresgid": {"res": _RES, "rgid": _gid, "egid": _gid, "sgid": _gid},
    "setfsuid": {"res": _RES, "uid": _uid},
    "setfsgid": {"res": _RES, "gid": _gid},
    "capset": {
        "res": _RES,
        "cap_inheritable": _computed(lambda event: event.process.cap_inheritable, b"%X"),
        "cap_permitted": _computed(lambda event: event.process.cap_permitted, b"%X"),
        "cap_effective": _computed(lambda event: event.process.cap_effective, b"%X"),
    },
    "setsid": {"res": _RES},
    "setpgid": {"res": _RES, "pid": _number, "pgid": _number},
    "setns": {"res": _RES, "fd": _FD, "nstype": _number},
    "unshare": {"res": _RES, "flags": _number},
    "ptrace": {
        "res": _RES,
        "addr": _number,
        "data": _number,
        "request": _number,
        "pid": _number,
    },
    "prctl": {"res": _RES, "option": _number},
    "kill": {"res": _RES, "pid": _number, "sig": _number},
    "tkill": {"res": _RES, "tid": _number, "sig": _number},
    "tgkill": {"res": _RES, "pid": _number, "tid": _number, "sig": _number},
    "rt_sigqueueinfo": {"res": _RES, "pid": _number, "sig": _number},
    "rt_tgsigqueueinfo": {"res": _RES, "pid": _number, "tid": _number, "sig": _number},
    "pidfd_send_signal": {"res": _RES, "fd": _FD, "sig": _number},
    "pidfd_open": {"fd": _MADE, "pid": _number, "flags": _number},
    "pidfd_getfd": {"fd": _MADE, "pid_fd": _number, "target_fd": _number, "flags": _number},
    "process_vm_readv": {"res": _RES, "pid": _number},
    "process_vm_writev": {"res": _RES, "pid": _number},
    "init_module": {"res": _RES, "img": _DATA, "length": _number, "uargs": _STRING},
    "finit_module": {"res": _RES, "fd": _FD, "uargs": _STRING, "flags": _number},
    "delete_module": {"res": _RES, "name": _STRING, "flags": _number},
}

PARAMETERS: Final[dict[str, Parameters]] = {
    event: {name: one(NUMBERS[event][name]) if callable(one) else one for name, one in described.items()}
    for event, described in _DESCRIBED.items()
}
