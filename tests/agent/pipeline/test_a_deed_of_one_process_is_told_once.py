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
from lanner_agent.publish.settings.syslog import SyslogSettings
from lanner_agent.publish.snapshot import Snapshot
from lanner_agent.publish.syslog import message
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
    more = "4 alerts of one process, also about /etc/shadow-, /etc/gshadow-: "
    assert house.told() == ["read /etc/shadow", f"{more}read /etc/gshadow"]
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


@pytest.mark.parametrize(
    "other",
    [
        replace(TAR, pid=8),
        replace(TAR, start=TAR.start + 1),
        replace(TAR, args=(b"copy", b"/root", b"evil:")),  # the same one, after an exec
        replace(TAR, exepath=b"/tmp/x"),
        replace(TAR, uid=1000),
    ],
)
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


def test_an_error_that_ends_the_watch_costs_nothing_that_waits() -> None:
    def broken() -> None:
        raise RuntimeError("broken")

    house = Watched()
    house.reads("/a", "/b")
    with pytest.raises(RuntimeError, match="broken"):
        house.loop.run(broken)
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


def test_names_of_any_length_are_bounded_and_told() -> None:
    house = Watched()
    paths = [f"/{number}{400 * 'x'}" for number in range(10)]
    house.reads("/a", *paths, "/" + 5000 * "x", "/" + 5000 * "x" + "y")
    house.passes(SECONDS)
    assert all(sum(map(len, alert.together.about)) <= deeds.ROOM for alert in house.delivered)
    assert all(any(path in line for line in house.told()) for path in paths)
    assert sum(alert.number for alert in house.delivered) == 13


def test_no_command_line_pushes_a_name_out_of_a_message() -> None:
    house = Watched(RULES.replace("read %fd.name", "read %fd.name by %proc.cmdline"))
    house.reads("/a", "/b", "/etc/shadow", process=replace(TAR, args=(1500 * b"\x01",)))
    house.passes(SECONDS)
    told = house.delivered[1].snapshot
    whole = message.rfc5424(told, text.line(told), "user", 1)
    assert b"/etc/shadow" in message.cut(whole, SyslogSettings(address="unix:///dev/log").max_size)


def test_a_name_like_a_secret_hides_no_other() -> None:
    house = Watched()
    house.reads("/a", "/b", "/-----BEGIN PRIVATE KEY-----/x", "/etc/shadow")
    house.passes(SECONDS)
    assert "/etc/shadow" in house.told()[1]


def test_what_waited_is_told_as_it_was_when_it_happened() -> None:
    house = Watched()
    house.reads("/a", "/b", "/c")
    house.passes(SECONDS / 2)
    waited = next(iter(house.loop._deeds.all())).first
    assert waited is not None
    before = waited.snapshot
    house.passes(SECONDS / 2)
    assert house.delivered[1].snapshot.container is before.container
    assert house.delivered[1].snapshot.message is before.message


def test_an_alert_counts_as_many_as_it_tells() -> None:
    house = Watched()
    house.reads("/a", "/b", "/c")
    house.passes(SECONDS)
    numbers: list[Alert] = house.delivered
    assert [alert.number for alert in numbers] == [1, 2]
