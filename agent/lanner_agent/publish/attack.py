# SPDX-License-Identifier: Apache-2.0
"""What a rule's tags say by the words of MITRE ATT&CK: `T1059.004`, `mitre_execution`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_TECHNIQUE: Final = re.compile(r"(T\d{4})(?:\.(\d{3}))?", re.IGNORECASE)
_TACTIC: Final = "mitre_"


@dataclass(frozen=True, slots=True)
class Attack:
    """Tactics by their names, techniques and sub-techniques by their numbers, each sorted."""

    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    subtechniques: tuple[str, ...]


def of(tags: Iterable[str]) -> Attack:
    """Whatever else the tags say is left out."""
    tags = tuple(tags)
    found = [match for tag in tags if (match := _TECHNIQUE.fullmatch(tag))]
    return Attack(
        tactics=tuple(sorted({_name(tag) for tag in tags if tag.startswith(_TACTIC)})),
        techniques=tuple(sorted({match[1].upper() for match in found})),
        subtechniques=tuple(sorted({match[0].upper() for match in found if match[2]})),
    )


def _name(tag: str) -> str:
    """`mitre_command_and_control` -> `Command and Control`."""
    words = tag.removeprefix(_TACTIC).split("_")
    return " ".join(word if word == "and" else word.capitalize() for word in words)
