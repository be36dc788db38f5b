# SPDX-License-Identifier: Apache-2.0
"""An agent that cannot read for a while: it says how many events of which kind were lost and whose they were,
and what was executed meanwhile is found all the same.
"""

from __future__ import annotations

import pathlib
import re

from lanner_agent.policy import defaults
from tests.story import deeds, flood
from tests.story.agent import watching

NOTE = r"events LOST in the kernel: (?:.*, )?([\d,]+) openat \(beyond its share\)"
SUMMARY = r"([\d,]+)  openat: beyond its share"
BUSY = r"most of the events that came are from: .+ \(/.+\) of the host \d+ %"
WHOSE = r"turned away for the sake of others: .*[\d,]+ openat of host /"
IN_MEMORY = "Critical A program was executed that exists only in memory"
PATIENCE_S = 30.0  # one such note in ten seconds


def test_a_flood_is_counted_and_hides_no_exec(tmp_path: pathlib.Path) -> None:
    with watching("--rules", defaults.directory(), "--rules", wanting(tmp_path)) as agent:
        known, mark = deeds.marker(), deeds.marker()
        deeds.execute_from_memory(known)  # from then on the agent knows whose events these are
        agent.alerts.wait(rf"{IN_MEMORY} .*{known}", PATIENCE_S)
        with flood.stopped(agent.process.pid):
            flood.opens(tmp_path)
            deeds.execute_from_memory(mark)
        agent.alerts.wait(rf"{IN_MEMORY} .*{mark}", PATIENCE_S)
        note = agent.notes.wait(NOTE, PATIENCE_S).text
    said = re.search(NOTE, note)
    total = re.search(SUMMARY, agent.notes.text())
    assert said is not None
    assert total is not None, agent.notes.text()
    assert number(total[1]) >= number(said[1]) > 0
    assert " LOST\n" in agent.notes.text()
    assert re.search(WHOSE, agent.notes.text()) is not None
    assert re.search(BUSY, agent.notes.text()) is not None, agent.notes.text()


def wanting(folder: pathlib.Path) -> pathlib.Path:
    """A rule that the kernel cannot tell from one that opens in the folder match: it reports them all."""
    path = folder / "wanting.yaml"
    path.write_text(
        f"- rule: Never\n  desc: d\n  condition: evt.type = openat and fd.name startswith {folder}/ "
        "and fd.name regex '^nothing$'\n  output: never\n  priority: NOTICE\n"
    )
    return path


def number(text: str) -> int:
    return int(text.replace(",", ""))
