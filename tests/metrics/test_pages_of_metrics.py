# SPDX-License-Identifier: Apache-2.0
"""What the pages of agent and operator say, whatever rules are called, and how long that takes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.kinds import OTHER, RULES, RULES_OF_NAMESPACES, RULES_OF_ONE
from lanner_agent.report.metrics import readings
from lanner_agent.report.metrics.families import FAMILIES
from lanner_agent.report.metrics.sources import Sources
from lanner_apiserver.metrics import page
from lanner_apiserver.metrics.histogram import Histogram
from lanner_apiserver.metrics.page import Page
from lanner_operator.handlers import metrics as operator_metrics
from tests.metrics import pages
from tests.operator import made

PAGE_S = 0.020
HOSTILE = 'a"b\\c\n# HELP lanner_rules forged\nlanner_rules 7\u202e\ud800' + "x" * 300


def rows(text: bytes, name: str) -> Iterator[tuple[dict[str, str], float]]:
    """As a reader of the format has them."""
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            if sample.name == name:
                yield sample.labels, sample.value


def test_with_a_thousand_rules_it_takes_less_than_twenty_milliseconds() -> None:
    """Of a processor's time, the best of forty: others may run beside it."""
    counts = Counts()
    counts.kinds.expect(pages.named(f"rule number {number}" for number in range(1000)))
    registry, best = pages.agent(counts), 1.0
    for _ in range(40):
        began = time.thread_time()
        text = generate_latest(registry)
        best = min(best, time.thread_time() - began)
    assert len(list(rows(text, "lanner_alerts_total"))) == 1000
    assert best < PAGE_S


def test_a_hostile_name_is_one_label_of_one_row() -> None:
    counts = Counts()
    counts.kinds.expect(pages.named([HOSTILE]))
    for rule in pages.named([HOSTILE]):
        counts.kinds.add(rule)
    text = generate_latest(pages.agent(counts))
    ((labels, value),) = rows(text, "lanner_alerts_total")
    assert (value, len(labels["rule"])) == (1.0, page.LENGTH)
    assert labels["rule"].startswith('a"b\\c\\n# HELP')
    assert labels["rule"].isprintable()
    assert list(rows(text, "lanner_rules")) == [({}, 0.0)]


def test_whoever_renames_a_rule_all_day_is_one_row_in_the_end() -> None:
    counts = Counts()
    for (rule,) in zip(pages.named(f"name {number}" for number in range(RULES + 50)), strict=True):
        counts.kinds.add(rule)
    assert len(counts.kinds.counts) == RULES + 1
    assert {kind.rule: number for kind, number in counts.kinds.counts.items()}[OTHER] == 50


def test_a_namespace_takes_no_names_of_the_clusters() -> None:
    owned = made.cluster_rule("x")
    counts = Counts()
    tenants = pages.owned((f"mine {number}" for number in range(500)), owned, namespace="shop")
    counts.kinds.expect(tenants)
    counts.kinds.expect([*tenants, *pages.named(["theirs"])])
    assert "theirs" in {kind.rule for kind in counts.kinds.counts}
    assert len(counts.kinds.counts) == RULES_OF_ONE + 2


def test_many_namespaces_take_no_names_of_the_clusters() -> None:
    """Rules that had an alert keep their row when they are gone."""
    owned, counts = made.cluster_rule("x"), Counts()
    for number in range(RULES_OF_NAMESPACES // RULES_OF_ONE + 10):
        for rule in pages.owned(map(str, range(RULES_OF_ONE)), owned, namespace=f"ns{number}"):
            counts.kinds.add(rule)
    counts.kinds.expect(pages.named(str(number) for number in range(RULES)))
    assert Counter(kind.namespace == "" for kind in counts.kinds.counts)[True] == RULES
    assert len(counts.kinds.counts) == RULES + RULES_OF_NAMESPACES + 1


def test_a_rule_of_a_namespace_passes_for_none_of_the_clusters() -> None:
    counts = Counts()
    counts.kinds.expect(pages.named(["Sensitive file read"]))
    for rule in pages.owned(["Sensitive file read"], made.cluster_rule("x"), namespace="shop"):
        counts.kinds.add(rule)
    text = generate_latest(pages.agent(counts))
    values = {labels["rule_namespace"]: value for labels, value in rows(text, "lanner_alerts_total")}
    assert values == {"": 0, "shop": 1}


def test_alerts_that_were_told_in_another_one_are_counted_by_rule() -> None:
    counts = Counts()
    counts.together.add(*pages.named(["Read"]), number=3)
    (row,) = readings.together(Sources(counts=counts))
    assert (row[0][0], row[1]) == ("Read", 3)


def test_rules_without_an_alert_leave_when_others_come() -> None:
    counts = Counts()
    counts.kinds.expect(pages.named(["first", "second"]))
    for rule in pages.named(["second"]):
        counts.kinds.add(rule)
    counts.kinds.expect(pages.named(["third"]))
    assert {kind.rule: number for kind, number in counts.kinds.counts.items()} == {"second": 1, "third": 0}


def test_a_family_that_cannot_be_read_is_counted_and_leaves_the_others() -> None:
    sources = Sources(sifted=lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    registry = Page(FAMILIES, sources).registry()
    text = generate_latest(registry)
    assert next(rows(text, page.UNREADABLE)) == ({"metric": "lanner_events_seen_total"}, 1.0)
    assert list(rows(text, "lanner_rules")) == [({}, 0.0)]


def test_events_that_were_shown_to_rules_are_told_by_type_at_zero_too() -> None:
    """Prometheus sees no rise of a counter that begins above 0."""
    text = generate_latest(pages.agent(Counts(evaluated=Counter(connect=3))))
    found = {labels["event_type"]: value for labels, value in rows(text, "lanner_events_evaluated_total")}
    assert found == {"openat": 0, "connect": 3}


def test_a_histogram_counts_a_value_on_its_bound_with_those_below() -> None:
    seen = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 7.0):
        seen.observe(value)
    assert (seen.up_to(), seen.total) == ([2, 3, 4], 10.0)


def test_an_alert_is_timed_from_its_event_on() -> None:
    counts = Counts()
    counts.timing.alerted(time.time_ns() - 30_000_000)  # 30 ms
    counts.timing.alerted(time.time_ns() + 10**12)  # the clock was put back
    text = generate_latest(pages.agent(counts))
    up_to = {labels["le"]: value for labels, value in rows(text, "lanner_alert_delay_seconds_bucket")}
    assert (up_to["0.025"], up_to["+Inf"]) == (1, 2)


def test_an_operator_tells_of_objects_and_nodes() -> None:
    text = generate_latest(pages.operator(pages.reconciled()))
    nodes = {labels["state"]: value for labels, value in rows(text, "lanner_operator_nodes")}
    assert nodes == {"desired": 3, "loaded": 1, "failed": 0, "pending": 1, "silent": 1}
    objects = {
        (labels["accepted"], labels["programmed"]): value
        for labels, value in rows(text, "lanner_operator_rule_objects")
        if value
    }
    assert objects == {("True", "Unknown"): 1, ("False", "False"): 1}
    ((_, waits),) = rows(text, "lanner_operator_unprogrammed_seconds")
    assert waits > 0


def test_no_metric_is_in_both_tables_with_other_words() -> None:
    """What both programs have is one family to Prometheus."""
    agent = {one.name: one for one in FAMILIES}
    for one in operator_metrics.FAMILIES:
        if one.name in agent:
            assert one.kind == agent[one.name].kind
            assert set(one.labels) <= set(agent[one.name].labels)
