# SPDX-License-Identifier: Apache-2.0
"""What a rule object with mode DryRun matched: as nodes tell it, and of all nodes together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from lanner_engine.resources.falco_node import DRY_RUN_OBJECTS, DRY_RUN_PLACES
from lanner_engine.resources.falco_rule import DRY_RUN_ROWS
from lanner_operator.status import words

LONGEST: Final = 128  # characters of a text that are kept
Version = tuple[str, int]  # uid and generation


class Where(NamedTuple):
    """A row without its number."""

    rule: str
    namespace: str
    workload: str
    executable: str


@dataclass(frozen=True, slots=True)
class Tried:
    """`matches` in all, and of the combinations that are told apart."""

    matches: int = 0
    rows: Mapping[Where, int] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """As it stands in a status."""
        top = sorted(self.rows.items(), key=lambda row: (-row[1], row[0]))[:DRY_RUN_ROWS]
        rows = [{**where._asdict(), "matches": number} for where, number in top]
        return {"matches": self.matches, "top": rows, "others": self.matches - sum(one[1] for one in top)}


def together(told: Iterable[Tried]) -> Tried:
    """Of several nodes."""
    matches, rows = 0, Counter[Where]()
    for one in told:
        matches += one.matches
        rows.update(one.rows)
    return Tried(matches, rows)


def read(written: object) -> Mapping[Version, Tried]:
    """A FalcoNode's dryRun. What has not the expected shape counts as not said, and all of it is bounded."""
    found: dict[Version, Tried] = {}
    room = DRY_RUN_PLACES
    for one in _mappings(written, DRY_RUN_OBJECTS):
        rows = _rows(one.get("top"), room)
        room -= len(rows)
        version = (str(one.get("uid", ""))[:LONGEST], _number(one.get("generation")))
        found[version] = Tried(max(_number(one.get("matches")), sum(rows.values())), rows)
    return found


def _rows(written: object, room: int) -> Mapping[Where, int]:
    rows = Counter[Where]()
    for one in _mappings(written, room):
        rows[Where(*(_text(one.get(key)) for key in Where._fields))] += _number(one.get("matches"))
    return rows


def _mappings(value: object, most: int) -> Iterator[Mapping[str, Any]]:
    listed = value[:most] if isinstance(value, list) else []
    return (one for one in listed if isinstance(one, Mapping))


def _text(value: object) -> str:
    return words.line(value, LONGEST) if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1 << 53 else 0
