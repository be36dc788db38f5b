# SPDX-License-Identifier: Apache-2.0
"""Which of the paths that a call names it works on, takes from, or makes: fs.path.* and evt.abspath. Called
by event for calls without code of their own; what an open opened is its descriptor.
"""

from __future__ import annotations

import posixpath
from typing import Final

from lanner_agent.decode import paths
from lanner_agent.decode.recorded import RecordedEvent
from lanner_agent.kernel import calls
from lanner_engine.fields.facts import NamedPath

_ONE: Final = frozenset(
    {
        *("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "mknod", "mknodat", "truncate", "umount"),
        "umount2",
        *("open_tree", "open_tree_attr", "fspick", "mount_setattr"),
        *("chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat"),
    }
)
_DESCRIPTORS: Final = frozenset({"fchmod", "fchown", "ftruncate"})
_MOVES: Final = frozenset({"rename", "renameat", "renameat2", "move_mount"})
_LINKS: Final = frozenset({"link", "linkat"})
_SYMLINKS: Final = frozenset({"symlink", "symlinkat"})
# relative to directories: evt.abspath
_AT: Final = frozenset(name for name, call in calls.CALLS.items() if call.base[0] != calls.NONE)
_PATH_IS_DEVICE: Final = 0x1000 | 0x2000  # MS_BIND, MS_MOVE of include/uapi/linux/mount.h
_OPENS_AT: Final = frozenset({"openat", "openat2", "open_by_handle_at"})


def one(event: RecordedEvent) -> NamedPath | None:
    """What the call worked on; None when it failed, or has two paths or none."""
    if (event.result or 0) < 0:
        return None
    if event.type in _ONE:
        return _named(event, 0)
    if event.type in _DESCRIPTORS and event.fd is not None:
        return NamedPath(event.fd.name, event.fd.name)
    return None


def source(event: RecordedEvent) -> NamedPath | None:
    """The old name of what moved, the device of a mount; of links, hard or symbolic, the link itself."""
    if (event.result or 0) < 0:
        return None
    if event.type in _MOVES or event.type in _SYMLINKS:
        return _named(event, 0)
    if event.type in _LINKS:
        return _named(event, 1)
    if event.type == "mount":
        return NamedPath(device(event), event.call.string)
    return None


def device(event: RecordedEvent) -> bytes | None:
    """The path that a mount takes from; None where it is a name that only the file system knows, `tmpfs`, or
    nobody recorded what it is relative to.
    """
    directory = b""
    if event.call.unsigned(3) & _PATH_IS_DEVICE:
        directory = event.call.name(0).directory or event.process.cwd or b""
    return paths.meant(event.call.string, directory)


def target(event: RecordedEvent) -> NamedPath | None:
    """The new name of what moved, the place of a mount; of a link what it is a link to."""
    if (event.result or 0) < 0:
        return None
    if event.type in _MOVES:
        return _named(event, 1)
    if event.type in _LINKS or event.type == "mount":
        return _named(event, 0)
    if event.type in _SYMLINKS:
        folder = posixpath.dirname(event.call.name(0).path or b"")
        return NamedPath(paths.meant(event.call.string, folder), event.call.string)
    return None


def relative(event: RecordedEvent) -> tuple[bytes | None, ...]:
    """The absolute paths of a call that takes directories, failed or not: one, or both of two."""
    if event.type in _AT:
        second = calls.CALLS[event.type].path[1] != calls.NONE
        return tuple(event.call.name(index).path for index in range(1 + second))
    return (event.fd.name,) if event.type in _OPENS_AT and event.fd is not None else ()


def _named(event: RecordedEvent, index: int) -> NamedPath:
    name = event.call.name(index)
    return NamedPath(name.path, name.raw)
