# SPDX-License-Identifier: Apache-2.0
"""How the agent goes, and what it asks of a terminal with a person in front of it. cli/screen has one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Standing:
    """How it goes, since the start; `rules` in force now; `losses` in words."""

    rules: int
    events: int
    alerts: int
    losses: str

    def words(self) -> tuple[str, str, str, str]:
        """Rules, events, alerts and losses, each with its number."""
        return (
            _counted(self.rules, "rule"),
            _counted(self.events, "event"),
            _counted(self.alerts, "alert"),
            self.losses,
        )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Surface(Protocol):
    """Lines are shown by the threads that write them, which may be held up; `showing` has one of its own."""

    def alert(self, line: bytes) -> None:
        """An alert in the JSON form."""

    def note(self, line: bytes) -> None:
        """What the agent says."""

    def showing(self, standing: Callable[[], Standing]) -> AbstractContextManager[None]:
        """A line at the bottom that follows `standing`, for as long as the block runs."""
        ...
