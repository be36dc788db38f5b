# SPDX-License-Identifier: Apache-2.0
"""Working directories, roots and mounts."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import (
    MADE,
    RESULT,
    Beside,
    Command,
    Descriptor,
    Device,
    Fd,
    Flags,
    Folder,
    Fs,
    Int,
    MountFlags,
    NewWorkingDirectory,
    Path,
    SettingBytes,
    SettingText,
    String,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "chdir": Call(Numbers(80, 49, 12, 12), {"res": RESULT, "path": NewWorkingDirectory(0, fs=Fs.NAME)}),
    "fchdir": Call(Numbers(81, 50, 133, 133), {"res": RESULT, "fd": Fd(0, Fs.NAME)}),
    "chroot": Call(Numbers(161, 51, 61, 61), {"res": RESULT, "path": Path(0, fs=Fs.NAME)}),
    "pivot_root": Call(
        Numbers(155, 41, 217, 218),
        {"res": RESULT, "newpath": Path(0, fs=Fs.SOURCE), "oldpath": Path(1, fs=Fs.TARGET)},
    ),
    "mount": Call(
        Numbers(165, 40, 21, 21),
        {
            "res": RESULT,
            "dev": Device(0, Fs.SOURCE),
            "dir": Path(1, fs=Fs.TARGET),
            "type": Beside(2),
            "flags": MountFlags(3),
        },
    ),
    "move_mount": Call(
        everywhere(429),
        {
            "res": RESULT,
            "fromdirfd": Folder(0),
            "frompath": Path(1, base=0, fs=Fs.SOURCE),
            "todirfd": Folder(2),
            "topath": Path(3, base=2, fs=Fs.TARGET),
            "flags": Flags(4, flags.MOVE_MOUNT),
        },
    ),
    "open_tree": Call(
        everywhere(428),
        {
            "res": MADE,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "flags": Flags(2, flags.OPEN_TREE),
        },
    ),
    "open_tree_attr": Call(
        everywhere(467),
        {
            "res": MADE,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "flags": Flags(2, flags.OPEN_TREE),
        },
    ),
    "fsopen": Call(everywhere(430), {"res": MADE, "name": String(0), "flags": Flags(1, flags.FSOPEN)}),
    "fsconfig": Call(
        everywhere(431),
        {
            "res": RESULT,
            "fd": Fd(0),
            "cmd": Command(1, commands.FSCONFIG),
            "key": String(2),
            "value_bytebuf": SettingBytes(3, given=True, command=1),
            "value_charbuf": SettingText(3, command=1),
            "aux": Int(4),
        },
    ),
    "fsmount": Call(
        everywhere(432),
        {
            "res": MADE,
            "fd": Descriptor(0),
            "flags": Flags(1, flags.FSMOUNT),
            "attr_flags": Flags(2, flags.MOUNT_ATTRIBUTES),
        },
    ),
    "fspick": Call(
        everywhere(433),
        {
            "res": MADE,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "flags": Flags(2, flags.FSPICK),
        },
    ),
    "mount_setattr": Call(
        everywhere(442),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "flags": Flags(2, flags.OPEN_TREE),
        },
    ),
    "umount2": Call(
        Numbers(166, 39, 52, 52),
        {"res": RESULT, "name": Path(0, fs=Fs.NAME), "flags": Flags(1, flags.UMOUNT)},
    ),
    "umount": Call(Numbers(None, None, i386=22), {"res": RESULT, "name": Path(0, fs=Fs.NAME)}),
}
