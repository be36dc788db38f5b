# SPDX-License-Identifier: Apache-2.0
"""A process that does the same to many files is told at once, and once more for all of them: no alert and no
name of a file is lost, and no process hides another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from lanner_agent.pipeline import deeds
from lanner_agent.publish import json_lines, redact, text
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.forms import FORMS
from lanner_agent.publish.otlp import record
from lanner_agent.publish.snapshot import Snapshot
from tests.agent.events import plain
from tests.agent.pipeline.house import House
from tests.engine.plain_facts import PlainDescriptor, PlainProcess

SECONDS = 10
RULES = f"""
apiVersion: lanner.dev/v1alpha1
kind: ClusterFalcoRule
metadata: {{name: own}}
spec:
  hostScope: Include
  throttle: {{process: {{seconds: {SECONDS}, about: [fd.name]}}}}
  rules:
    - {{name: Read, desc: x, condition: evt.type = openat, output: "read %fd.name", priority: NOTICE}}
"""
TAR = PlainProcess(comm=b"tar", pid=7)


class Watched(House):
    """With a clock of its own."""

    def __init__(self, rules: str = RULES) -> None:
        super().__init__(rules)
        self.now = 0
        self.loop.clock = lambda: self.now

    def reads(self, *paths: str, process: PlainProcess = TAR) -> None:
        events = (
            plain.Event(type="openat", process=process, fd=PlainDescriptor(name=path.encode()))
            for path in paths
        )
        self.feed(*events)

    def passes(self, seconds: float) -> None:
        self.now += int(seconds * 1e9)
        self.loop.turn()

    def told(self) -> list[str]:
        """Without the time and what every output says of the container."""
        lines = (text.message(alert.snapshot).partition(" Notice ")[2] for alert in self.delivered)
        return [re.sub(r" container_id=.*k8s_ns_name=\S+", "", line) for line in lines]


def test_the_first_goes_out_at_once_and_the_others_together() -> None:
    house = Watched()
    house.reads("/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/shadow-", "/etc/gshadow-")
    assert house.told() == ["read /etc/shadow"]
    house.passes(SECONDS)
    more = " and 3 more by the same process: /etc/shadow-, /etc/gshadow-"
    assert house.told() == ["read /etc/shadow", f"read /etc/gshadow{more}"]
    assert house.loop.counts.alerts == {"Read": 5}
    assert list(house.loop.counts.together.counts.values()) == [3]


def test_what_is_told_together_stands_in_fields_of_its_own() -> None:
    house = Watched()
    house.reads("/a", "/b", "/c", "/d")
    house.passes(SECONDS)
    fields = [json.loads(json_lines.line(alert.snapshot))["output_fields"] for alert in house.delivered]
    assert "lanner.together.count" not in fields[0]
    assert fields[1]["lanner.together.count"] == 2
    assert fields[1]["lanner.together.about"] == ["/c", "/d"]


@pytest.mark.parametrize("form", [*FORMS.values(), lambda alert: record.request(alert, redact.redacted)])
def test_every_form_has_all_of_it(form: Callable[[Snapshot], bytes]) -> None:
    house = Watched()
    house.reads("/a", "/etc/one", "/etc/two")
    house.passes(SECONDS)
    assert b"/etc/two" in form(house.delivered[1].snapshot)


def test_one_that_waited_alone_is_an_alert_like_any_other() -> None:
    house = Watched()
    house.reads("/a", "/b")
    house.passes(SECONDS)
    assert house.told() == ["read /a", "read /b"]
    house.reads("/c")
    assert house.told()[2:] == ["read /c"]


def test_a_decoy_hides_no_name_however_many_there_are() -> None:
    house = Watched()
    house.reads(*(f"/decoy/{number}" for number in range(100)), "/etc/shadow")
    house.passes(SECONDS)
    assert len(house.told()) <= 2 + 100 // deeds.NAMED
    assert sum("/etc/shadow" in line for line in house.told()) == 1
    assert all(any(f"/decoy/{number}" in line for line in house.told()) for number in range(100))
    assert sum(alert.number for alert in house.delivered) == 101


@pytest.mark.parametrize("other", [replace(TAR, pid=8), replace(TAR, start=TAR.start + 1)])
def test_no_process_waits_for_another(other: PlainProcess) -> None:
    house = Watched()
    house.reads("/a")
    house.reads("/b", process=other)
    assert house.told() == ["read /a", "read /b"]


def test_where_too_many_are_followed_alerts_go_out_one_by_one() -> None:
    house = Watched()
    for number in range(deeds.MOST + 1):
        house.reads("/a", "/b", process=replace(TAR, pid=number + 1))
    assert len(house.delivered) == deeds.MOST + 2
    house.passes(SECONDS)
    assert len(house.delivered) == 2 * (deeds.MOST + 1)


def test_at_the_end_nothing_waits_any_more() -> None:
    house = Watched()
    house.reads("/a", "/b")
    house.loop.stop()
    house.loop.run(lambda: None)
    assert house.told() == ["read /a", "read /b"]


@pytest.mark.parametrize(
    "changed",
    [
        RULES.replace("%fd.name", "%proc.name"),  # nothing says what it is about
        RULES.replace("  throttle:", "  mode: DryRun\n  throttle:"),
        "\n".join(line for line in RULES.splitlines() if "throttle" not in line),
    ],
)
def test_other_rules_are_told_as_before(changed: str) -> None:
    house = Watched(changed)
    house.reads("/a", "/b", "/c")
    assert len(house.delivered) == 3
    assert not house.loop.counts.together.counts


def test_a_name_of_any_length_is_bounded() -> None:
    house = Watched()
    long = "/" + 5000 * "x"
    house.reads("/a", "/b", long, f"{long}y", long)
    house.passes(SECONDS)
    one, other = house.delivered[1].together.about
    assert len(one) == len(other) == deeds.LONGEST
    assert one != other


def test_an_alert_counts_as_many_as_it_tells() -> None:
    house = Watched()
    house.reads("/a", "/b", "/c")
    house.passes(SECONDS)
    numbers: list[Alert] = house.delivered
    assert [alert.number for alert in numbers] == [1, 2]
