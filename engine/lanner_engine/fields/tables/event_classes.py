# SPDX-License-Identifier: Apache-2.0
"""What kind of thing each event is: its category, whether it reads, writes or waits (specification 7.3,
evt.category, evt.is_io and their like). Names of events in, read by fields/readers/event_facts.

Categories are those of the language; calls that it does not know follow the manual pages' grouping.
"""

from __future__ import annotations

_READS_TEXT = "read readv pread pread64 preadv preadv2 recv recvfrom recvmsg recvmmsg"
_WRITES_TEXT = "write writev pwrite pwrite64 pwritev pwritev2 send sendto sendmsg sendmmsg sendfile"
_WAITS_TEXT = """
poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2 futex nanosleep clock_nanosleep wait4 waitid
waitpid pause rt_sigtimedwait rt_sigsuspend io_getevents
"""
_OF_DESCRIPTORS_TEXT = "dup dup2 dup3 fcntl ioctl splice tee vmsplice io_uring_setup io_uring_enter"
READS = frozenset(_READS_TEXT.split())
WRITES = frozenset(_WRITES_TEXT.split())
WAITS = frozenset(_WAITS_TEXT.split())
_DERIVED = READS | WRITES | frozenset(_OF_DESCRIPTORS_TEXT.split())

_CATEGORY_TEXT = {
    "file": """
        open openat openat2 creat close close_range link linkat unlink unlinkat rename renameat renameat2
        symlink symlinkat mkdir mkdirat rmdir chmod fchmod fchmodat fchmodat2 chown fchown fchownat lchown
        stat fstat lstat newfstatat statx access faccessat faccessat2 truncate ftruncate
        readlink readlinkat getdents getdents64 mount move_mount open_tree
        open_tree_attr fsopen fsmount fspick mount_setattr umount umount2 chdir fchdir
        pivot_root flock lseek utime utimes utimensat copy_file_range
        name_to_handle_at open_by_handle_at fsync fdatasync sync statfs fstatfs inotify_add_watch
        setxattr userfaultfd
        """,
    "net": """
        socket bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt
        shutdown send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg
        """,
    "memory": """
        brk mmap mmap2 munmap mprotect mremap madvise mlock mlock2 mlockall munlock munlockall memfd_create
        """,
    "process": """
        clone clone3 fork vfork execve execveat exit exit_group procexit ptrace prctl capset setns unshare
        setpgid setsid prlimit64 setrlimit getrlimit kexec_load kexec_file_load process_vm_readv
        process_vm_writev pidfd_open pidfd_getfd chroot semget semop semctl
        """,
    "ipc": """
        pipe pipe2 socketpair shmget shmat shmdt shmctl msgget msgsnd msgrcv msgctl eventfd eventfd2
        inotify_init inotify_init1
        """,
    "signal": """
        kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigqueueinfo rt_tgsigqueueinfo signalfd
        signalfd4 sigaltstack signaldeliver pidfd_send_signal
        """,
    "user": """
        getuid geteuid getgid getegid setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid
        setgroups getgroups quotactl
        """,
    "time": "time gettimeofday settimeofday clock_gettime clock_settime adjtimex timerfd_create alarm",
    "wait": """
        poll ppoll select pselect6 epoll_create epoll_create1 epoll_wait epoll_pwait futex wait4 waitid pause
        """,
    "sleep": "nanosleep clock_nanosleep",
    "system": "fsconfig",
}
_CATEGORIES = {name: kind.encode() for kind, names in _CATEGORY_TEXT.items() for name in names.split()}
_OF_DESCRIPTORS = {
    **dict.fromkeys((b"f", b"d"), b"file"),
    **dict.fromkeys((b"4", b"6"), b"net"),
    **dict.fromkeys((b"u", b"p", b"e", b"s", b"i"), b"ipc"),
}
_OF_ERRORS = {b"file": "file", b"net": "net", b"memory": "memory"}


def category(event_type: str, typechar: bytes) -> bytes:
    """The category; what is done with a descriptor belongs to what that is."""
    if event_type in _DERIVED:
        return _OF_DESCRIPTORS.get(typechar, b"other")
    return _CATEGORIES.get(event_type, b"other")


def of_errors(event_type: str) -> str:
    """Which of evt.count.error's parts an event belongs to: file, net, memory, other."""
    return _OF_ERRORS.get(_CATEGORIES.get(event_type, b""), "other")
