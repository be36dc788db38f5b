# SPDX-License-Identifier: Apache-2.0
"""What the watch asks of a source of rules: files/reload for files, bundle/in_force for the cluster's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lanner_engine.codegen.compile import Program
from lanner_engine.index.tables import Tables


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A program that waits to be taken over, the line to say once it is in force, and what the kernel can
    hold back for it.
    """

    program: Program
    note: str
    tables: Tables


class RuleSource(Protocol):
    """Asked between two batches, on the hot thread: nothing here may wait. `ready` is called, by any thread,
    when there is something to take. `loaded` and `refused` count what came.
    """

    ready: Callable[[], None]
    loaded: int
    refused: int

    def take(self) -> Reloaded | None:
        """The newest program that was not taken yet."""

    def confirm(self) -> None:
        """What was taken last is in force."""

    def keep(self, program: Program, why: str) -> None:
        """What was taken last could not be put in force, `program` still is."""
