# SPDX-License-Identifier: Apache-2.0
"""The optional programs, which keep the names of calls as the kernel has them (bpf/names): the functions they
are attached to, and which of them this kernel can have.

They need fentry and fexit, which some kernels refuse or lack, and functions that some do not have.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import btf, syscall_bpf
from lanner_agent.kernel.record_layout import NameKeeper


@dataclass(frozen=True, slots=True)
class Hook:
    """`program` is attached to the kernel's function for these events."""

    function: str
    program: str
    events: frozenset[str]


def _hook(function: str, program: str, *events: str) -> Hook:
    return Hook(function, program, frozenset(events))


_RENAMES: Final = ("rename", "renameat", "renameat2")
_SETTING: Final = ("setxattr", "lsetxattr", "setxattrat")
_REMOVING: Final = ("removexattr", "lremovexattr", "removexattrat")
_OPENED: Final = ("swapon", "swapoff", "acct")
_READING: Final = ("getxattr", "lgetxattr", "getxattrat")
_LOOKING: Final = (
    *("access", "faccessat", "faccessat2", "readlink", "readlinkat", "name_to_handle_at"),
    *(*_READING, "listxattr", "llistxattr", "listxattrat"),
    *("file_getattr", "file_setattr", "open_tree", "open_tree_attr", "fspick", "mount_setattr"),
)
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
    _hook("security_sb_umount", "real_umount", "umount2", "umount"),
    _hook("vfs_utimes", "real_utimes", "utime", "utimes", "futimesat", "utimensat"),
    _hook("security_path_notify", "real_notify", "inotify_add_watch", "fanotify_mark"),
    _hook("file_open_name", "opened_by_name", *_OPENED),
    _hook("kern_path", "looked_up_device", "quotactl"),
    _hook("mnt_want_write", "wanted_mount", *_SETTING, *_REMOVING),
    _hook("security_inode_setxattr", "real_setxattr", *_SETTING, "fsetxattr"),
    _hook("security_inode_removexattr", "real_removexattr", *_REMOVING, "fremovexattr"),
    _hook("security_inode_getxattr", "read_xattr", *_READING, "fgetxattr"),
)
# The same of calls that only look: the first of these that a kernel has all functions of. Other calls use the
# second function too, stat() among them, and until v6.11 it is not needed.
LOOKUPS: Final = (
    (_hook("user_path_at", "looked_up_at", *_LOOKING), _hook("filename_lookup", "looked_up", *_LOOKING)),
    (_hook("user_path_at_empty", "looked_up_at_6", *_LOOKING),),
)
# Access control lists have hooks of their own since v6.2.
LISTS: Final = (
    _hook("security_inode_set_acl", "real_set_acl", *_SETTING, "fsetxattr"),
    _hook("security_inode_remove_acl", "real_remove_acl", *_REMOVING, "fremovexattr"),
    _hook("security_inode_get_acl", "read_acl", *_READING, "fgetxattr"),
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
EVERY: Final = REAL + tuple(hook for some in LOOKUPS for hook in some) + LISTS + WRITTEN
EVENTS: Final = frozenset(event for hook in REAL for event in hook.events) | frozenset(_LOOKING)
_KEEPERS: Final[Mapping[str, NameKeeper]] = {
    **dict.fromkeys((*_LOOKING, *_OPENED, "quotactl", "fgetxattr"), NameKeeper.LOOKUP),
    **dict.fromkeys((*_SETTING, "fsetxattr", *_REMOVING, "fremovexattr"), NameKeeper.ENTRIES),
}
_OF_PATHS: Final = ("fs.path.", "evt.abspath", "evt.arg", "evt.rawarg", "evt.info")
_TRIED: Final = "security_path_chroot"  # a rare call's: attached for less than a millisecond


@dataclass(frozen=True, slots=True)
class Available:
    """What this kernel can have, and where that is not all of REAL, why."""

    hooks: tuple[Hook, ...]
    why: str = ""

    def known(self, attached: frozenset[str]) -> frozenset[str]:
        """The events whose calls are followed to where they go, by these programs."""
        asked = REAL + (_lookups(frozenset(hook.function for hook in self.hooks)) or LOOKUPS[0])
        return frozenset(
            event
            for event in EVENTS
            if all(hook.program in attached for hook in asked if event in hook.events)
        )

    @property
    def programs(self) -> frozenset[str]:
        return frozenset(hook.program for hook in self.hooks)


NONE: Final = Available((), "not asked for")


def keeper(event: str) -> NameKeeper:
    """Which of the programs keep the names of this call."""
    return _KEEPERS.get(event, NameKeeper.HOOKS)


def is_asked(hook: Hook, types: AbstractSet[str], fields: Mapping[str, AbstractSet[str]]) -> bool:
    """Whether rules on these types, which read these fields of each, need the program. What looks names up
    for every stat() too is followed only for who reads what was found.
    """
    wanted = hook.events & types
    if not any(hook in some for some in LOOKUPS):
        return bool(wanted)
    return any(field.startswith(_OF_PATHS) for event in wanted for field in fields.get(event, ()))


def available() -> Available:
    """Found by trying; nothing stays loaded."""
    tried = btf.functions(frozenset({_TRIED}))
    if _TRIED not in tried:
        return Available((), "this kernel has no hooks on paths (CONFIG_SECURITY_PATH)")
    refused = syscall_bpf.fentry_error(tried[_TRIED].number)
    if refused:  # then the others are not needed, which take 50 ms to find
        name = errno.errorcode.get(refused, str(refused))
        return Available((), f"programs on the kernel's functions are refused ({name})")
    found = btf.functions(frozenset(hook.function for hook in EVERY))
    lookups = _lookups(found.keys())
    needed = REAL + (lookups or LOOKUPS[0])
    lacking = ", ".join(hook.function for hook in needed if hook.function not in found)
    hooks = tuple(hook for hook in REAL + lookups + LISTS + WRITTEN if hook.function in found)
    return Available(hooks, f"this kernel has no {lacking}" if lacking else "")


def _lookups(found: AbstractSet[str]) -> tuple[Hook, ...]:
    """Those that a kernel with these functions is to have."""
    return next((some for some in LOOKUPS if all(hook.function in found for hook in some)), ())
