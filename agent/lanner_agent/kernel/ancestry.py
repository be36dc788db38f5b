# SPDX-License-Identifier: Apache-2.0
"""Of how many ancestors, the nearest first, the executables and arguments must be in the records, by what the
rules read. Called by probes.

Fields are as in a compiled program: NAME, NAME[n] for the n-th ancestor (0 is the process itself, 1 its
parent), NAME[] where no n is given and all are asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lanner_agent.kernel.layout import ANCESTORS

_LEADERS: Final = ("proc.sid", "proc.pgid", "proc.vpgid")  # any ancestor may be one that has ended
_EXEPATHS: Final = {"proc.pexepath": 1} | {f"{leader}.exepath": ANCESTORS for leader in _LEADERS}
_ARGS: Final = {"proc.pexe": 1, "proc.pcmdline": 1} | {f"{leader}.exe": ANCESTORS for leader in _LEADERS}
_MANY_EXEPATHS: Final = frozenset({"proc.aexepath"})
_MANY_ARGS: Final = frozenset({"proc.aexe", "proc.aargs", "proc.acmdline"})
EVERYTHING: Final = frozenset(f"{field}[]" for field in _MANY_EXEPATHS | _MANY_ARGS)
_INDEXED: Final = re.compile(r"([\w.]+)\[(\d*)\]")


def exepaths(fields: frozenset[str]) -> int:
    """0 to ANCESTORS."""
    return max((_depth(field, _EXEPATHS, _MANY_EXEPATHS) for field in fields), default=0)


def args(fields: frozenset[str]) -> int:
    """0 to ANCESTORS; argv[0] is one of them."""
    return max((_depth(field, _ARGS, _MANY_ARGS) for field in fields), default=0)


def _depth(field: str, fixed: Mapping[str, int], many: frozenset[str]) -> int:
    found = _INDEXED.fullmatch(field)
    if found is None:
        return fixed.get(field, 0)
    if found[1] not in many:
        return 0
    return min(ANCESTORS, int(found[2])) if found[2] else ANCESTORS
