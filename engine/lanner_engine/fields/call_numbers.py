# SPDX-License-Identifier: Apache-2.0
"""The parameters of calls that are numbers in a register: which argument it is, and the text form of it
(specification 7.2 and 3.3, evt.arg.X). The agent decodes by this table, and index/arguments asks by it.
"""

from __future__ import annotations

import signal
import stat
from dataclasses import dataclass
from typing import Final

from lanner_engine.fields import call_flags
from lanner_engine.fields.flag_names import Names, named

INT: Final = 0xFFFFFFFF
LONG: Final = 0xFFFFFFFFFFFFFFFF
_TYPE: Final = 0xFF  # of socket(2)'s type, without its flags
_SIGNALS: Final = {int(one): one.name.encode() for one in signal.Signals}


@dataclass(frozen=True, slots=True)
class Plain:
    """The number itself."""

    form: bytes = b"%d"

    def text(self, value: int) -> bytes:
        return self.form % value


@dataclass(frozen=True, slots=True)
class Flags:
    """The names of its bits."""

    names: Names

    def text(self, value: int) -> bytes:
        return named(value, self.names)


@dataclass(frozen=True, slots=True)
class Command:
    """The name of the number, or itself."""

    names: call_flags.Commands

    def text(self, value: int) -> bytes:
        return self.names.get(value, b"%d" % value)


@dataclass(frozen=True, slots=True)
class Node:
    """The names of the bits of a mode, then the kind of file."""

    def text(self, value: int) -> bytes:
        bits, kind = stat.S_IMODE(value), call_flags.NODES.get(stat.S_IFMT(value))
        if kind is None:
            return named(bits, call_flags.MODE)
        return named(bits, call_flags.MODE) + b"|" + kind if bits else kind


@dataclass(frozen=True, slots=True)
class Number:
    """`at`: position of the argument; `mask`: the bits of it that count; `shown`: how it is written, None
    where more than the number decides that.
    """

    at: int
    shown: Plain | Flags | Command | Node | None = Plain()
    mask: int = INT
    signed: bool = False

    def value(self, register: int) -> int:
        """What a rule reads of the argument's 64 bits."""
        value = register & self.mask
        sign = self.mask + 1 >> 1
        return (value ^ sign) - sign if self.signed else value


def _int(at: int) -> Number:
    return Number(at, signed=True)


def _unsigned(at: int, form: bytes = b"%d") -> Number:
    return Number(at, Plain(form))


def _long(at: int, form: bytes = b"%d") -> Number:
    return Number(at, Plain(form), LONG)


def _flags(at: int, names: Names) -> Number:
    return Number(at, Flags(names))


def _command(at: int, names: call_flags.Commands) -> Number:
    return Number(at, Command(names))


def _signal(at: int) -> Number:
    return Number(at, Command(_SIGNALS), signed=True)


def _descriptor(at: int) -> Number:
    """Shown by the file behind it."""
    return Number(at, None, signed=True)


def _account(at: int) -> Number:
    """Shown by the name of a user or group."""
    return Number(at, None)


_MODE: Final = call_flags.MODE
_SOCKET: Final = {
    "domain": _command(0, call_flags.DOMAINS),
    "type": Number(1, mask=_TYPE),
    "proto": _unsigned(2),
}
_TWO_FOLDERS: Final = {"olddirfd": _descriptor(0), "newdirfd": _descriptor(2)}
_TREE: Final = {"dirfd": _descriptor(0), "flags": _flags(2, call_flags.OPEN_TREE)}

NUMBERS: Final[dict[str, dict[str, Number]]] = {
    "unlinkat": {"dirfd": _descriptor(0), "flags": _flags(2, call_flags.UNLINK)},
    "mkdir": {"mode": _unsigned(1, b"%X")},
    "mkdirat": {"dirfd": _descriptor(0), "mode": _unsigned(2, b"%X")},
    "mknod": {"mode": Number(1, Node()), "dev": _unsigned(2)},
    "mknodat": {"dirfd": _descriptor(0), "mode": Number(2, Node()), "dev": _unsigned(3)},
    "renameat": _TWO_FOLDERS,
    "renameat2": {**_TWO_FOLDERS, "flags": _flags(4, call_flags.RENAME)},
    "linkat": {"olddir": _descriptor(0), "newdir": _descriptor(2), "flags": _flags(4, call_flags.LINK)},
    "symlinkat": {"linkdirfd": _descriptor(1)},
    "truncate": {"length": _long(1)},
    "ftruncate": {"length": _long(1)},
    "chmod": {"mode": _flags(1, _MODE)},
    "fchmod": {"mode": _flags(1, _MODE)},
    "fchmodat": {"dirfd": _descriptor(0), "mode": _flags(2, _MODE)},
    "fchmodat2": {"dirfd": _descriptor(0), "mode": _flags(2, _MODE), "flags": _flags(3, call_flags.AT)},
    "chown": {"uid": _unsigned(1), "gid": _unsigned(2)},
    "lchown": {"uid": _unsigned(1), "gid": _unsigned(2)},
    "fchown": {"uid": _unsigned(1), "gid": _unsigned(2)},
    "fchownat": {
        "dirfd": _descriptor(0),
        "uid": _unsigned(2),
        "gid": _unsigned(3),
        "flags": _flags(4, call_flags.AT),
    },
    "mount": {"flags": _flags(3, call_flags.MOUNT)},
    "move_mount": {
        "fromdirfd": _descriptor(0),
        "todirfd": _descriptor(2),
        "flags": _flags(4, call_flags.MOVE_MOUNT),
    },
    "open_tree": _TREE,
    "open_tree_attr": _TREE,
    "fsopen": {"flags": _flags(1, call_flags.FSOPEN)},
    "fsconfig": {"cmd": _command(1, call_flags.FSCONFIG), "aux": _int(4)},
    "fsmount": {
        "fd": _int(0),
        "flags": _flags(1, call_flags.FSMOUNT),
        "attr_flags": _flags(2, call_flags.MOUNT_ATTRIBUTES),
    },
    "fspick": {"dirfd": _descriptor(0), "flags": _flags(2, call_flags.FSPICK)},
    "mount_setattr": _TREE,
    "umount2": {"flags": _flags(1, call_flags.UMOUNT)},
    "dup": {"oldfd": _descriptor(0)},
    "dup2": {"oldfd": _descriptor(0), "newfd": _descriptor(1)},
    "dup3": {"oldfd": _descriptor(0), "newfd": _descriptor(1), "flags": _flags(2, call_flags.CLOEXEC)},
    "fcntl": {"cmd": _command(1, call_flags.FCNTL)},
    "memfd_create": {"flags": _flags(1, call_flags.MEMFD)},
    "userfaultfd": {"flags": _flags(0, call_flags.USERFAULT)},
    "bpf": {"cmd": _command(0, call_flags.BPF)},
    "io_uring_setup": {"entries": _unsigned(0)},
    "socket": {**_SOCKET, "flags": Number(1, Flags(call_flags.SOCKET), INT & ~_TYPE)},
    "socketpair": _SOCKET,
    "listen": {"backlog": _int(1)},
    "accept4": {"flags": _int(3)},
    "shutdown": {"how": _command(1, call_flags.SHUTDOWN)},
    "sendto": {"size": _unsigned(2)},
    "recvfrom": {"size": _unsigned(2)},
    "setuid": {"uid": _account(0)},
    "setgid": {"gid": _account(0)},
    "setreuid": {"ruid": _account(0), "euid": _account(1)},
    "setregid": {"rgid": _account(0), "egid": _account(1)},
    "setresuid": {"ruid": _account(0), "euid": _account(1), "suid": _account(2)},
    "setresgid": {"rgid": _account(0), "egid": _account(1), "sgid": _account(2)},
    "setfsuid": {"uid": _account(0)},
    "setfsgid": {"gid": _account(0)},
    "setpgid": {"pid": _int(0), "pgid": _int(1)},
    "setns": {"nstype": _flags(1, call_flags.CLONE)},
    "unshare": {"flags": _flags(0, call_flags.CLONE)},
    "ptrace": {
        "request": _command(0, call_flags.PTRACE),
        "pid": _int(1),
        "addr": _long(2, b"%X"),
        "data": _long(3, b"%X"),
    },
    "prctl": {"option": _command(0, call_flags.PRCTL)},
    "kill": {"pid": _int(0), "sig": _signal(1)},
    "tkill": {"tid": _int(0), "sig": _signal(1)},
    "tgkill": {"pid": _int(0), "tid": _int(1), "sig": _signal(2)},
    "rt_sigqueueinfo": {"pid": _int(0), "sig": _signal(1)},
    "rt_tgsigqueueinfo": {"pid": _int(0), "tid": _int(1), "sig": _signal(2)},
    "pidfd_send_signal": {"sig": _signal(1)},
    "pidfd_open": {"pid": _int(0), "flags": _flags(1, call_flags.PIDFD)},
    "pidfd_getfd": {"pid_fd": _int(0), "target_fd": _int(1), "flags": _unsigned(2)},
    "process_vm_readv": {"pid": _int(0)},
    "process_vm_writev": {"pid": _int(0)},
    "init_module": {"length": _long(1)},
    "finit_module": {"flags": _flags(2, call_flags.MODULE)},
    "delete_module": {"flags": _flags(1, call_flags.DELETE_MODULE)},
}
