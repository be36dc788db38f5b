# SPDX-License-Identifier: Apache-2.0
"""The parameters of calls without code of their own, in the language's order and under its names
(specification 7.2 and its like for the calls next to those). Read by parameters.

Each is a reading of the event and the text form of what was read (specification 3.3, evt.arg.X).
"""

from __future__ import annotations

import signal
import socket
import stat
from collections.abc import Callable
from typing import Final

from lanner_agent.decode import call_flags, filesystem, flags, paths, sockets, unix
from lanner_agent.decode.recorded import RecordedEvent
from lanner_engine.fields.event_facts import result_name

Value = int | bytes
Parameter = tuple[Callable[[RecordedEvent], Value], Callable[[RecordedEvent], bytes]]
Parameters = dict[str, Parameter]

_AT_FDCWD: Final = -100
_SIGNALS: Final = {int(one): one.name.encode() for one in signal.Signals}
_PROTOCOLS: Final = {b"tcp": b"t", b"udp": b"u", b"icmp": b"i", b"raw": b"r"}
_PRINTABLE: Final = range(0x20, 0x7F)
_NO_ID: Final = -1  # the id that a call is to leave as it is
_ID_BITS: Final = 0xFFFFFFFF
_NOBODY: Final = b"<NONE>"
_TYPE_MASK: Final = 0xFF  # of socket(2)'s type, without its flags


def _int(at: int) -> Parameter:
    return lambda event: event.call.signed(at), lambda event: b"%d" % event.call.signed(at)


def _unsigned(at: int, form: bytes = b"%d") -> Parameter:
    return lambda event: event.call.unsigned(at), lambda event: form % event.call.unsigned(at)


def _long(at: int, form: bytes = b"%d") -> Parameter:
    return lambda event: event.call.args[at], lambda event: form % event.call.args[at]


def _flags(at: int, names: flags.Names) -> Parameter:
    return lambda event: event.call.unsigned(at), lambda event: flags.named(event.call.unsigned(at), names)


def _command(at: int, names: call_flags.Commands) -> Parameter:
    def text(event: RecordedEvent) -> bytes:
        number = event.call.unsigned(at)
        return names.get(number, b"%d" % number)

    return lambda event: event.call.unsigned(at), text


def _descriptor(at: int) -> Parameter:
    """The directory of a path, which has a name where it is the event's descriptor."""

    def text(event: RecordedEvent) -> bytes:
        number = event.call.signed(at)
        if event.fd is not None and event.fd.num == number and event.fd.known:
            return _fd_text(event)
        return b"AT_FDCWD" if number == _AT_FDCWD else b"%d" % number

    return lambda event: event.call.signed(at), text


def _copied(at: int) -> Parameter:
    """What dup was given: the same as it makes."""
    number, text = _int(at)
    return number, lambda event: text(event) if result(event) < 0 else _fd_text(event)


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


def _uid(at: int) -> Parameter:
    def text(event: RecordedEvent) -> bytes:
        number = event.call.signed(at)
        return _NOBODY if number == _NO_ID else event.user_name(number & _ID_BITS) or b"%d" % number

    return lambda event: event.call.unsigned(at), text


def _gid(at: int) -> Parameter:
    def text(event: RecordedEvent) -> bytes:
        number = event.call.signed(at)
        return _NOBODY if number == _NO_ID else event.group_name(number & _ID_BITS) or b"%d" % number

    return lambda event: event.call.unsigned(at), text


def _signal(at: int) -> Parameter:
    def text(event: RecordedEvent) -> bytes:
        number = event.call.signed(at)
        return _SIGNALS.get(number, b"%d" % number)

    return lambda event: event.call.signed(at), text


def _socket_type(event: RecordedEvent) -> int:
    return event.call.unsigned(1) & _TYPE_MASK


def _socket_flags(event: RecordedEvent) -> int:
    return event.call.unsigned(1) & ~_TYPE_MASK


_RES: Final[Parameter] = (result, result_text)
_FD: Final[Parameter] = (lambda event: -1 if event.fd is None else event.fd.num, _fd_text)
_MADE: Final[Parameter] = (result, _made_text)
_STRING: Final[Parameter] = _read(lambda event: event.call.string)
_TUPLE: Final[Parameter] = _read(_tuple)
_ADDRESS: Final[Parameter] = (lambda event: event.call.address, _address)
_DATA: Final[Parameter] = _bytes(lambda event: event.call.buffer)
_CONTROL: Final[Parameter] = _bytes(lambda event: event.call.control)
_SIZE: Final[Parameter] = _computed(lambda event: event.call.size)


def _mode(at: int) -> Parameter:
    return _flags(at, call_flags.MODE)


def _new_mode(at: int) -> Parameter:
    return _unsigned(at, b"%X")


def _node_mode(at: int) -> Parameter:
    """With the kind of file it is to be."""

    def text(event: RecordedEvent) -> bytes:
        mode = event.call.unsigned(at)
        bits, kind = stat.S_IMODE(mode), call_flags.NODES.get(stat.S_IFMT(mode))
        if kind is None:
            return flags.named(bits, call_flags.MODE)
        return flags.named(bits, call_flags.MODE) + b"|" + kind if bits else kind

    return lambda event: event.call.unsigned(at), text


def _queue_percent(event: RecordedEvent) -> int:
    waiting, most = event.call.waiting
    return waiting * 100 // most if most else 0


_SENT: Final[Parameters] = {"res": _RES, "data": _DATA, "fd": _FD, "size": _SIZE, "tuple": _TUPLE}
_RECEIVED: Final[Parameters] = {
    "res": _RES,
    "size": _SIZE,
    "data": _DATA,
    "tuple": _TUPLE,
    "msgcontrol": _CONTROL,
    "fd": _FD,
}
_OPEN_TREE: Final[Parameters] = {
    "res": _MADE,
    "dirfd": _descriptor(0),
    "path": _path(0),
    "flags": _flags(2, call_flags.OPEN_TREE),
}
_QUEUE: Final[Parameters] = {
    "queuepct": _computed(_queue_percent),
    "queuelen": _computed(lambda event: event.call.waiting[0]),
    "queuemax": _computed(lambda event: event.call.waiting[1]),
}

PARAMETERS: Final[dict[str, Parameters]] = {
    "unlink": {"res": _RES, "path": _path(0)},
    "unlinkat": {
        "res": _RES,
        "dirfd": _descriptor(0),
        "name": _path(0),
        "flags": _flags(2, call_flags.UNLINK),
    },
    "rmdir": {"res": _RES, "path": _path(0)},
    "mkdir": {"res": _RES, "path": _path(0), "mode": _new_mode(1)},
    "mkdirat": {"res": _RES, "dirfd": _descriptor(0), "path": _path(0), "mode": _new_mode(2)},
    "mknod": {"res": _RES, "path": _path(0), "mode": _node_mode(1), "dev": _unsigned(2)},
    "mknodat": {
        "res": _RES,
        "dirfd": _descriptor(0),
        "path": _path(0),
        "mode": _node_mode(2),
        "dev": _unsigned(3),
    },
    "rename": {"res": _RES, "oldpath": _path(0), "newpath": _path(1)},
    "renameat": {
        "res": _RES,
        "olddirfd": _descriptor(0),
        "oldpath": _path(0),
        "newdirfd": _descriptor(2),
        "newpath": _path(1),
    },
    "renameat2": {
        "res": _RES,
        "olddirfd": _descriptor(0),
        "oldpath": _path(0),
        "newdirfd": _descriptor(2),
        "newpath": _path(1),
        "flags": _flags(4, call_flags.RENAME),
    },
    "link": {"res": _RES, "oldpath": _path(0), "newpath": _path(1)},
    "linkat": {
        "res": _RES,
        "olddir": _descriptor(0),
        "oldpath": _path(0),
        "newdir": _descriptor(2),
        "newpath": _path(1),
        "flags": _flags(4, call_flags.LINK),
    },
    "symlink": {"res": _RES, "target": _STRING, "linkpath": _path(0)},
    "symlinkat": {"res": _RES, "target": _STRING, "linkdirfd": _descriptor(1), "linkpath": _path(0)},
    "truncate": {"res": _RES, "path": _path(0), "length": _long(1)},
    "ftruncate": {"res": _RES, "fd": _FD, "length": _long(1)},
    "chmod": {"res": _RES, "filename": _path(0), "mode": _mode(1)},
    "fchmod": {"res": _RES, "fd": _FD, "mode": _mode(1)},
    "fchmodat": {"res": _RES, "dirfd": _descriptor(0), "filename": _path(0), "mode": _mode(2)},
    "fchmodat2": {
        "res": _RES,
        "dirfd": _descriptor(0),
        "filename": _path(0),
        "mode": _mode(2),
        "flags": _flags(3, call_flags.AT),
    },
    "chown": {"res": _RES, "path": _path(0), "uid": _unsigned(1), "gid": _unsigned(2)},
    "lchown": {"res": _RES, "path": _path(0), "uid": _unsigned(1), "gid": _unsigned(2)},
    "fchown": {"res": _RES, "fd": _FD, "uid": _unsigned(1), "gid": _unsigned(2)},
    "fchownat": {
        "res": _RES,
        "dirfd": _descriptor(0),
        "pathname": _path(0),
        "uid": _unsigned(2),
        "gid": _unsigned(3),
        "flags": _flags(4, call_flags.AT),
    },
    "chdir": {"res": _RES, "path": (lambda event: event.call.name(0).raw, _changed_directory)},
    "fchdir": {"res": _RES, "fd": _FD},
    "chroot": {"res": _RES, "path": _path(0)},
    "pivot_root": {"res": _RES, "newpath": _path(0), "oldpath": _path(1)},
    "mount": {
        "res": _RES,
        "flags": _flags(3, call_flags.MOUNT),
        "dev": (lambda event: event.call.string, _device_text),
        "dir": _path(0),
    },
    "move_mount": {
        "res": _RES,
        "fromdirfd": _descriptor(0),
        "frompath": _path(0),
        "todirfd": _descriptor(2),
        "topath": _path(1),
        "flags": _flags(4, call_flags.MOVE_MOUNT),
    },
    "open_tree": _OPEN_TREE,
    "open_tree_attr": _OPEN_TREE,
    "fsopen": {"res": _MADE, "name": _STRING, "flags": _flags(1, call_flags.FSOPEN)},
    "fsconfig": {
        "res": _RES,
        "fd": _FD,
        "cmd": _command(1, call_flags.FSCONFIG),
        "key": _STRING,
        "aux": _int(4),
    },
    "fsmount": {
        "res": _MADE,
        "fd": _int(0),
        "flags": _flags(1, call_flags.FSMOUNT),
        "attr_flags": _flags(2, call_flags.MOUNT_ATTRIBUTES),
    },
    "fspick": {
        "res": _MADE,
        "dirfd": _descriptor(0),
        "path": _path(0),
        "flags": _flags(2, call_flags.FSPICK),
    },
    "mount_setattr": {
        "res": _RES,
        "dirfd": _descriptor(0),
        "path": _path(0),
        "flags": _flags(2, call_flags.OPEN_TREE),
    },
    "umount": {"res": _RES, "name": _path(0)},
    "umount2": {"flags": _flags(1, call_flags.UMOUNT), "res": _RES, "name": _path(0)},
    "dup": {"res": _MADE, "oldfd": _copied(0)},
    "dup2": {"res": _MADE, "oldfd": _copied(0), "newfd": _copied(1)},
    "dup3": {
        "res": _MADE,
        "oldfd": _copied(0),
        "newfd": _copied(1),
        "flags": _flags(2, call_flags.CLOEXEC),
    },
    "fcntl": {"res": _RES, "fd": _FD, "cmd": _command(1, call_flags.FCNTL)},
    "memfd_create": {"fd": _MADE, "name": _STRING, "flags": _flags(1, call_flags.MEMFD)},
    "userfaultfd": {"res": _MADE, "flags": _flags(0, call_flags.USERFAULT)},
    "bpf": {"fd": _MADE, "cmd": _command(0, call_flags.BPF)},
    "io_uring_setup": {"res": _MADE, "entries": _unsigned(0)},
    "socket": {
        "fd": _MADE,
        "domain": _command(0, call_flags.DOMAINS),
        "type": (_socket_type, lambda event: b"%d" % _socket_type(event)),
        "proto": _unsigned(2),
        "flags": (_socket_flags, lambda event: flags.named(_socket_flags(event), call_flags.SOCKET)),
    },
    "socketpair": {
        "res": _RES,
        "domain": _command(0, call_flags.DOMAINS),
        "type": (_socket_type, lambda event: b"%d" % _socket_type(event)),
        "proto": _unsigned(2),
    },
    "bind": {"res": _RES, "addr": _ADDRESS, "fd": _FD},
    "connect": {"res": _RES, "tuple": _TUPLE, "fd": _FD, "addr": _ADDRESS},
    "listen": {"res": _RES, "fd": _FD, "backlog": _int(1)},
    "accept": {"fd": _MADE, "tuple": _TUPLE, **_QUEUE},
    "accept4": {"fd": _MADE, "tuple": _TUPLE, **_QUEUE, "flags": _int(3)},
    "shutdown": {"res": _RES, "fd": _FD, "how": _command(1, call_flags.SHUTDOWN)},
    "sendto": {**_SENT, "size": _unsigned(2)},
    "sendmsg": _SENT,
    "sendmmsg": _SENT,
    "recvfrom": {"res": _RES, "data": _DATA, "tuple": _TUPLE, "fd": _FD, "size": _unsigned(2)},
    "recvmsg": _RECEIVED,
    "recvmmsg": _RECEIVED,
    "setuid": {"res": _RES, "uid": _uid(0)},
    "setgid": {"res": _RES, "gid": _gid(0)},
    "setreuid": {"res": _RES, "ruid": _uid(0), "euid": _uid(1)},
    "setregid": {"res": _RES, "rgid": _gid(0), "egid": _gid(1)},
    "setresuid": {"res": _RES, "ruid": _uid(0), "euid": _uid(1), "suid": _uid(2)},
    "setresgid": {"res": _RES, "rgid": _gid(0), "egid": _gid(1), "sgid": _gid(2)},
    "setfsuid": {"res": _RES, "uid": _uid(0)},
    "setfsgid": {"res": _RES, "gid": _gid(0)},
    "capset": {
        "res": _RES,
        "cap_inheritable": _computed(lambda event: event.process.cap_inheritable, b"%X"),
        "cap_permitted": _computed(lambda event: event.process.cap_permitted, b"%X"),
        "cap_effective": _computed(lambda event: event.process.cap_effective, b"%X"),
    },
    "setsid": {"res": _RES},
    "setpgid": {"res": _RES, "pid": _int(0), "pgid": _int(1)},
    "setns": {"res": _RES, "fd": _FD, "nstype": _flags(1, call_flags.CLONE)},
    "unshare": {"res": _RES, "flags": _flags(0, call_flags.CLONE)},
    "ptrace": {
        "res": _RES,
        "addr": _long(2, b"%X"),
        "data": _long(3, b"%X"),
        "request": _command(0, call_flags.PTRACE),
        "pid": _int(1),
    },
    "prctl": {"res": _RES, "option": _command(0, call_flags.PRCTL)},
    "kill": {"res": _RES, "pid": _int(0), "sig": _signal(1)},
    "tkill": {"res": _RES, "tid": _int(0), "sig": _signal(1)},
    "tgkill": {"res": _RES, "pid": _int(0), "tid": _int(1), "sig": _signal(2)},
    "rt_sigqueueinfo": {"res": _RES, "pid": _int(0), "sig": _signal(1)},
    "rt_tgsigqueueinfo": {"res": _RES, "pid": _int(0), "tid": _int(1), "sig": _signal(2)},
    "pidfd_send_signal": {"res": _RES, "fd": _FD, "sig": _signal(1)},
    "pidfd_open": {"fd": _MADE, "pid": _int(0), "flags": _flags(1, call_flags.PIDFD)},
    "pidfd_getfd": {"fd": _MADE, "pid_fd": _int(0), "target_fd": _int(1), "flags": _unsigned(2)},
    "process_vm_readv": {"res": _RES, "pid": _int(0)},
    "process_vm_writev": {"res": _RES, "pid": _int(0)},
    "init_module": {"res": _RES, "img": _DATA, "length": _long(1), "uargs": _STRING},
    "finit_module": {"res": _RES, "fd": _FD, "uargs": _STRING, "flags": _flags(2, call_flags.MODULE)},
    "delete_module": {"res": _RES, "name": _STRING, "flags": _flags(1, call_flags.DELETE_MODULE)},
}
