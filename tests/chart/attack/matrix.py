# SPDX-License-Identifier: Apache-2.0
"""The ATT&CK matrix as a table of its own: matrix.tsv, which `python -m tests.chart.attack` makes of what
MITRE publishes.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FILE: Final = pathlib.Path(__file__).parent / "matrix.tsv"
_CONTAINERS: Final = pathlib.Path(__file__).parent / "containers.txt"
_NOTICE: Final = (
    "© The MITRE Corporation. This work is reproduced and distributed with the permission of "
    "The MITRE Corporation."
)


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


def kept() -> Matrix:
    """What matrix.tsv holds."""
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


def containers() -> tuple[str, ...]:
    """Numbers of the techniques that the matrix has for the platform Containers."""
    lines = _CONTAINERS.read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def written(data: Mapping[str, Any], version: str) -> str:
    """matrix.tsv of a document with `tactics` and `techniques`; it names tactics `privilege-escalation`."""
    tactics = sorted((one["id"], one["name"], _word(one["shortname"])) for one in data["tactics"].values())
    techniques = sorted(
        (number, one["name"], " ".join(map(_word, one["tactics"])))
        for number, one in data["techniques"].items()
    )
    rows = ("\t".join(row) for row in (*tactics, *techniques))
    return "\n".join((f"# {version}", f"# {_NOTICE}", *rows)) + "\n"


def _word(short: str) -> str:
    return short.replace("-", "_")
