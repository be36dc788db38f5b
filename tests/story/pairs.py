# SPDX-License-Identifier: Apache-2.0
"""Two agents with the same rules beside each other: one as it is, and one that is shown every event. What
they tell of the same deeds is compared, apart from the time, which each reads by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.story import deeds
from tests.story.agent import Agent

_TIME: Final = re.compile(r"^[\d:.]+: ")
# What others do on the machine meanwhile is left out, and containers that the tests' runtime does not know.
_OURS: Final = re.compile(r"lanner-story-|container_id=[0-9a-f]{12} container_name=(?!<NA>)")


@dataclass(slots=True)
class Pair:
    """`settle` does a deed with a mark that both tell at once."""

    indexed: Agent
    whole: Agent
    settle: Callable[[str], None]
    _told: list[int] = field(default_factory=lambda: [0, 0])

    def news(self) -> tuple[list[str], list[str]]:
        """What each has told since it was asked last."""
        mark = deeds.marker()
        self.settle(mark)
        found: list[list[str]] = []
        for number, agent in enumerate((self.indexed, self.whole)):
            agent.alerts.wait(rf"{mark}\b", after=self._told[number])
            lines = agent.alerts.all()
            fresh = [line.text for line in lines[self._told[number] :]]
            self._told[number] = len(lines)
            found.append([_TIME.sub("", line) for line in fresh if _OURS.search(line) and mark not in line])
        return found[0], found[1]


@contextmanager
def watched(settle: Callable[[str], None], arguments: Sequence[str | os.PathLike[str]]) -> Iterator[Pair]:
    """While both watch. Neither may lose anything."""
    agents = [Agent([*arguments, *more]) for more in ((), ("--no-index",))]
    try:
        for agent in agents:
            agent.wait_until_watching()
        yield Pair(agents[0], agents[1], settle)
    finally:
        codes = [agent.stop() for agent in agents]
    for agent, code in zip(agents, codes, strict=True):
        assert code == 0, agent.notes.text()
        assert "nothing lost" in agent.notes.text(), agent.notes.text()


def read_host_name(mark: str) -> None:
    deeds.command("cat", "/etc/hostname", f"/nonexistent/{mark}")
