# SPDX-License-Identifier: Apache-2.0
"""docs/events.md says what the code does: every cause with its words, and the figures of the limits."""

from __future__ import annotations

import pathlib
import re

from lanner_agent.publish.events import fair_queue, note
from lanner_agent.publish.events.account import Rank
from lanner_agent.publish.events.buckets import reserved
from lanner_agent.publish.events.fair_queue import Bounds
from lanner_agent.publish.events.kept_series import Kept
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
    own = reserved(settings.namespace_burst, settings.reserve)
    assert f"{settings.namespace_burst}, then one every five seconds | {own} |" in PAGE
    assert settings.namespace_interval == 5
    nodes = reserved(settings.node_burst, settings.reserve)
    requests = f"{settings.node_burst}, then one a second at first, up to {settings.node_most_qps:g} a second"
    assert f"requests | {requests} | {nodes}, for" in PAGE
    assert settings.node_qps == 1
    bounds = Bounds.for_queue(settings.queue_length)
    assert f"| {bounds.all:,}; of one account {bounds.account}, of one pod {bounds.pod} |" in PAGE
    assert f"| {settings.series_kept:,}; of one namespace {Kept(settings.series_kept).share} |" in PAGE
    shares = [fair_queue.SHARES[rank] for rank in Rank]
    assert (sum(shares), shares) == (8, [4, 2, 2])
    assert "of eight requests four are theirs, two those of the cluster's other rules, two those" in PAGE


def test_the_sizes_on_the_page_are_those_of_the_note() -> None:
    assert f"priority and rule ({note.HEADING} bytes), the rule's output ({note.OUTPUT})" in PAGE
    assert f"container, image and node ({note.IDENTITY})" in PAGE
    assert EventSettings().fields_size == 2048
