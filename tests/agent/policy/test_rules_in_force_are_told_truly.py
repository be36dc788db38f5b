# SPDX-License-Identifier: Apache-2.0
"""What a node says of its rules: those the hot thread has confirmed, and what is wrong with newer ones."""

from __future__ import annotations

import pytest

from lanner_agent.policy.bundle import loaded
from lanner_agent.policy.bundle.in_force import NO_INDEX, REJECTED, InForce
from lanner_agent.policy.bundle.loaded import Loaded, Origin
from lanner_engine.bundle.index import Index
from lanner_engine.bundle.shards import cut
from tests.agent.cluster.installation import cluster_rule, rule


def bundle(revision: int, name: str = "R", created: str = "2026-01-01T00:00:00Z") -> Loaded:
    made = cut([cluster_rule("one", rule(name))], "lanner-rules")
    index = Index(
        revision=revision,
        engine="0.1.0",
        created=created,
        bundleSha256=made.sha256,
        shards=tuple(shard.entry for shard in made.shards),
    )
    return loaded.from_bundle(index.text(), {shard.name: shard.content for shard in made.shards})


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def rules(said: list[str]) -> InForce:
    return InForce("lanner/lanner-rules", said.append)


def told(rules: InForce) -> tuple[str, str]:
    state = rules.state()
    assert state is not None
    return state.reason, state.message


def test_the_first_rules_are_the_nodes_own_then_the_clusters_then_the_built_in(rules: InForce) -> None:
    assert rules.first(bundle(1), 0.0).rules[0].name == "R"
    fresh = InForce("x/y", lambda _: None)
    fresh.offer(bundle(2, "S"))
    assert fresh.first(None, 0.0).rules[0].name == "S"
    empty = InForce("x/y", lambda _: None)
    assert empty.first(None, 0.01) is loaded.built_in().program
    assert told(empty)[0] == Origin.DEFAULT


def test_a_bundle_counts_only_when_it_is_confirmed(rules: InForce) -> None:
    rules.first(bundle(1), 0.0)
    second = bundle(2, "S")
    rules.offer(second)
    assert "r000001" in told(rules)[1]
    taken = rules.take()
    assert taken is not None
    assert taken.program is second.program
    assert "1 added (S), 1 removed (R)" in taken.note
    assert "r000001" in told(rules)[1]
    rules.confirm()
    assert "r000002" in told(rules)[1]
    assert rules.take() is None


def test_how_long_a_bundle_took_is_told_of_those_that_were_written_meanwhile(rules: InForce) -> None:
    rules.first(None, 0.0)
    for year in ("2001", "2999"):  # our clock may be behind the operator's
        rules.offer(bundle(1, f"R{year}", f"{year}-01-01T00:00:00Z"))
        rules.take()
        rules.confirm()
    assert (rules.loaded, sum(rules.propagation.counts), rules.propagation.total) == (2, 1, 0.0)
    rules.offer(bundle(1, "R2999", "2999-01-01T00:00:00Z"))  # loaded anew, for other labels of the node
    rules.take()
    rules.confirm()
    assert sum(rules.propagation.counts) == 1


def test_what_never_ran_is_noted_as_dropped(rules: InForce) -> None:
    rules.first(bundle(1), 0.0)
    second, third = bundle(2, "S"), bundle(3, "T")
    rules.offer(second)
    rules.offer(third)
    assert list(rules.dropped) == [second.index.bundleSha256 if second.index else ""]
    assert rules.knows(bundle(1).index_text), "it is in force again before the third was taken"
    rules.offer(third)
    taken = rules.take()
    assert taken is not None
    rules.keep(taken.program, "no room")
    assert list(rules.dropped)[1:] == [third.index.bundleSha256 if third.index else ""] * 2
    rules.offer(bundle(4))
    rules.knows(bundle(1).index_text)
    assert len(rules.dropped) == 3, "the same rules are in force"


def test_a_refusal_keeps_the_old_one_and_is_said_once(rules: InForce, said: list[str]) -> None:
    rules.first(bundle(1), 0.0)
    for _ in range(3):
        rules.refuse("HashMismatch: no")
    assert told(rules)[0] == REJECTED
    assert sum("HashMismatch" in line for line in said) == 1
    assert rules.refused == 1
    rules.offer(bundle(2, "S"))
    rules.take()
    rules.confirm()
    assert told(rules)[0] == Origin.BUNDLE


def test_what_the_kernel_refuses_is_not_in_force(rules: InForce) -> None:
    first = rules.first(bundle(1), 0.0)
    rules.offer(bundle(2, "S"))
    rules.take()
    rules.keep(first, "the kernel says no")
    reason, message = told(rules)
    assert reason == REJECTED
    assert "bundle r000002" in message
    assert "the kernel says no; bundle r000001" in message


def test_a_bad_bundle_taken_back_ends_the_trouble(rules: InForce) -> None:
    rules.first(bundle(1), 0.0)
    rules.refuse("ShardMissing: no")
    assert rules.knows(bundle(1).index_text)
    assert told(rules)[0] == Origin.BUNDLE


def test_a_deleted_index_changes_nothing_and_a_new_one_is_news(rules: InForce) -> None:
    rules.first(bundle(1), 0.0)
    assert rules.knows(bundle(1).index_text)
    rules.miss_index()
    assert told(rules)[0] == NO_INDEX
    assert rules.take() is None
    assert rules.knows(bundle(1).index_text)
    assert told(rules)[0] == Origin.BUNDLE
    assert not rules.knows(bundle(2, "S").index_text)
