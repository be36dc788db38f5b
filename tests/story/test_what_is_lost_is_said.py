# SPDX-License-Identifier: Apache-2.0
"""An agent that cannot read for a while: it says how many events of which kind were lost, and what was
executed meanwhile is found all the same.
"""

from __future__ import annotations

import pathlib
import re

from lanner_agent.policy import defaults
from tests.story import deeds, flood
from tests.story.agent import watching

NOTE = r"events LOST in the kernel: (?:.*, )?([\d,]+) openat \(ring full\)"
SUMMARY = r"([\d,]+)  openat: ring full"
PATIENCE_S = 30.0  # one such note in ten seconds


def test_a_flood_is_counted_and_hides_no_exec(tmp_path: pathlib.Path) -> None:
    with watching("--rules", defaults.directory(), "--rules", wanting(tmp_path)) as agent:
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
