# SPDX-License-Identifier: Apache-2.0
"""docs/events.md says what the code does: every cause with its words, and the figures of the limits."""

from __future__ import annotations

import pathlib
import re

from lanner_agent.publish.events import note
from lanner_agent.publish.events.buckets import reserved
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.suppressed import CAUSES

PAGE = (pathlib.Path(__file__).parents[4] / "docs/events.md").read_text()


def test_every_cause_is_on_the_page_in_the_words_of_the_summary() -> None:
    assert dict(re.findall(r"(?m)^\| `([a-z]+_[a-z_]+)` \| (.*) \|$", PAGE)) == dict(CAUSES)


def test_the_limits_on_the_page_hold_when_nothing_is_set() -> None:
    settings = EventSettings()
    assert f"| a rule in a pod | {settings.rule_burst}, then one a minute |" in PAGE
    assert settings.rule_interval == 60
    pods = reserved(settings.pod_burst, settings.reserve)
    assert f"{settings.pod_burst}, then one every five minutes | {pods} |" in PAGE
    assert settings.pod_interval == 300
    nodes = reserved(settings.node_burst, settings.reserve)
    assert re.search(rf"requests \| {settings.node_burst}, then one a second; .* \| {nodes} \|", PAGE)
    assert settings.node_qps == 1
    assert f"| {settings.queue_length:,}; the oldest of the least severe" in PAGE
    assert f"| {settings.series_kept:,}; the one not seen" in PAGE


def test_the_sizes_on_the_page_are_those_of_the_note() -> None:
    assert f"priority and rule ({note.HEADING} bytes), the rule's output ({note.OUTPUT})" in PAGE
    assert f"container, image and node ({note.IDENTITY})" in PAGE
    assert EventSettings().fields_size == 2048
