# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between the agent and the kernel, as one line for people.

    LannerError                         lanner_engine.source
    └── KernelError(what, errno, hint)  the kernel refused or cannot do it

Raised by everything in this package; shown by cli.
"""

from __future__ import annotations

import errno as numbers
import os

from lanner_engine.source import LannerError


class KernelError(LannerError):
    """`what` could not be done; `errno` is the kernel's number (0: none), `hint` what to do about it.

    `str()` is one line: `what: Operation not permitted (EPERM); hint`.
    """

    def __init__(self, what: str, errno: int = 0, hint: str = "") -> None:
        self.what = what
        self.errno = errno
        self.hint = hint
        super().__init__(_line(what, errno, hint))

    @property
    def headline(self) -> str:
        """`str()` without the hint, for where that has a line of its own."""
        return _line(self.what, self.errno, "")

    def __reduce__(self) -> tuple[type[KernelError], tuple[str, int, str]]:
        return KernelError, (self.what, self.errno, self.hint)


def _line(what: str, errno: int, hint: str) -> str:
    """Names of maps, programs and files may come along: nothing in them may break the line."""
    number = numbers.errorcode.get(errno, f"errno {errno}")
    reason = f": {os.strerror(errno)} ({number})" if errno else ""
    line = what + reason + (f"; {hint}" if hint else "")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
