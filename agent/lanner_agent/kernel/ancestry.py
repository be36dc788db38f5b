# SPDX-License-Identifier: Apache-2.0
"""What the records must hold of ancestors and creators, by what the rules read.

Fields are as in a compiled program: NAME, NAME[n] for the n-th ancestor (0 is the process itself, 1 its
parent), NAME[NAME] of an environment, NAME[] where no argument is given and all are asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lanner_agent.kernel.record_layout import ANCESTORS, Creator

_LEADERS: Final = ("proc.sid", "proc.pgid", "proc.vpgid")  # any relative may be one that has ended
_OF_LEADERS: Final = dict.fromkeys(
    [*(f"{leader}.{what}" for leader in _LEADERS for what in ("name", "exe", "exepath")), "proc.sname"],
    ANCESTORS,
)
_PARENT: Final = ("pname", "pexe", "pexepath", "pcmdline", "ppid", "pvpid", "ppid.duration", "ppid.ts")
_WITH_PARENT: Final = ("evt.arg.ptid", "evt.rawarg.ptid", "evt.args", "evt.info")  # parameters of an exec
_CREATOR: Final = ("name", "exepath", "cmdline", "pid")
EXEC_SESSION: Final = frozenset(
    f"k8s.exec.{name}" for name in ("user", "groups", "command", "verb", "ambiguous")
)
_ANCESTORS: Final = (
    dict.fromkeys((*_WITH_PARENT, *(f"proc.{name}" for name in _PARENT)), 1)
    | dict.fromkeys((f"proc.creator.{name}" for name in _CREATOR), 1)  # who may be the parent
    | {"proc.loginshellid": ANCESTORS}
    | dict.fromkeys(EXEC_SESSION, ANCESTORS)
    | _OF_LEADERS
)
_EXEPATHS: Final = {"proc.pexepath": 1, "proc.creator.exepath": 1} | {
    f"{leader}.exepath": ANCESTORS for leader in _LEADERS
}
_ARGS: Final = {"proc.pexe": 1, "proc.pcmdline": 1, "proc.creator.cmdline": 1} | {
    f"{leader}.exe": ANCESTORS for leader in _LEADERS
}
_MANY_EXEPATHS: Final = frozenset({"proc.aexepath"})
_MANY_ARGS: Final = frozenset({"proc.aexe", "proc.aargs", "proc.acmdline"})
_MANY: Final = frozenset({"proc.aname", "proc.apid", "proc.aenv"}) | _MANY_EXEPATHS | _MANY_ARGS
EVERYTHING: Final = frozenset(f"{field}[]" for field in _MANY) | _ANCESTORS.keys()
_INDEXED: Final = re.compile(r"([\w.]+)\[(.*)\]", re.DOTALL)

# What is read of creators, by enum creator; any of it needs their names.
_CREATORS: Final[Mapping[Creator, frozenset[str]]] = {
    Creator.NAMES: frozenset(_OF_LEADERS)
    | EXEC_SESSION
    | {"proc.creator.name", "proc.creator.pid", "proc.aname[]"},
    Creator.EXEPATHS: frozenset({"proc.creator.exepath", "proc.aexepath[]"})
    | {name for name in _OF_LEADERS if name.endswith(".exepath")},
    Creator.ARGS: frozenset({"proc.creator.cmdline", "proc.aexe[]", "proc.acmdline[]"})
    | {name for name in _OF_LEADERS if name.endswith(".exe")},
}


def ancestors(fields: frozenset[str]) -> int:
    """Of how many, the nearest first, anything is read: 0 to ANCESTORS."""
    return max((_depth(field, _ANCESTORS, _MANY) for field in fields), default=0)


def exepaths(fields: frozenset[str]) -> int:
    """0 to ANCESTORS."""
    return max((_depth(field, _EXEPATHS, _MANY_EXEPATHS) for field in fields), default=0)


def args(fields: frozenset[str]) -> int:
    """0 to ANCESTORS; argv[0] is one of them."""
    return max((_depth(field, _ARGS, _MANY_ARGS) for field in fields), default=0)


def creators(fields: frozenset[str]) -> int:
    """Bits of enum creator."""
    found = sum(bit for bit, names in _CREATORS.items() if fields & names)
    return found | Creator.NAMES if found else 0


def _depth(field: str, fixed: Mapping[str, int], many: frozenset[str]) -> int:
    found = _INDEXED.fullmatch(field)
    if found is None:
        return fixed.get(field, 0)
    if found[1] not in many:
        return 0
    return min(ANCESTORS, int(found[2])) if found[2].isascii() and found[2].isdigit() else ANCESTORS
