# SPDX-License-Identifier: Apache-2.0
"""An alert goes to every output of an agent; what each lost and counted stands in the summary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from lanner_agent.publish import json_lines, outputs, text
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Given
from lanner_agent.publish.stdout import AT_THE_END, LineWriter
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject
from tests.agent.events import plain, rules


@dataclass
class Webhook:
    """An output like no other."""

    title: str = "webhook"
    taken: list[Alert] = field(default_factory=list)
    closed: bool = False

    def offer(self, alert: Alert) -> None:
        self.taken.append(alert)

    def lost(self) -> Mapping[str, int]:
        return {"no answer": 2, AT_THE_END: 1}

    def counts(self) -> Mapping[str, int]:
        return {"requests": len(self.taken)}

    def reopen(self) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def alert() -> Alert:
    (rule,) = rules.compiled(rules.text("One")).rules
    return Alert(rule, plain.Event())


def test_each_alert_goes_to_each_output(alert: Alert, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook, events = Webhook(), Webhook("Events")
    monkeypatch.setattr(outputs, "OUTPUTS", (*outputs.OUTPUTS, lambda given: webhook))
    reader, writer = os.pipe()
    all_of_them = outputs.Outputs(Given(LineWriter(writer), text.line, print, events))
    all_of_them.offer(alert)
    all_of_them.close()
    all_of_them.offer(alert)
    with open(reader, "rb", closefd=True) as lines:
        os.close(writer)
        assert lines.read() == text.line(alert.snapshot)
    assert webhook.taken == events.taken == [alert, alert]
    assert webhook.closed
    assert events.closed
    assert all_of_them.lost() == {AT_THE_END: 1 + 1 + 1, "no answer": 2 + 2}
    assert all_of_them.counts() == {"webhook": {"requests": 2}, "Events": {"requests": 2}}


def test_what_a_dry_run_matches_is_printed_with_a_mark_and_goes_nowhere_else() -> None:
    (rule,) = rules.compiled(rules.text("One")).rules
    owner = RuleObject(CLUSTER_RULE, "", "try", "u", 1, {"mode": "DryRun"})
    tried = Alert(replace(rule, owner=owner), plain.Event())
    events = Webhook("Events")
    reader, writer = os.pipe()
    all_of_them = outputs.Outputs(Given(LineWriter(writer), json_lines.line, print, events))
    all_of_them.offer(tried)
    all_of_them.close()
    with open(reader, "rb", closefd=True) as lines:
        os.close(writer)
        printed = json.loads(lines.read())
    assert printed["dry_run"] is True
    assert ": Notice [DryRun] x" in printed["output"]
    assert events.taken == []


def test_an_agent_without_a_cluster_has_standard_output_only(alert: Alert) -> None:
    reader, writer = os.pipe()
    alone = outputs.Outputs(Given(LineWriter(writer), text.line, print))
    alone.offer(alert)
    alone.close()
    os.close(writer)
    with open(reader, "rb", closefd=True) as lines:
        assert lines.read() == text.line(alert.snapshot)
    assert (dict(alone.lost()), dict(alone.counts())) == ({}, {})
