# SPDX-License-Identifier: Apache-2.0
"""Beside processes that open, connect and exec at full speed, each single act that a rule of the public file
is about is reported, on the host and in a container, within a second.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.containers import runtime
from tests.story import deeds, loops, public_rules
from tests.story.agent import Agent, Line, watching

RULE = "Read sensitive file untrusted"
LOOPS = 2
ACTS = 500  # in each place
AT_ONCE = 50  # of a shell in the container
SOON_S = 1.0
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert: the arguments of its process, and how long after the act it came."""

    arguments: str
    after_s: float


@pytest.fixture(scope="module")
def agent(containerd: runtime.Containerd) -> Iterator[Agent]:
    arguments = ("--rules", public_rules.path(), "--output", "json", "--cri-socket", containerd.socket)
    with watching(*arguments) as running:
        yield running


def seen(lines: list[Line], mark: str) -> list[Seen]:
    found = [(json.loads(line.text), line.arrived) for line in lines if mark in line.text]
    return [_seen(alert["output_fields"], arrived) for alert, arrived in found if alert["rule"] == RULE]


def _seen(fields: Mapping[str, Any], arrived: float) -> Seen:
    return Seen(fields["proc.cmdline"].partition(" ")[2], arrived - fields["evt.time"] / 1e9)


def expect_all(agent: Agent, mark: str) -> None:
    """busybox calls its cat otherwise, so only arguments are compared."""
    deadline = time.monotonic() + PATIENCE_S
    while len(found := seen(agent.alerts.all(), mark)) < ACTS and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sorted(one.arguments for one in found) == sorted(f"/etc/shadow {mark}/{n}" for n in range(ACTS))
    late = [one for one in found if one.after_s > SOON_S]
    assert not late


def test_each_act_on_the_host_is_reported(agent: Agent) -> None:
    mark = deeds.marker()
    with loops.busy(LOOPS):
        for number in range(ACTS):
            name = f"{mark}/{number}"
            os.waitpid(os.posix_spawn("/bin/cat", ["cat", "/etc/shadow", name], {}, file_actions=QUIET), 0)
        expect_all(agent, mark)


def test_each_act_in_a_container_is_reported(agent: Agent, containerd: runtime.Containerd) -> None:
    full_id = containerd.run("sleep", "1000")
    known, mark = deeds.marker(), deeds.marker()
    containerd.execute(full_id, "sh", "-c", f"cat /etc/shadow {known} || true")
    agent.alerts.wait(known)
    with loops.busy(LOOPS):
        for first in range(0, ACTS, AT_ONCE):
            numbers = " ".join(map(str, range(first, first + AT_ONCE)))
            script = f"for n in {numbers}; do cat /etc/shadow {mark}/$n; done; true"
            containerd.execute(full_id, "sh", "-c", script)
        expect_all(agent, mark)


QUIET = [(os.POSIX_SPAWN_OPEN, descriptor, "/dev/null", os.O_WRONLY, 0) for descriptor in (1, 2)]
