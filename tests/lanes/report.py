# SPDX-License-Identifier: Apache-2.0
"""What the plugin of a lane has written -> what became of its tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Report:
    """A lane so far; `read` takes in what was written since. Seconds: setup, test and teardown."""

    file: Path
    collected: int | None = None  # None: not known yet
    outcomes: dict[str, str] = field(default_factory=dict)  # passed, failed, skipped
    seconds: dict[str, float] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)  # of those that failed
    running: str = ""  # the test that has begun and not ended
    _at: int = 0

    def read(self) -> list[str]:
        """The tests that failed since it was read last."""
        before = set(self.failed())
        if self.file.exists():
            with self.file.open() as lines:
                lines.seek(self._at)
                while (line := lines.readline()).endswith("\n"):
                    self._at = lines.tell()
                    self._take(json.loads(line))
        return [test for test in self.failed() if test not in before]

    def count(self, outcome: str) -> int:
        """How many tests ended so."""
        return sum(had == outcome for had in self.outcomes.values())

    def failed(self) -> list[str]:
        return [test for test, outcome in self.outcomes.items() if outcome == "failed"]

    def fail(self, test: str) -> None:
        """One that could not say so itself."""
        self.outcomes[test] = "failed"

    def _take(self, said: dict[str, Any]) -> None:
        match said["what"]:
            case "collected":
                self.collected = said["count"]
            case "begin":
                self.running = said["test"]
            case "end":
                self.running = ""
            case _:
                self._judge(said["test"], said["outcome"], said["seconds"])
                if said.get("why"):
                    self.why.setdefault(said["test"], said["why"])

    def _judge(self, test: str, outcome: str, seconds: float) -> None:
        """Failed if anything of it failed, skipped if anything was."""
        ranks = ("passed", "skipped", "failed")
        had = self.outcomes.get(test, "passed")
        self.outcomes[test] = max(had, outcome, key=ranks.index)
        self.seconds[test] = self.seconds.get(test, 0.0) + seconds
