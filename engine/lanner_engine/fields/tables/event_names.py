# SPDX-License-Identifier: Apache-2.0
"""Every name `evt.type` can be compared with: the system calls of x86_64 and aarch64, the language's own
event names, and the old 32-bit names that rules in the field still mention. A rule may name events that this
version does not record, which is warned of (program/unrecorded); only a name outside this table is an error
(specification 2.5 and trap 32).
"""

from __future__ import annotations

from lanner_engine.syscalls import table

# What the kernel side makes records of: a test holds that these are the names in the agent's kernel/tables.
RECORDED = frozenset({*table.EVERY, "procexit"})
HOT = frozenset(name for name, row in table.EVERY.items() if row.hot)

# The kernel's unistd tables of both architectures up to 6.18.
_SYSTEM_CALLS_TEXT = """
_sysctl accept accept4 access acct add_key adjtimex afs_syscall alarm arch_prctl bind bpf brk cachestat capget
capset chdir chmod chown chroot clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
clock_gettime64 clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 clone clone3 close
close_range connect copy_file_range creat create_module delete_module dup dup2 dup3 epoll_create epoll_create1
epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat
exit exit_group faccessat faccessat2 fadvise64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat
fchmodat2 fchown fchownat fcntl fdatasync fgetxattr file_getattr file_setattr finit_module flistxattr flock
fork fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstatat fstatfs fsync ftruncate futex
futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat get_kernel_syms get_mempolicy
get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer
getpeername getpgid getpgrp getpid getpmsg getppid getpriority getrandom getresgid getresuid getrlimit
getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr getxattrat init_module
inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents
io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register io_uring_setup ioctl ioperm iopl
ioprio_get ioprio_set kcmp kexec_file_load kexec_load keyctl kill landlock_add_rule landlock_create_ruleset
landlock_restrict_self lchown lgetxattr link linkat listen listmount listns listxattr listxattrat llistxattr
lookup_dcookie lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules lsm_set_self_attr lstat madvise
map_shadow_stack mbind membarrier memfd_create memfd_secret migrate_pages mincore mkdir mkdirat mknod mknodat
mlock mlock2 mlockall mmap modify_ldt mount mount_setattr move_mount move_pages mprotect mq_getsetattr
mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap
mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat
nfsservctl open open_by_handle_at open_tree open_tree_attr openat openat2 pause perf_event_open personality
pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect poll ppoll
ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease process_vm_readv
process_vm_writev pselect6 pselect6_time64 ptrace putpmsg pwrite64 pwritev pwritev2 query_module quotactl
quotactl_fd read readahead readlink readlinkat readv reboot recvfrom recvmmsg recvmmsg_time64 recvmsg
remap_file_pages removexattr removexattrat rename renameat renameat2 request_key restart_syscall rmdir rseq
rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity
sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp security select semctl
semget semop semtimedop semtimedop_time64 sendfile sendmmsg sendmsg sendto set_mempolicy
set_mempolicy_home_node set_robust_list set_thread_area set_tid_address setdomainname setfsgid setfsuid setgid
setgroups sethostname setitimer setns setpgid setpriority setregid setresgid setresuid setreuid setrlimit
setsid setsockopt settimeofday setuid setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack
signalfd signalfd4 socket socketpair splice stat statfs statmount statx swapoff swapon symlink symlinkat sync
sync_file_range sync_file_range2 syncfs sysfs sysinfo syslog tee tgkill time timer_create timer_delete
timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate tuxcall umask umount2 uname unlink
unlinkat unshare uprobe uretprobe uselib userfaultfd ustat utime utimensat utimensat_time64 utimes vfork
vhangup vmsplice vserver wait4 waitid write writev
"""
# As the language calls pread64, pwrite64 and prlimit64.
SYSTEM_CALLS = frozenset(_SYSTEM_CALLS_TEXT.split()) | {"pread", "pwrite", "prlimit"}

# The names of events that are no system call, of calls that only 32-bit programs have, and of the kernel's
# tracepoints.
_OTHER_EVENTS_TEXT = """
_llseek _newselect asyncevent bdflush chown32 container cpu_hotplug drop fadvise64_64 fchown32 fcntl64 fstat64
fstatat64 fstatfs64 ftruncate64 getegid32 geteuid32 getgid32 getresgid32 getresuid32 getuid32 groupadded
groupdeleted infra ipc k8s lchown32 llseek lstat64 mesos mmap2 nice notification oldumount olduname page_fault
page_fault_kernel page_fault_user pluginevent pread procexit procinfo pwrite recv scapevent sched_process_exit
sched_switch send sendfile64 setgid32 setregid32 setresgid32 setresuid32 setreuid32 setuid32 sgetmask
sigaction signal signal_deliver signaldeliver sigpending sigprocmask sigreturn sigsuspend socketcall ssetmask
stat64 statfs64 stime switch syscall sysdigevent tracer truncate64 ugetrlimit umount useradded userdeleted
waitpid
"""
OTHER_EVENTS = frozenset(_OTHER_EVENTS_TEXT.split())

EVENT_NAMES = SYSTEM_CALLS | OTHER_EVENTS
