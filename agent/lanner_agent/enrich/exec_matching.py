# SPDX-License-Identifier: Apache-2.0
"""Whether the program that a runtime began in a container is what a notice says was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice

_ARGUMENTS: Final = 2  # at most, that an interpreter has in front of its script
_NO_CHARACTER: Final = re.compile(r"[\udc80-\udcff]")


def is_of(notice: ExecNotice, command: Sequence[bytes], *, whole: bool) -> bool:
    """The same command, as far as the notice shows it; of a script what its interpreter makes of it. Where
    the record has not all of the arguments (`whole`), as far as both are known.
    """
    given = [_as_asked(one) for one in command]
    if not whole:
        return _begin_alike(notice, given)
    return exec_notice.digest_of(given) == notice.digest or _is_script(notice, given)


def _as_asked(word: bytes) -> bytes:
    """The API server tells of a command in JSON, which has U+FFFD for each byte that is not UTF-8."""
    text = word.decode(errors="surrogateescape")
    return word if text.isascii() else _NO_CHARACTER.sub("\ufffd", text).encode()


def _is_script(notice: ExecNotice, given: Sequence[bytes]) -> bool:
    """The interpreter, what it is given in front, the path of the script, the arguments."""
    if not notice.command or notice.command[0].endswith(exec_notice.CUT):
        return False
    name = notice.command[0].encode()
    tail = b"/" + name.rpartition(b"/")[2]
    return any(
        given[skipped].endswith(tail)
        and exec_notice.digest_of([name, *given[skipped + 1 :]]) == notice.digest
        for skipped in range(1, min(_ARGUMENTS + 1, len(given)))
    )


def _begin_alike(notice: ExecNotice, given: Sequence[bytes]) -> bool:
    """More than the program's name: many have that."""
    shown, is_cut = _shown(notice)
    known = b"\0".join(given)
    size = min(len(shown), len(known))
    if b"\0" not in known[:size] or (not is_cut and len(known) > len(shown)):
        return False
    return known[:size] == shown[:size]


def _shown(notice: ExecNotice) -> tuple[bytes, bool]:
    """The beginning of the command, and whether that is not all."""
    *before, last = notice.command or ("",)
    if not last.endswith(exec_notice.CUT):
        return b"\0".join(one.encode() for one in notice.command), False
    return b"\0".join(one.encode() for one in (*before, last.removesuffix(exec_notice.CUT))), True
