# SPDX-License-Identifier: Apache-2.0
"""System calls that the kernel side reads by description: their numbers, and which of their arguments are
paths, descriptors, addresses or bytes. Read by tables; decode/call_parameters says what the arguments mean.

A new call is a new line here: bpf/event/call.bpf.c does what `struct call` says. Numbers are those of
arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h; None: not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel.record_layout import Argument

NONE: Final = Argument.NONE.value
RESULT: Final = Argument.RESULT.value  # the descriptor is what the call returns


@dataclass(frozen=True, slots=True)
class Call:
    """`path`: positions of one or two paths; `base`: those of the descriptors they are relative to, NONE for
    the working directory. `given`: the process has filled the buffer or the message, which is there whatever
    the call returns. `before`: the capabilities are those before the call, which changes them. The others are
    positions too; an address' length is the argument behind it. `messages`: each is an event.
    """

    x86_64: int | None
    aarch64: int | None
    descriptor: int = NONE
    path: tuple[int, int] = (NONE, NONE)
    base: tuple[int, int] = (NONE, NONE)
    string: int = NONE
    address: int = NONE
    message: int = NONE
    messages: int = NONE
    buffer: int = NONE
    listener: int = NONE
    given: bool = False
    before: bool = False


def _path(x86_64: int | None, aarch64: int | None, at: int, base: int = NONE) -> Call:
    """The folder that the path is relative to is the call's descriptor."""
    return Call(x86_64, aarch64, descriptor=base, path=(at, NONE), base=(base, NONE))


def _paths(x86_64: int | None, aarch64: int | None, path: tuple[int, int], base: tuple[int, int]) -> Call:
    """The first folder is the call's descriptor."""
    return Call(x86_64, aarch64, descriptor=base[0], path=path, base=base)


_CWD: Final = (NONE, NONE)

CALLS: Final[dict[str, Call]] = {
    # names of files
    "unlink": _path(87, None, 0),
    "unlinkat": _path(263, 35, 1, 0),
    "rmdir": _path(84, None, 0),
    "mkdir": _path(83, None, 0),
    "mkdirat": _path(258, 34, 1, 0),
    "mknod": _path(133, None, 0),
    "mknodat": _path(259, 33, 1, 0),
    "rename": _paths(82, None, (0, 1), _CWD),
    "renameat": _paths(264, 38, (1, 3), (0, 2)),
    "renameat2": _paths(316, 276, (1, 3), (0, 2)),
    "link": _paths(86, None, (0, 1), _CWD),
    "linkat": _paths(265, 37, (1, 3), (0, 2)),
    "symlink": Call(88, None, path=(1, NONE), string=0),
    "symlinkat": Call(266, 36, descriptor=1, path=(2, NONE), base=(1, NONE), string=0),
    "truncate": _path(76, 45, 0),
    "ftruncate": Call(77, 46, descriptor=0),
    # rights of files
    "chmod": _path(90, None, 0),
    "fchmod": Call(91, 52, descriptor=0),
    "fchmodat": _path(268, 53, 1, 0),
    "fchmodat2": _path(452, 452, 1, 0),
    "chown": _path(92, None, 0),
    "lchown": _path(94, None, 0),
    "fchown": Call(93, 55, descriptor=0),
    "fchownat": _path(260, 54, 1, 0),
    # directories and mounts
    "chdir": _path(80, 49, 0),
    "fchdir": Call(81, 50, descriptor=0),
    "chroot": _path(161, 51, 0),
    "pivot_root": _paths(155, 41, (0, 1), _CWD),
    "mount": Call(165, 40, path=(1, NONE), string=0),
    "move_mount": _paths(429, 429, (1, 3), (0, 2)),
    "open_tree": Call(428, 428, descriptor=RESULT, path=(1, NONE), base=(0, NONE)),
    "open_tree_attr": Call(467, 467, descriptor=RESULT, path=(1, NONE), base=(0, NONE)),
    "fsopen": Call(430, 430, descriptor=RESULT, string=0),
    "fsconfig": Call(431, 431, descriptor=0, string=2),
    "fsmount": Call(432, 432, descriptor=RESULT),
    "fspick": Call(433, 433, descriptor=RESULT, path=(1, NONE), base=(0, NONE)),
    "mount_setattr": _path(442, 442, 1, 0),
    "umount2": _path(166, 39, 0),
    "umount": _path(None, None, 0),  # of 32-bit programs only
    # descriptors
    "dup": Call(32, 23, descriptor=RESULT),
    "dup2": Call(33, None, descriptor=RESULT),
    "dup3": Call(292, 24, descriptor=RESULT),
    "fcntl": Call(72, 25, descriptor=0),
    "memfd_create": Call(319, 279, descriptor=RESULT, string=0),
    "userfaultfd": Call(323, 282, descriptor=RESULT),
    "bpf": Call(321, 280, descriptor=RESULT),
    "io_uring_setup": Call(425, 425, descriptor=RESULT),
    # sockets
    "socket": Call(41, 198, descriptor=RESULT),
    "socketpair": Call(53, 199),
    "bind": Call(49, 200, descriptor=0, address=1),
    "connect": Call(42, 203, descriptor=0, address=1),
    "listen": Call(50, 201, descriptor=0),
    "accept": Call(43, 202, descriptor=RESULT, listener=0),
    "accept4": Call(288, 242, descriptor=RESULT, listener=0),
    "shutdown": Call(48, 210, descriptor=0),
    "sendto": Call(44, 206, descriptor=0, address=4, buffer=1, given=True),
    "sendmsg": Call(46, 211, descriptor=0, message=1, given=True),
    "sendmmsg": Call(307, 269, descriptor=0, messages=1, given=True),
    "recvfrom": Call(45, 207, descriptor=0, address=4, buffer=1),
    "recvmsg": Call(47, 212, descriptor=0, message=1),
    "recvmmsg": Call(299, 243, descriptor=0, messages=1),
    # processes
    "setuid": Call(105, 146),
    "setgid": Call(106, 144),
    "setreuid": Call(113, 145),
    "setregid": Call(114, 143),
    "setresuid": Call(117, 147),
    "setresgid": Call(119, 149),
    "setfsuid": Call(122, 151),
    "setfsgid": Call(123, 152),
    "capset": Call(126, 91),
    "setsid": Call(112, 157),
    "setpgid": Call(109, 154),
    "setns": Call(308, 268, descriptor=0),
    "unshare": Call(272, 97, before=True),
    "ptrace": Call(101, 117),
    "prctl": Call(157, 167),
    "kill": Call(62, 129),
    "tkill": Call(200, 130),
    "tgkill": Call(234, 131),
    "rt_sigqueueinfo": Call(129, 138),
    "rt_tgsigqueueinfo": Call(297, 240),
    "pidfd_send_signal": Call(424, 424, descriptor=0),
    "pidfd_open": Call(434, 434, descriptor=RESULT),
    "pidfd_getfd": Call(438, 438, descriptor=RESULT),
    "process_vm_readv": Call(310, 270),
    "process_vm_writev": Call(311, 271),
    # the kernel itself
    "init_module": Call(175, 105, string=2, buffer=0, given=True),
    "finit_module": Call(313, 273, descriptor=0, string=1),
    "delete_module": Call(176, 106, string=0),
}
