# SPDX-License-Identifier: Apache-2.0
"""The numbers of 32-bit system calls: i386 and x32 on x86-64, 32-bit ARM on arm64. Read by tables.

Any program may make them: a 64-bit one needs no more than `int 0x80`. Numbers are those of
arch/x86/entry/syscalls/syscall_32.tbl and arch/arm/tools/syscall.tbl; several may be one call (16-bit ids,
64-bit sizes).
"""

from __future__ import annotations

from typing import Final


def _table(text: str) -> dict[int, str]:
    """Pairs of number and name, with commas between them."""
    pairs = (pair.split() for pair in text.split(","))
    return {int(number): name for number, name in pairs}


# The calls on sockets that i386 makes by one number, SOCKETCALL, behind each other at SOCKETCALLS of
# bpf/base/call_table.h. Their arguments lie in memory: they are counted, not read.
SOCKETCALL: Final = 102
SOCKETCALLS: Final = 480
_SOCKETCALL: Final = _table(
    """
    1 socket, 2 bind, 3 connect, 4 listen, 5 accept, 8 socketpair, 9 sendto, 10 recvfrom, 11 sendto, 12
    recvfrom, 13 shutdown, 16 sendmsg, 17 recvmsg, 18 accept4, 19 recvmmsg, 20 sendmmsg
    """
)
# Where i386 and ARM are the same.
_OLD: Final = _table(
    """
    2 fork, 5 open, 8 creat, 9 link, 10 unlink, 11 execve, 12 chdir, 14 mknod, 15 chmod, 16 lchown, 21
    mount, 23 setuid, 26 ptrace, 37 kill, 38 rename, 39 mkdir, 40 rmdir, 41 dup, 46 setgid, 52 umount2, 55
    fcntl, 57 setpgid, 61 chroot, 63 dup2, 66 setsid, 70 setreuid, 71 setregid, 83 symlink, 92 truncate,
    93 ftruncate, 94 fchmod, 95 fchown, 120 clone, 128 init_module, 129 delete_module, 133 fchdir, 138
    setfsuid, 139 setfsgid, 164 setresuid, 170 setresgid, 172 prctl, 178 rt_sigqueueinfo, 182 chown, 185
    capset, 190 vfork, 193 truncate, 194 ftruncate, 198 lchown, 203 setreuid, 204 setregid, 207 fchown,
    208 setresuid, 210 setresgid, 212 chown, 213 setuid, 214 setgid, 215 setfsuid, 216 setfsgid, 221
    fcntl, 238 tkill
    """
)
# Since Linux 5.1 new calls have the same number everywhere.
_NEW: Final = _table(
    """
    424 pidfd_send_signal, 425 io_uring_setup, 428 open_tree, 429 move_mount, 430 fsopen, 431 fsconfig,
    432 fsmount, 433 fspick, 434 pidfd_open, 435 clone3, 437 openat2, 438 pidfd_getfd, 442 mount_setattr,
    452 fchmodat2, 467 open_tree_attr
    """
)
_I386: Final = _table(
    """
    22 umount, 217 pivot_root, 270 tgkill, 295 openat, 296 mkdirat, 297 mknodat, 298 fchownat, 301
    unlinkat, 302 renameat, 303 linkat, 304 symlinkat, 306 fchmodat, 310 unshare, 330 dup3, 335
    rt_tgsigqueueinfo, 342 open_by_handle_at, 346 setns, 347 process_vm_readv, 348 process_vm_writev, 350
    finit_module, 353 renameat2, 356 memfd_create, 357 bpf, 358 execveat, 359 socket, 360 socketpair, 361
    bind, 362 connect, 363 listen, 364 accept4, 369 sendto, 370 sendmsg, 371 recvfrom, 372 recvmsg, 373
    shutdown, 374 userfaultfd, 337 recvmmsg, 345 sendmmsg, 417 recvmmsg
    """
)
_ARM: Final = _table(
    """
    218 pivot_root, 268 tgkill, 281 socket, 282 bind, 283 connect, 284 listen, 285 accept, 288 socketpair,
    289 sendto, 290 sendto, 291 recvfrom, 292 recvfrom, 293 shutdown, 296 sendmsg, 297 recvmsg, 322
    openat, 323 mkdirat, 324 mknodat, 325 fchownat, 328 unlinkat, 329 renameat, 330 linkat, 331 symlinkat,
    333 fchmodat, 337 unshare, 358 dup3, 363 rt_tgsigqueueinfo, 365 recvmmsg, 366 accept4, 371
    open_by_handle_at, 374 sendmmsg, 375 setns, 376 process_vm_readv, 377 process_vm_writev, 379
    finit_module, 382 renameat2, 385 memfd_create, 386 bpf, 387 execveat, 388 userfaultfd, 417 recvmmsg
    """
)
# x32 numbers most calls as 64-bit programs do, and passes arguments as they do. These are numbered in a way
# of its own (arch/x86/entry/syscalls/syscall_64.tbl, ABI x32); messages it lays out as i386 does.
X32: Final = _table(
    """
    517 recvfrom, 518 sendmsg, 519 recvmsg, 520 execve, 521 ptrace, 524 rt_sigqueueinfo, 536
    rt_tgsigqueueinfo, 537 recvmmsg, 538 sendmmsg, 539 process_vm_readv, 540 process_vm_writev, 545
    execveat
    """
)
X32_COUNTED: Final = frozenset({518, 519, 537, 538})
_COUNTED_I386: Final = {SOCKETCALLS + number: name for number, name in _SOCKETCALL.items()}

# By machine: those that are read like their 64-bit likes, and those that are counted only (all of ARM's).
READ: Final[dict[str, dict[int, str]]] = {"x86_64": _OLD | _I386 | _NEW, "aarch64": {}}
COUNTED: Final[dict[str, dict[int, str]]] = {"x86_64": _COUNTED_I386, "aarch64": _OLD | _ARM | _NEW}
