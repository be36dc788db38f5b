# SPDX-License-Identifier: Apache-2.0
"""An agent that cannot read for a while: it says how many events of which kind were lost and whose they were,
and what was executed meanwhile is found all the same.
"""

from __future__ import annotations

import pathlib
import re

from tests.story import deeds, flood
from tests.story.agent import watching

NOTE = r"events LOST in the kernel: (?:.*, )?([\d,]+) openat \(beyond its share\)"
SUMMARY = r"([\d,]+)  openat: beyond its share"
WHOSE = r"turned away for the sake of others: .*[\d,]+ openat of host /"
PATIENCE_S = 30.0  # one such note in ten seconds


def test_a_flood_is_counted_and_hides_no_exec(tmp_path: pathlib.Path) -> None:
    with watching("--no-index") as agent:  # or the flood is held back once the agent knows its cgroup
        mark = deeds.marker()
        with flood.stopped(agent.process.pid):
            flood.opens(tmp_path)
            deeds.execute_from_memory(mark)
        agent.alerts.wait(rf"Critical A program was executed that exists only in memory .*{mark}", PATIENCE_S)
        note = agent.notes.wait(NOTE, PATIENCE_S).text
    said = re.search(NOTE, note)
    total = re.search(SUMMARY, agent.notes.text())
    assert said is not None
    assert total is not None, agent.notes.text()
    assert number(total[1]) >= number(said[1]) > 0
    assert " LOST\n" in agent.notes.text()
    assert re.search(WHOSE, agent.notes.text()) is not None


def number(text: str) -> int:
    return int(text.replace(",", ""))
