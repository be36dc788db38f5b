# SPDX-License-Identifier: Apache-2.0
"""What became of the events of one rule: the lines of an agent that has ended, and its summary."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.story import loops
from tests.story.agent import Agent, watching

RULE = "Flooded"
_OF_OTHERS = {"events lost in the kernel", "events known in part", "turned away for the sake of others"}
_TITLE = re.compile(r"  (\S.*):")
_NUMBER = re.compile(r" +([\d,]+)  (.*)")


@dataclass(frozen=True, slots=True)
class Account:
    """`lines` came out; of the `alerts` so many were `undelivered`, and `lost` events came to no rule.
    `other`: whatever else the summary tells that is not of other events, by title and reason.
    """

    lines: int
    alerts: int
    undelivered: int
    lost: int
    other: Mapping[tuple[str, str], int]


def rules(folder: pathlib.Path, file: pathlib.Path) -> pathlib.Path:
    """A file with the one rule: this file is opened."""
    path = folder / "rules.yaml"
    path.write_text(
        f"- rule: {RULE}\n  desc: A file is opened\n"
        f"  condition: evt.type = {loops.FLOOD_EVENT} and fd.name = {file}\n"
        f"  output: {RULE} (pid=%proc.pid)\n  priority: NOTICE\n"
    )
    return path


def flooded(folder: pathlib.Path, seconds: float) -> tuple[Account, int]:
    """Of an agent that has seen two processes open a file at full speed; how often they did."""
    file = folder / "flooded"
    file.touch()
    with watching("--rules", rules(folder, file)) as agent:
        done = loops.flood(2, file, seconds)
    return read(agent), done


def require_exact(account: Account, done: int) -> None:
    assert done > 10_000
    assert account.lines > 0
    assert account.lines + account.undelivered == account.alerts
    assert account.alerts + account.lost == done
    assert account.other == {}


def read(agent: Agent) -> Account:
    """Of an agent that has stopped."""
    blocks = _blocks(agent.notes.text())
    alerts = blocks.pop(("alerts by rule", RULE), 0)
    return Account(
        lines=sum(f" {RULE} (pid=" in line.text for line in agent.alerts.all()),
        alerts=alerts,
        undelivered=_taken(blocks, "alerts not delivered"),
        lost=_taken(blocks, "events lost in the kernel", f"{loops.FLOOD_EVENT}: "),
        other={key: value for key, value in blocks.items() if key[0] not in _OF_OTHERS},
    )


def _taken(blocks: dict[tuple[str, str], int], title: str, reason: str = "") -> int:
    keys = [key for key in blocks if key[0] == title and key[1].startswith(reason)]
    return sum(blocks.pop(key) for key in keys)


def _blocks(text: str) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    title = ""
    for line in text.splitlines():
        if number := _NUMBER.fullmatch(line):
            found[title, number[2]] = int(number[1].replace(",", ""))
        elif heading := _TITLE.fullmatch(line):
            title = heading[1]
    return found
