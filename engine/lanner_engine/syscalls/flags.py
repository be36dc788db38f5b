# SPDX-License-Identifier: Apache-2.0
"""Names of the bits of calls' flags (specification 3.3, evt.arg.X): the kernel's own names, in the order of
its headers.
"""

from __future__ import annotations

import stat
from typing import Final

from lanner_engine.syscalls.flag_names import Names

# include/uapi/linux/fcntl.h, include/uapi/linux/fs.h
UNLINK: Final[Names] = ((0x200, b"AT_REMOVEDIR"),)
LINK: Final[Names] = ((0x400, b"AT_SYMLINK_FOLLOW"), (0x1000, b"AT_EMPTY_PATH"))
AT: Final[Names] = ((0x100, b"AT_SYMLINK_NOFOLLOW"), (0x1000, b"AT_EMPTY_PATH"))
RENAME: Final[Names] = ((1, b"RENAME_NOREPLACE"), (2, b"RENAME_EXCHANGE"), (4, b"RENAME_WHITEOUT"))
HANDLE: Final[Names] = (
    *((1, b"AT_HANDLE_MNT_ID_UNIQUE"), (2, b"AT_HANDLE_CONNECTABLE"), (0x200, b"AT_HANDLE_FID")),
    *LINK,
)
CLOEXEC: Final[Names] = ((0o2000000, b"O_CLOEXEC"), (0, b"O_NONE"))
NEW_DESCRIPTOR: Final[Names] = ((0o4000, b"O_NONBLOCK"), (0o2000000, b"O_CLOEXEC"), (0, b"O_NONE"))
# include/uapi/linux/userfaultfd.h and include/uapi/asm-generic/fcntl.h
USERFAULT: Final[Names] = (
    *NEW_DESCRIPTOR,
    (1, b"UFFD_USER_MODE_ONLY"),
)
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
    *((0x400, b"CLONE_FILES"), (0x200, b"CLONE_FS"), (0x80000000, b"CLONE_IO")),
    *((0x8000000, b"CLONE_NEWIPC"), (0x40000000, b"CLONE_NEWNET"), (0x20000, b"CLONE_NEWNS")),
    *((0x20000000, b"CLONE_NEWPID"), (0x4000000, b"CLONE_NEWUTS"), (0x8000, b"CLONE_PARENT")),
    *((0x100000, b"CLONE_PARENT_SETTID"), (0x2000, b"CLONE_PTRACE"), (0x800, b"CLONE_SIGHAND")),
    *((0x40000, b"CLONE_SYSVSEM"), (0x10000, b"CLONE_THREAD"), (0x800000, b"CLONE_UNTRACED")),
    *((0x100, b"CLONE_VM"), (0x10000000, b"CLONE_NEWUSER"), (0x200000, b"CLONE_CHILD_CLEARTID")),
    *((0x1000000, b"CLONE_CHILD_SETTID"), (0x80000, b"CLONE_SETTLS"), (0x4000, b"CLONE_VFORK")),
    *((0x2000000, b"CLONE_NEWCGROUP"), (0x1000, b"CLONE_PIDFD"), (0x80, b"CLONE_NEWTIME")),
)
# include/uapi/linux/mount.h, include/linux/fs.h
MOUNT: Final[Names] = (
    *((1, b"RDONLY"), (2, b"NOSUID"), (4, b"NODEV"), (8, b"NOEXEC"), (16, b"SYNCHRONOUS")),
    *((32, b"REMOUNT"), (64, b"MANDLOCK"), (128, b"DIRSYNC"), (1024, b"NOATIME"), (2048, b"NODIRATIME")),
    *((4096, b"BIND"), (8192, b"MOVE"), (16384, b"REC"), (32768, b"SILENT"), (65536, b"POSIXACL")),
    *((1 << 17, b"UNBINDABLE"), (1 << 18, b"PRIVATE"), (1 << 19, b"SLAVE"), (1 << 20, b"SHARED")),
    *((1 << 21, b"RELATIME"), (1 << 22, b"KERNMOUNT"), (1 << 23, b"I_VERSION"), (1 << 24, b"STRICTATIME")),
    *((1 << 25, b"LAZYTIME"), (1 << 28, b"NOSEC"), (1 << 29, b"BORN"), (1 << 30, b"ACTIVE")),
    (1 << 31, b"NOUSER"),
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
# include/uapi/linux/stat.h, the bits that chmod and opens take: others are no part of a mode
PERMISSIONS: Final = 0o7777
MODE: Final[Names] = tuple(
    (getattr(stat, name), name.encode())
    for name in (
        *("S_IXOTH", "S_IWOTH", "S_IROTH", "S_IXGRP", "S_IWGRP", "S_IRGRP"),
        *("S_IXUSR", "S_IWUSR", "S_IRUSR", "S_ISVTX", "S_ISGID", "S_ISUID"),
    )
)
# include/uapi/asm-generic/mman-common.h, mman.h and asm/mman.h of arch/x86 and arch/arm64
PROTECTION: Final[Names] = (
    *((1, b"PROT_READ"), (2, b"PROT_WRITE"), (4, b"PROT_EXEC"), (8, b"PROT_SEM")),
    *((0x10, b"PROT_BTI"), (0x20, b"PROT_MTE")),
    *((1 << 24, b"PROT_GROWSDOWN"), (1 << 25, b"PROT_GROWSUP"), (0, b"PROT_NONE")),
)
MAP: Final[Names] = (
    (3, b"MAP_SHARED_VALIDATE"),
    *((1, b"MAP_SHARED"), (2, b"MAP_PRIVATE"), (8, b"MAP_DROPPABLE")),
    *((0x10, b"MAP_FIXED"), (0x20, b"MAP_ANONYMOUS")),
    *((0x40, b"MAP_32BIT"), (0x4000, b"MAP_NORESERVE"), (0x8000, b"MAP_POPULATE")),
    *((0x10000, b"MAP_NONBLOCK"), (0x100, b"MAP_GROWSDOWN"), (0x800, b"MAP_DENYWRITE")),
    *((0x1000, b"MAP_EXECUTABLE"), (0x2000, b"MAP_LOCKED"), (0x20000, b"MAP_STACK")),
    *((0x40000, b"MAP_HUGETLB"), (0x80000, b"MAP_SYNC"), (0x100000, b"MAP_FIXED_NOREPLACE")),
)
# include/uapi/linux/xattr.h
ATTRIBUTE: Final[Names] = ((1, b"XATTR_CREATE"), (2, b"XATTR_REPLACE"))
# include/uapi/linux/kexec.h
KEXEC: Final[Names] = (
    *((1, b"KEXEC_ON_CRASH"), (2, b"KEXEC_PRESERVE_CONTEXT"), (4, b"KEXEC_UPDATE_ELFCOREHDR")),
    (8, b"KEXEC_CRASH_HOTPLUG_SUPPORT"),
)
KEXEC_FILE: Final[Names] = (
    *((1, b"KEXEC_FILE_UNLOAD"), (2, b"KEXEC_FILE_ON_CRASH"), (4, b"KEXEC_FILE_NO_INITRAMFS")),
    *((8, b"KEXEC_FILE_DEBUG"), (16, b"KEXEC_FILE_NO_CMA"), (32, b"KEXEC_FILE_FORCE_DTB")),
)
# include/uapi/linux/seccomp.h
SECCOMP: Final[Names] = (
    *((1, b"SECCOMP_FILTER_FLAG_TSYNC"), (2, b"SECCOMP_FILTER_FLAG_LOG")),
    *((4, b"SECCOMP_FILTER_FLAG_SPEC_ALLOW"), (8, b"SECCOMP_FILTER_FLAG_NEW_LISTENER")),
    *((16, b"SECCOMP_FILTER_FLAG_TSYNC_ESRCH"), (32, b"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")),
)
# include/linux/splice.h
SPLICE: Final[Names] = (
    *((1, b"SPLICE_F_MOVE"), (2, b"SPLICE_F_NONBLOCK"), (4, b"SPLICE_F_MORE"), (8, b"SPLICE_F_GIFT")),
)
# include/uapi/linux/inotify.h
INOTIFY: Final[Names] = (
    *((1, b"IN_ACCESS"), (2, b"IN_MODIFY"), (4, b"IN_ATTRIB"), (8, b"IN_CLOSE_WRITE")),
    *((0x10, b"IN_CLOSE_NOWRITE"), (0x20, b"IN_OPEN"), (0x40, b"IN_MOVED_FROM"), (0x80, b"IN_MOVED_TO")),
    *((0x100, b"IN_CREATE"), (0x200, b"IN_DELETE"), (0x400, b"IN_DELETE_SELF"), (0x800, b"IN_MOVE_SELF")),
    *((1 << 24, b"IN_ONLYDIR"), (1 << 25, b"IN_DONT_FOLLOW"), (1 << 26, b"IN_EXCL_UNLINK")),
    *((1 << 28, b"IN_MASK_CREATE"), (1 << 29, b"IN_MASK_ADD"), (1 << 31, b"IN_ONESHOT")),
)
# include/uapi/linux/eventpoll.h
EPOLL: Final[Names] = ((0o2000000, b"EPOLL_CLOEXEC"),)
# include/linux/eventfd.h, include/linux/timerfd.h
EVENTFD: Final[Names] = ((1, b"EFD_SEMAPHORE"), *NEW_DESCRIPTOR)
TIMERFD: Final[Names] = ((1, b"TFD_TIMER_ABSTIME"), (2, b"TFD_TIMER_CANCEL_ON_SET"))
# include/uapi/linux/fcntl.h and include/uapi/asm-generic/fcntl.h
ACCESS: Final[Names] = ((4, b"R_OK"), (2, b"W_OK"), (1, b"X_OK"), (0, b"F_OK"))
LOOKUP: Final[Names] = ((0x100, b"AT_SYMLINK_NOFOLLOW"), (0x200, b"AT_EACCESS"), (0x1000, b"AT_EMPTY_PATH"))
LOCK: Final[Names] = (
    *((1, b"LOCK_SH"), (2, b"LOCK_EX"), (4, b"LOCK_NB"), (8, b"LOCK_UN")),
    (0, b"LOCK_NONE"),
)
# include/linux/swap.h
SWAP: Final[Names] = (
    *((0x8000, b"SWAP_FLAG_PREFER"), (0x10000, b"SWAP_FLAG_DISCARD")),
    *((0x20000, b"SWAP_FLAG_DISCARD_ONCE"), (0x40000, b"SWAP_FLAG_DISCARD_PAGES")),
)
# include/uapi/linux/mman.h and include/uapi/asm-generic/mman-common.h
REMAP: Final[Names] = ((1, b"MREMAP_MAYMOVE"), (2, b"MREMAP_FIXED"), (4, b"MREMAP_DONTUNMAP"))
LOCK_ON_FAULT: Final[Names] = ((1, b"MLOCK_ONFAULT"),)
LOCK_ALL: Final[Names] = ((1, b"MCL_CURRENT"), (2, b"MCL_FUTURE"), (4, b"MCL_ONFAULT"))
# include/uapi/linux/fs.h
READ_WRITE: Final[Names] = (
    *((1, b"RWF_HIPRI"), (2, b"RWF_DSYNC"), (4, b"RWF_SYNC"), (8, b"RWF_NOWAIT"), (16, b"RWF_APPEND")),
    *((32, b"RWF_NOAPPEND"), (64, b"RWF_ATOMIC"), (128, b"RWF_DONTCACHE")),
)
# include/uapi/linux/landlock.h
LANDLOCK: Final[Names] = ((1, b"LANDLOCK_CREATE_RULESET_VERSION"), (2, b"LANDLOCK_CREATE_RULESET_ERRATA"))
LANDLOCK_RESTRICT: Final[Names] = (
    (1, b"LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF"),
    (2, b"LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON"),
    (4, b"LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF"),
)
# include/uapi/linux/personality.h: what is more than a type
PERSONALITY: Final[Names] = (
    *((0x20000, b"UNAME26"), (0x40000, b"ADDR_NO_RANDOMIZE"), (0x80000, b"FDPIC_FUNCPTRS")),
    *((0x100000, b"MMAP_PAGE_ZERO"), (0x200000, b"ADDR_COMPAT_LAYOUT"), (0x400000, b"READ_IMPLIES_EXEC")),
    *((0x800000, b"ADDR_LIMIT_32BIT"), (0x1000000, b"SHORT_INODE"), (0x2000000, b"WHOLE_SECONDS")),
    *((0x4000000, b"STICKY_TIMEOUTS"), (0x8000000, b"ADDR_LIMIT_3GB")),
)
# include/uapi/linux/fanotify.h
FANOTIFY: Final[Names] = (
    *((1, b"FAN_CLOEXEC"), (2, b"FAN_NONBLOCK"), (4, b"FAN_CLASS_CONTENT"), (8, b"FAN_CLASS_PRE_CONTENT")),
    *((0x10, b"FAN_UNLIMITED_QUEUE"), (0x20, b"FAN_UNLIMITED_MARKS"), (0x40, b"FAN_ENABLE_AUDIT")),
    *((0x80, b"FAN_REPORT_PIDFD"), (0x100, b"FAN_REPORT_TID"), (0x200, b"FAN_REPORT_FID")),
    *((0x400, b"FAN_REPORT_DIR_FID"), (0x800, b"FAN_REPORT_NAME"), (0x1000, b"FAN_REPORT_TARGET_FID")),
    *((0x2000, b"FAN_REPORT_FD_ERROR"), (0x4000, b"FAN_REPORT_MNT")),
)
FANOTIFY_MARK: Final[Names] = (
    *((1, b"FAN_MARK_ADD"), (2, b"FAN_MARK_REMOVE"), (4, b"FAN_MARK_DONT_FOLLOW"), (8, b"FAN_MARK_ONLYDIR")),
    *((0x110, b"FAN_MARK_MNTNS"), (0x10, b"FAN_MARK_MOUNT"), (0x20, b"FAN_MARK_IGNORED_MASK")),
    (0x80, b"FAN_MARK_FLUSH"),
    *((0x40, b"FAN_MARK_IGNORED_SURV_MODIFY"), (0x100, b"FAN_MARK_FILESYSTEM")),
    *((0x200, b"FAN_MARK_EVICTABLE"), (0x400, b"FAN_MARK_IGNORE")),
)
FANOTIFY_EVENTS: Final[Names] = (
    *((1, b"FAN_ACCESS"), (2, b"FAN_MODIFY"), (4, b"FAN_ATTRIB"), (8, b"FAN_CLOSE_WRITE")),
    *((0x10, b"FAN_CLOSE_NOWRITE"), (0x20, b"FAN_OPEN"), (0x40, b"FAN_MOVED_FROM"), (0x80, b"FAN_MOVED_TO")),
    *((0x100, b"FAN_CREATE"), (0x200, b"FAN_DELETE"), (0x400, b"FAN_DELETE_SELF"), (0x800, b"FAN_MOVE_SELF")),
    *((0x1000, b"FAN_OPEN_EXEC"), (0x8000, b"FAN_FS_ERROR"), (0x10000, b"FAN_OPEN_PERM")),
    *((0x20000, b"FAN_ACCESS_PERM"), (0x40000, b"FAN_OPEN_EXEC_PERM"), (0x100000, b"FAN_PRE_ACCESS")),
    *((0x1000000, b"FAN_MNT_ATTACH"), (0x2000000, b"FAN_MNT_DETACH")),
    *((0x8000000, b"FAN_EVENT_ON_CHILD"), (0x10000000, b"FAN_RENAME"), (0x40000000, b"FAN_ONDIR")),
)
# include/uapi/linux/perf_event.h
PERF: Final[Names] = (
    *((1, b"PERF_FLAG_FD_NO_GROUP"), (2, b"PERF_FLAG_FD_OUTPUT"), (4, b"PERF_FLAG_PID_CGROUP")),
    (8, b"PERF_FLAG_FD_CLOEXEC"),
)
# include/uapi/linux/io_uring.h
REGISTERED_RING: Final = 16
IO_URING_ENTER: Final[Names] = (
    *((1, b"IORING_ENTER_GETEVENTS"), (2, b"IORING_ENTER_SQ_WAKEUP"), (4, b"IORING_ENTER_SQ_WAIT")),
    *((8, b"IORING_ENTER_EXT_ARG"), (REGISTERED_RING, b"IORING_ENTER_REGISTERED_RING")),
    *((32, b"IORING_ENTER_ABS_TIMER"), (64, b"IORING_ENTER_EXT_ARG_REG"), (128, b"IORING_ENTER_NO_IOWAIT")),
)
# include/uapi/linux/close_range.h
CLOSE_RANGE: Final[Names] = ((2, b"CLOSE_RANGE_UNSHARE"), (4, b"CLOSE_RANGE_CLOEXEC"))
