# SPDX-License-Identifier: Apache-2.0
"""/etc/passwd and /etc/group as one process sees them: pid in, accounts out.

The files may be a hostile container's: symlinks cannot lead out of its root, only regular files are opened
(no pipe, no device is ever touched), and no more than 1 MiB is read. A file system of the container's own
making (FUSE) can still delay the answer for ever; hence users.py does not wait for it.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass
from typing import Final

from lanner_agent.enrich import accounts
from lanner_agent.kernel import openat2
from lanner_engine.source import LannerError

MAX_BYTES: Final = 1 << 20
_PASSWD: Final = b"/etc/passwd"
_GROUP: Final = b"/etc/group"

Stamp = tuple[int, int, int, int]  # device, inode, size, mtime in ns


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Both files at one moment. `problems`: errno names or reasons, for the counters; `size`: their bytes."""

    accounts: accounts.Accounts
    stamps: tuple[Stamp | None, Stamp | None]
    problems: Counter[str]
    size: int = 0


class _RefusedError(LannerError):
    """Not a file to read; the message is the reason."""


def take(pid: int, before: Snapshot | None = None) -> Snapshot:
    """The files below /proc/PID/root; `before` itself when they are unchanged. OSError: no such process."""
    root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        problems: Counter[str] = Counter()
        stamps = (_stamp(root, _PASSWD, problems), _stamp(root, _GROUP, problems))
        if before is not None and before.stamps == stamps:
            return before
        passwd = _read(root, _PASSWD, problems) if stamps[0] else b""
        group = _read(root, _GROUP, problems) if stamps[1] else b""
    finally:
        os.close(root)
    found = accounts.Accounts(accounts.users(passwd), accounts.groups(group))
    return Snapshot(found, stamps, problems, len(passwd) + len(group))


def _stamp(root: int, path: bytes, problems: Counter[str]) -> Stamp | None:
    try:
        handle = _found(root, path)
    except (OSError, _RefusedError) as error:
        problems[_named(error)] += 1
        return None
    try:
        status = os.fstat(handle)
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    finally:
        os.close(handle)


def _read(root: int, path: bytes, problems: Counter[str]) -> bytes:
    try:
        handle = _found(root, path)
        try:
            # O_PATH opened nothing yet; now that it is known to be a regular file, it can be.
            reading = os.open(f"/proc/self/fd/{handle}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        finally:
            os.close(handle)
        try:
            return _all_of(reading)
        finally:
            os.close(reading)
    except (OSError, _RefusedError) as error:
        problems[_named(error)] += 1
        return b""


def _found(root: int, path: bytes) -> int:
    """A handle that reads nothing, of a regular file of a sensible size."""
    handle = openat2.in_root(root, path, os.O_PATH)
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
        return handle
    os.close(handle)
    raise _RefusedError("too_large" if stat.S_ISREG(status.st_mode) else "not_a_file")


def _all_of(descriptor: int) -> bytes:
    """The size a file says it has is no promise."""
    content = b""
    while chunk := os.read(descriptor, 65536):
        content += chunk
        if len(content) > MAX_BYTES:
            raise _RefusedError("too_large")
    return content


def _named(error: OSError | _RefusedError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no_such_file"  # images without accounts are common
    return f"errno_{error.errno}" if isinstance(error, OSError) else str(error)
