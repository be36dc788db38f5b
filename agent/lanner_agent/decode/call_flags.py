# SPDX-License-Identifier: Apache-2.0
"""Names of the flags and commands of calls (specification 3.3, evt.arg.X): the kernel's own names, in the
order of its headers. Called by call_parameters.
"""

from __future__ import annotations

import socket
import stat
from typing import Final

from lanner_agent.decode.flags import Names

# include/uapi/linux/fcntl.h, include/uapi/linux/fs.h
UNLINK: Final[Names] = ((0x200, b"AT_REMOVEDIR"),)
LINK: Final[Names] = ((0x400, b"AT_SYMLINK_FOLLOW"), (0x1000, b"AT_EMPTY_PATH"))
AT: Final[Names] = ((0x100, b"AT_SYMLINK_NOFOLLOW"), (0x1000, b"AT_EMPTY_PATH"))
RENAME: Final[Names] = ((1, b"RENAME_NOREPLACE"), (2, b"RENAME_EXCHANGE"), (4, b"RENAME_WHITEOUT"))
CLOEXEC: Final[Names] = ((0o2000000, b"O_CLOEXEC"),)
# include/uapi/linux/userfaultfd.h and include/uapi/asm-generic/fcntl.h
USERFAULT: Final[Names] = ((1, b"UFFD_USER_MODE_ONLY"), (0o2000000, b"O_CLOEXEC"), (0o4000, b"O_NONBLOCK"))
MEMFD: Final[Names] = (
    *((1, b"MFD_CLOEXEC"), (2, b"MFD_ALLOW_SEALING"), (4, b"MFD_HUGETLB")),
    *((8, b"MFD_NOEXEC_SEAL"), (16, b"MFD_EXEC")),
)
PIDFD: Final[Names] = ((0o4000, b"PIDFD_NONBLOCK"), (0o200, b"PIDFD_THREAD"))
SOCKET: Final[Names] = ((0o2000000, b"SOCK_CLOEXEC"), (0o4000, b"SOCK_NONBLOCK"))
MODULE: Final[Names] = (
    (1, b"MODULE_INIT_IGNORE_MODVERSIONS"),
    (2, b"MODULE_INIT_IGNORE_VERMAGIC"),
    (4, b"MODULE_INIT_COMPRESSED_FILE"),
)
DELETE_MODULE: Final[Names] = ((0o4000, b"O_NONBLOCK"), (0o1000, b"O_TRUNC"))
# include/uapi/linux/sched.h
CLONE: Final[Names] = (
    *((0x200, b"CLONE_FS"), (0x400, b"CLONE_FILES"), (0x80, b"CLONE_NEWTIME")),
    *((0x20000, b"CLONE_NEWNS"), (0x40000, b"CLONE_SYSVSEM"), (0x2000000, b"CLONE_NEWCGROUP")),
    *((0x4000000, b"CLONE_NEWUTS"), (0x8000000, b"CLONE_NEWIPC"), (0x10000000, b"CLONE_NEWUSER")),
    *((0x20000000, b"CLONE_NEWPID"), (0x40000000, b"CLONE_NEWNET")),
)
# include/uapi/linux/mount.h, include/linux/fs.h
MOUNT: Final[Names] = (
    *((1, b"RDONLY"), (2, b"NOSUID"), (4, b"NODEV"), (8, b"NOEXEC"), (16, b"SYNCHRONOUS")),
    *((32, b"REMOUNT"), (64, b"MANDLOCK"), (128, b"DIRSYNC"), (1024, b"NOATIME"), (2048, b"NODIRATIME")),
    *((4096, b"BIND"), (8192, b"MOVE"), (16384, b"REC"), (32768, b"SILENT"), (65536, b"POSIXACL")),
    *((1 << 17, b"UNBINDABLE"), (1 << 18, b"PRIVATE"), (1 << 19, b"SLAVE"), (1 << 20, b"SHARED")),
    *((1 << 21, b"RELATIME"), (1 << 22, b"KERNMOUNT"), (1 << 23, b"I_VERSION"), (1 << 24, b"STRICTATIME")),
    (1 << 25, b"LAZYTIME"),
)
MOVE_MOUNT: Final[Names] = (
    *((1, b"F_SYMLINKS"), (2, b"F_AUTOMOUNTS"), (4, b"F_EMPTY_PATH"), (16, b"T_SYMLINKS")),
    *((32, b"T_AUTOMOUNTS"), (64, b"T_EMPTY_PATH"), (256, b"SET_GROUP"), (512, b"BENEATH")),
)
OPEN_TREE: Final[Names] = (
    *((1, b"OPEN_TREE_CLONE"), (0o2000000, b"OPEN_TREE_CLOEXEC"), (0x100, b"AT_SYMLINK_NOFOLLOW")),
    *((0x800, b"AT_NO_AUTOMOUNT"), (0x1000, b"AT_EMPTY_PATH"), (0x8000, b"AT_RECURSIVE")),
)
FSOPEN: Final[Names] = ((1, b"FSOPEN_CLOEXEC"),)
FSMOUNT: Final[Names] = ((1, b"FSMOUNT_CLOEXEC"),)
FSPICK: Final[Names] = (
    *((1, b"FSPICK_CLOEXEC"), (2, b"FSPICK_SYMLINK_NOFOLLOW"), (4, b"FSPICK_NO_AUTOMOUNT")),
    (8, b"FSPICK_EMPTY_PATH"),
)
MOUNT_ATTRIBUTES: Final[Names] = (
    *((1, b"MOUNT_ATTR_RDONLY"), (2, b"MOUNT_ATTR_NOSUID"), (4, b"MOUNT_ATTR_NODEV")),
    *((8, b"MOUNT_ATTR_NOEXEC"), (16, b"MOUNT_ATTR_NOATIME"), (32, b"MOUNT_ATTR_STRICTATIME")),
    *((0x80, b"MOUNT_ATTR_NODIRATIME"), (0x200000, b"MOUNT_ATTR_NOSYMFOLLOW")),
)
UMOUNT: Final[Names] = ((1, b"FORCE"), (2, b"DETACH"), (4, b"EXPIRE"), (8, b"NOFOLLOW"))
# include/uapi/linux/stat.h, the bits that chmod sets
MODE: Final[Names] = tuple(
    (getattr(stat, name), name.encode())
    for name in (
        *("S_IXOTH", "S_IWOTH", "S_IROTH", "S_IXGRP", "S_IWGRP", "S_IRGRP"),
        *("S_IXUSR", "S_IWUSR", "S_IRUSR", "S_ISVTX", "S_ISGID", "S_ISUID"),
    )
)

Commands = dict[int, bytes]


def _numbered(text: str, first: int = 0) -> Commands:
    return {first + number: name.encode() for number, name in enumerate(text.split())}


# enum bpf_cmd of include/uapi/linux/bpf.h
BPF: Final[Commands] = _numbered("""
BPF_MAP_CREATE BPF_MAP_LOOKUP_ELEM BPF_MAP_UPDATE_ELEM BPF_MAP_DELETE_ELEM BPF_MAP_GET_NEXT_KEY BPF_PROG_LOAD
BPF_OBJ_PIN BPF_OBJ_GET BPF_PROG_ATTACH BPF_PROG_DETACH BPF_PROG_TEST_RUN BPF_PROG_GET_NEXT_ID
BPF_MAP_GET_NEXT_ID BPF_PROG_GET_FD_BY_ID BPF_MAP_GET_FD_BY_ID BPF_OBJ_GET_INFO_BY_FD BPF_PROG_QUERY
BPF_RAW_TRACEPOINT_OPEN BPF_BTF_LOAD BPF_BTF_GET_FD_BY_ID BPF_TASK_FD_QUERY BPF_MAP_LOOKUP_AND_DELETE_ELEM
BPF_MAP_FREEZE BPF_BTF_GET_NEXT_ID BPF_MAP_LOOKUP_BATCH BPF_MAP_LOOKUP_AND_DELETE_BATCH BPF_MAP_UPDATE_BATCH
BPF_MAP_DELETE_BATCH BPF_LINK_CREATE BPF_LINK_UPDATE BPF_LINK_GET_FD_BY_ID BPF_LINK_GET_NEXT_ID
BPF_ENABLE_STATS BPF_ITER_CREATE BPF_LINK_DETACH BPF_PROG_BIND_MAP BPF_TOKEN_CREATE
BPF_PROG_STREAM_READ_BY_FD
""")
# include/uapi/asm-generic/fcntl.h and include/uapi/linux/fcntl.h
FCNTL: Final[Commands] = {
    **_numbered(
        "F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN F_SETSIG"
    ),
    **_numbered("F_GETSIG F_GETLK64 F_SETLK64 F_SETLKW64 F_SETOWN_EX F_GETOWN_EX F_GETOWNER_UIDS", 11),
    **_numbered("F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW", 36),
    **_numbered(
        "F_SETLEASE F_GETLEASE F_NOTIFY F_DUPFD_QUERY F_CREATED_QUERY F_CANCELLK F_DUPFD_CLOEXEC", 1024
    ),
    **_numbered("F_SETPIPE_SZ F_GETPIPE_SZ F_ADD_SEALS F_GET_SEALS F_GET_RW_HINT F_SET_RW_HINT", 1031),
    **_numbered("F_GET_FILE_RW_HINT F_SET_FILE_RW_HINT F_GETDELEG F_SETDELEG", 1037),
}
# enum fsconfig_command of include/uapi/linux/mount.h
FSCONFIG: Final[Commands] = {
    **_numbered("FSCONFIG_SET_FLAG FSCONFIG_SET_STRING FSCONFIG_SET_BINARY FSCONFIG_SET_PATH"),
    **_numbered("FSCONFIG_SET_PATH_EMPTY FSCONFIG_SET_FD FSCONFIG_CMD_CREATE FSCONFIG_CMD_RECONFIGURE", 4),
    8: b"FSCONFIG_CMD_CREATE_EXCL",
}
# include/uapi/linux/ptrace.h
PTRACE: Final[Commands] = {
    **_numbered("PTRACE_TRACEME PTRACE_PEEKTEXT PTRACE_PEEKDATA PTRACE_PEEKUSR PTRACE_POKETEXT"),
    **_numbered("PTRACE_POKEDATA PTRACE_POKEUSR PTRACE_CONT PTRACE_KILL PTRACE_SINGLESTEP", 5),
    **_numbered("PTRACE_GETREGS PTRACE_SETREGS PTRACE_GETFPREGS PTRACE_SETFPREGS PTRACE_ATTACH", 12),
    **_numbered("PTRACE_DETACH PTRACE_GETFPXREGS PTRACE_SETFPXREGS", 17),
    21: b"PTRACE_OLDSETOPTIONS",
    24: b"PTRACE_SYSCALL",
    31: b"PTRACE_SYSEMU",
    30: b"PTRACE_ARCH_PRCTL",
    **_numbered("PTRACE_SETOPTIONS PTRACE_GETEVENTMSG PTRACE_GETSIGINFO PTRACE_SETSIGINFO", 0x4200),
    **_numbered("PTRACE_GETREGSET PTRACE_SETREGSET PTRACE_SEIZE PTRACE_INTERRUPT PTRACE_LISTEN", 0x4204),
    **_numbered("PTRACE_PEEKSIGINFO PTRACE_GETSIGMASK PTRACE_SETSIGMASK", 0x4209),
    **_numbered("PTRACE_SECCOMP_GET_FILTER PTRACE_SECCOMP_GET_METADATA PTRACE_GET_SYSCALL_INFO", 0x420C),
}
# include/linux/socket.h: several names for one number, in the order of the header
DOMAINS: Final[Commands] = {
    int(family): family.name.encode() for family in socket.AddressFamily if family.name != "AF_UNSPEC"
} | {0: b"AF_UNSPEC", int(socket.AF_UNIX): b"AF_LOCAL|AF_UNIX"}
