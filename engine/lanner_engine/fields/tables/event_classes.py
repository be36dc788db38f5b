# SPDX-License-Identifier: Apache-2.0
"""What kind of thing each event is: its category, whether it reads, writes or waits (specification 7.3,
evt.category, evt.is_io and their like). Names of events in, read by fields/readers/event_facts.

Categories are those of the language; calls that it does not know have that of alike calls.
"""

from __future__ import annotations

_READS_TEXT = """
read readv pread pread64 preadv preadv2 recv recvfrom recvmsg recvmmsg copy_file_range finit_module
"""
_WRITES_TEXT = """
write writev pwrite pwrite64 pwritev pwritev2 send sendto sendmsg sendmmsg sendfile copy_file_range
"""
_WAITS_TEXT = """
poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2 nanosleep clock_nanosleep wait4 waitid
waitpid pause rt_sigtimedwait rt_sigsuspend io_getevents
"""
# Besides reads and writes: what is done with a descriptor, whatever that is.
_OF_DESCRIPTORS_TEXT = """
close close_range dup dup2 dup3 fcntl ioctl splice tee vmsplice io_uring_setup io_uring_enter
io_uring_register
"""
READS = frozenset(_READS_TEXT.split())
WRITES = frozenset(_WRITES_TEXT.split())
WITHOUT_BUFFER = frozenset({"finit_module", "copy_file_range"})  # of these no byte goes through the process
WAITS = frozenset(_WAITS_TEXT.split())

_CATEGORY_TEXT = {
    "file": """
        open openat openat2 creat link linkat unlink unlinkat rename renameat renameat2
        symlink symlinkat mkdir mkdirat rmdir chmod fchmod fchmodat fchmodat2 chown fchown fchownat lchown
        stat fstat lstat newfstatat statx access faccessat faccessat2 truncate ftruncate fallocate
        readlink readlinkat getcwd getdents getdents64 mount move_mount open_tree
        open_tree_attr fsopen fsmount fspick mount_setattr umount umount2 chdir fchdir
        pivot_root flock lseek llseek utime utimes futimesat utimensat copy_file_range
        name_to_handle_at open_by_handle_at fsync fdatasync sync statfs fstatfs inotify_add_watch
        inotify_rm_watch fanotify_mark file_getattr file_setattr
        setxattr lsetxattr fsetxattr setxattrat getxattr lgetxattr fgetxattr getxattrat
        listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
        userfaultfd
        """,
    "net": """
        socket bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt
        shutdown send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg
        """,
    "memory": """
        brk mmap mmap2 munmap mprotect pkey_mprotect mremap madvise process_madvise process_mrelease mseal
        mlock mlock2 mlockall munlock munlockall memfd_create memfd_secret
        """,
    "process": """
        clone clone3 fork vfork execve execveat exit exit_group procexit ptrace prctl capset setns unshare
        setpgid setsid prlimit setrlimit getrlimit setpriority sched_setscheduler sched_setaffinity kcmp
        personality kexec_load kexec_file_load pidfd_open pidfd_getfd chroot semget semop semctl
        """,
    "ipc": """
        pipe pipe2 socketpair shmget shmat shmdt shmctl msgget msgsnd msgrcv msgctl eventfd eventfd2 futex
        process_vm_readv process_vm_writev inotify_init inotify_init1 fanotify_init
        """,
    "signal": """
        kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigqueueinfo rt_tgsigqueueinfo signalfd
        signalfd4 sigaltstack signaldeliver pidfd_send_signal
        """,
    "user": """
        getuid geteuid getgid getegid getresuid getresgid setuid setgid setreuid setregid setresuid setresgid
        setfsuid setfsgid setgroups getgroups quotactl quotactl_fd
        """,
    "time": """
        time gettimeofday settimeofday clock_gettime clock_settime adjtimex clock_adjtime timerfd_create
        timerfd_settime timerfd_gettime alarm
        """,
    "wait": """
        poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
        wait4 waitid waitpid pause
        """,
    "sleep": "nanosleep clock_nanosleep",
    "system": "fsconfig",
}
_CATEGORIES = {name: kind.encode() for kind, names in _CATEGORY_TEXT.items() for name in names.split()}
# What loads a module reads it, and is of no kind; what copies files is about files.
_DERIVED = (READS | WRITES | frozenset(_OF_DESCRIPTORS_TEXT.split())) - WITHOUT_BUFFER
_OF_DESCRIPTORS = {
    **dict.fromkeys((b"f", b"d"), b"file"),
    **dict.fromkeys((b"4", b"6"), b"net"),
    **dict.fromkeys((b"u", b"p", b"e", b"s", b"i"), b"ipc"),
}
_OF_ERRORS = {b"file": "file", b"net": "net", b"memory": "memory"}
_ERRORS_OF_DESCRIPTORS = {**dict.fromkeys((b"f", b"d"), "file"), **dict.fromkeys((b"4", b"6", b"u"), "net")}


def category(event_type: str, typechar: bytes) -> bytes:
    """The category; what is done with a descriptor belongs to what that is."""
    if event_type in _DERIVED:
        return _OF_DESCRIPTORS.get(typechar, b"other")
    return _CATEGORIES.get(event_type, b"other")


def of_errors(event_type: str, typechar: bytes) -> str:
    """Which of evt.count.error's parts an event belongs to: file, net, memory, other."""
    if event_type in _DERIVED and event_type not in _CATEGORIES:
        return _ERRORS_OF_DESCRIPTORS.get(typechar, "other")
    return _OF_ERRORS.get(_CATEGORIES.get(event_type, b""), "other")
