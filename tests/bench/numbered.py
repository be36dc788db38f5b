# SPDX-License-Identifier: Apache-2.0
"""Files with numbers, opened one after the other: a rule that is true on each, and when its alert came."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from tests.bench import agents
from tests.story.agent import Agent, Line

_ALERT = re.compile(r"\(file=\S+/numbered-(\d+)\)")


def rule(folder: Path) -> dict[str, str]:
    """For a rules file."""
    condition = f"evt.type in (open, openat, openat2) and fd.name startswith {folder}/numbered-"
    return agents.written("Numbered", condition, "opened (file=%fd.name)")


def open_one(folder: Path, number: int) -> None:
    """Made where it is not there."""
    os.close(os.open(folder / f"numbered-{number}", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC))


def wait_for(agent: Agent, number: int) -> None:
    """Until the alert of this one is there."""
    agent.alerts.wait(rf"/numbered-{number}\)")


def arrivals(lines: Iterable[Line]) -> list[tuple[int, float]]:
    """Of each alert the number and the time."""
    return [(int(found[1]), line.arrived) for line in lines if (found := _ALERT.search(line.text))]
