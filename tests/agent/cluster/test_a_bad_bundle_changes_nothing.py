# SPDX-License-Identifier: Apache-2.0
"""Whatever is wrong with a newer bundle: the one in force stays whole, the FalcoNode says what is wrong, and
a repaired one is taken.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from lanner_engine.bundle.shards import Cut, cut
from tests.agent.cluster.installation import Installation, cluster_rule, rule, until
from tests.story.agent import Agent

Spoil = Callable[[Installation, Cut], None]
SECOND = cluster_rule("one", rule("Second"))


def edited(lanner: Installation, made: Cut) -> None:
    """Somebody wrote another rule into the shard."""
    content = made.shards[0].content.replace(b"Second", b"Secret")
    lanner.write_shard(made.shards[0], content)
    lanner.write_index(made)


def missing(lanner: Installation, made: Cut) -> None:
    lanner.write_index(made)


def malformed(lanner: Installation, made: Cut) -> None:
    lanner.write_index_text("{this is no index")


def newer(lanner: Installation, made: Cut) -> None:
    lanner.write_index_text('{"format": 7}')


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (edited, "HashMismatch"),
        (missing, "ShardMissing"),
        (malformed, "IndexInvalid"),
        (newer, "EngineTooOld"),
    ],
)
def test_the_old_rules_stay_and_the_reason_is_told(lanner: Installation, spoil: Spoil, why: str) -> None:
    first = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent() as agent:
        lanner.wait_for_bundle(first)
        until(lambda: lanner.condition("Ready").get("status") == "True")
        spoil(lanner, cut([SECOND], f"{lanner.name}-rules"))
        until(lambda: lanner.condition("RulesLoaded").get("status") == "False")
        told = lanner.condition("RulesLoaded")
        assert told["reason"] == "BundleRejected"
        assert why in told["message"]
        assert f"bundle {first.name} stays in force" in told["message"]
        assert lanner.condition("Ready")["status"] == "True"
        _sees(agent, "First")
        repaired = lanner.publish(SECOND)
        lanner.wait_for_bundle(repaired)
        assert lanner.condition("RulesLoaded")["status"] == "True"
        _sees(agent, "Second")
    assert agent.notes.text().count("rules not changed") == 1


def test_a_shard_that_comes_back_is_taken_without_a_new_index(lanner: Installation) -> None:
    first = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent():
        lanner.wait_for_bundle(first)
        made = cut([SECOND], f"{lanner.name}-rules")
        second = lanner.write_index(made)
        until(lambda: lanner.condition("RulesLoaded").get("status") == "False")
        lanner.write_shard(made.shards[0])
        lanner.wait_for_bundle(second)


def _sees(agent: Agent, name: str) -> None:
    before = len(agent.alerts.all())
    subprocess.run(["true"], check=True)
    agent.alerts.wait(f'"rule":"{name}"', after=before)
