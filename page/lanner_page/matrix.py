# SPDX-License-Identifier: Apache-2.0
"""The ATT&CK matrix as a table: tactics, techniques, and which of these ATT&CK has for containers.

data/attack.tsv is made of what MITRE publishes (`python -m tests.chart.attack FILE VERSION`).
"""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

FILE: Final = pathlib.Path(__file__).parent / "data" / "attack.tsv"
_CONTAINERS: Final = FILE.with_name("attack-containers.txt")
TACTIC: Final = "mitre_"  # before the word of a tactic, in a tag


@dataclass(frozen=True, slots=True)
class Technique:
    """`tactics`: as tags name them without `mitre_`: `privilege_escalation`."""

    number: str
    name: str
    tactics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """`tactics`: by the word of tags, the number and the name. `techniques`: by their numbers."""

    version: str
    tactics: Mapping[str, tuple[str, str]]
    techniques: Mapping[str, Technique]


@functools.cache
def kept() -> Matrix:
    """What attack.tsv holds."""
    head, _, *lines = FILE.read_text(encoding="utf-8").splitlines()
    rows = [tuple(line.split("\t")) for line in lines]
    return Matrix(
        version=head.removeprefix("# "),
        tactics={word: (number, name) for number, name, word in rows if number.startswith("TA")},
        techniques={
            number: Technique(number, name, tuple(words.split()))
            for number, name, words in rows
            if not number.startswith("TA")
        },
    )


@functools.cache
def containers() -> tuple[str, ...]:
    """Numbers of the techniques that the matrix has for the platform Containers."""
    lines = _CONTAINERS.read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def techniques(tags: Iterable[str]) -> frozenset[str]:
    """The techniques that tags name, in capitals, with the whole of each part: T1059 with T1059.004."""
    named = {tag.upper() for tag in tags if tag.upper() in kept().techniques}
    return frozenset(named | {number.partition(".")[0] for number in named})


def tactics(tags: Iterable[str]) -> tuple[str, ...]:
    """The words of the tactics that tags name, those of the matrix only."""
    words = (tag.removeprefix(TACTIC) for tag in tags if tag.startswith(TACTIC))
    return tuple(word for word in words if word in kept().tactics)
