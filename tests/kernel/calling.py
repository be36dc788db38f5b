# SPDX-License-Identifier: Apache-2.0
"""System calls as they are, by name and number: the C library would choose another one for many."""

from __future__ import annotations

import ctypes
import pathlib
import platform

from lanner_engine.syscalls import table

_LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
# v6.6 (09da082b07bb) to v6.17
YOUNG = {
    *("fchmodat2", "open_tree_attr", "mseal", "setxattrat", "getxattrat", "listxattrat", "removexattrat"),
    *("file_getattr", "file_setattr"),
}
NEWNS = 0x20000
NEW = b"NEW"  # the number of a descriptor that only the event knows
PRIVATE = 0x44000  # with all mounts below
Argument = int | bytes | ctypes.Array[ctypes.c_char] | None
KALLSYMS = pathlib.Path("/proc/kallsyms")


def number_of(name: str) -> int | None:
    """This machine's number of the call."""
    found: int | None = getattr(table.EVERY[name].numbers, platform.machine())
    return found


def here(name: str) -> bool:
    """Whether this machine's kernel has the call."""
    known = number_of(name) is not None
    return known and (name not in YOUNG or f"_sys_{name}\n" in KALLSYMS.read_text())


def call(name: str, *arguments: Argument) -> int:
    """What the kernel returns: the result, or the negative error."""
    number = number_of(name)
    assert number is not None, f"this machine has no {name}"
    made = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result: int = _LIBC.syscall(ctypes.c_long(number), *made)
    return -ctypes.get_errno() if result == -1 else result


def with_new(texts: dict[str, bytes], result: int | None) -> dict[str, bytes]:
    """What a call is shown with, NEW by its number."""
    return {name: b"%d" % (result or 0) if text == NEW else text for name, text in texts.items()}


def own_mounts() -> None:
    """From now on nobody else sees what this process mounts."""
    assert call("unshare", NEWNS) == 0
    assert call("mount", b"none", b"/", None, PRIVATE, None) == 0
