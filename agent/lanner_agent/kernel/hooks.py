# SPDX-License-Identifier: Apache-2.0
"""The optional programs, which keep the names of calls as the kernel has them (bpf/names): the functions they
are attached to, and which of them this kernel can have.

They need fentry, which some kernels refuse or lack, and functions that some do not have.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import btf, syscall_bpf


@dataclass(frozen=True, slots=True)
class Hook:
    """`program` is attached to the kernel's function for these events."""

    function: str
    program: str
    events: frozenset[str]


def _hook(function: str, program: str, *events: str) -> Hook:
    return Hook(function, program, frozenset(events))


_RENAMES: Final = ("rename", "renameat", "renameat2")
# Where a call went; a call is known only with all of its hooks.
REAL: Final = (
    _hook("security_path_unlink", "real_unlink", "unlink", "unlinkat"),
    _hook("security_path_rmdir", "real_rmdir", "rmdir", "unlinkat"),
    _hook("security_path_mkdir", "real_mkdir", "mkdir", "mkdirat"),
    _hook("security_path_mknod", "real_mknod", "mknod", "mknodat"),
    _hook("security_path_rename", "real_rename", *_RENAMES),
    _hook("security_path_link", "real_link", "link", "linkat"),
    _hook("security_path_symlink", "real_symlink", "symlink", "symlinkat"),
    _hook("security_path_chmod", "real_chmod", "chmod", "fchmodat", "fchmodat2"),
    _hook("security_path_chown", "real_chown", "chown", "lchown", "fchownat"),
    _hook("security_path_truncate", "real_truncate", "truncate"),
    _hook("set_fs_pwd", "real_chdir", "chdir"),
    _hook("security_path_chroot", "real_chroot", "chroot"),
    _hook("security_sb_pivotroot", "real_pivot_root", "pivot_root"),
    _hook("security_sb_mount", "real_mount", "mount"),
    _hook("security_move_mount", "real_move_mount", "move_mount"),
    _hook("security_sb_umount", "real_umount", "umount2"),
)
# What a call was given. The first name of each is until v6.19, the second since.
WRITTEN: Final = tuple(
    _hook(function, f"written_{what}{suffix}", *events)
    for what, old, events in (
        ("unlink", "unlinkat", ("unlink", "unlinkat")),
        ("rmdir", "rmdir", ("rmdir", "unlinkat")),
        ("mkdir", "mkdirat", ("mkdir", "mkdirat")),
        ("mknod", "mknodat", ("mknod", "mknodat")),
        ("rename", "renameat2", _RENAMES),
        ("link", "linkat", ("link", "linkat")),
        ("symlink", "symlinkat", ("symlink", "symlinkat")),
    )
    for function, suffix in ((f"do_{old}", ""), (f"filename_{old}", "_7"))
)
EVENTS: Final = frozenset(event for hook in REAL for event in hook.events)
_TRIED: Final = "security_path_chroot"  # a rare call's: attached for less than a millisecond


@dataclass(frozen=True, slots=True)
class Available:
    """What this kernel can have, and where that is not all of REAL, why."""

    hooks: tuple[Hook, ...]
    why: str = ""

    def known(self, attached: frozenset[str]) -> frozenset[str]:
        """The events whose calls are followed to where they go, by these programs."""
        return frozenset(
            event
            for event in EVENTS
            if all(hook.program in attached for hook in REAL if event in hook.events)
        )

    @property
    def programs(self) -> frozenset[str]:
        return frozenset(hook.program for hook in self.hooks)


NONE: Final = Available((), "not asked for")


def available() -> Available:
    """Found by trying; nothing stays loaded."""
    tried = btf.functions(frozenset({_TRIED}))
    if _TRIED not in tried:
        return Available((), "this kernel has no hooks on paths (CONFIG_SECURITY_PATH)")
    refused = syscall_bpf.fentry_error(tried[_TRIED].number)
    if refused:  # then nobody needs the others, which take 50 ms to find
        name = errno.errorcode.get(refused, str(refused))
        return Available((), f"programs on the kernel's functions are refused ({name})")
    found = btf.functions(frozenset(hook.function for hook in REAL + WRITTEN))
    lacking = ", ".join(hook.function for hook in REAL if hook.function not in found)
    hooks = tuple(hook for hook in REAL + WRITTEN if hook.function in found)
    return Available(hooks, f"this kernel has no {lacking}" if lacking else "")
