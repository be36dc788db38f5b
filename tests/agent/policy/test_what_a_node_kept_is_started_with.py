# SPDX-License-Identifier: Apache-2.0
"""The bundles a node kept: which one a start takes, whatever is wrong with them, whenever a kill comes."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
from typing import Any
from unittest.mock import AsyncMock

import pytest

from lanner_agent.apiserver.node_labels import Labels, NodeLabels
from lanner_agent.policy.bundle import download, loaded
from lanner_agent.policy.bundle.bundle_watch import BundleWatch, Place
from lanner_agent.policy.bundle.cache import Cache, Kept
from lanner_agent.policy.bundle.cache_keeper import PROVEN, CacheKeeper
from lanner_agent.policy.bundle.in_force import InForce
from lanner_agent.policy.bundle.loaded import Loaded
from lanner_agent.policy.bundle.trials import Trials
from tests.agent.policy.test_nodes_skip_what_is_for_others import GPU, made, on
from tests.agent.policy.test_rules_in_force_are_told_truly import bundle, told

OWNER = "lanner/lanner-rules of x"


def kept(found: Loaded) -> Kept:
    return Kept(found.index_text, found.contents)


def sha256(found: Loaded) -> str:
    assert found.index is not None
    return found.index.bundleSha256


class Node:
    """One agent after the other in one directory."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.cache = Cache(folder, OWNER)
        self.said: list[str] = []

    def start(self) -> tuple[CacheKeeper, InForce, Trials]:
        trials = Trials(self.cache.directory, OWNER, self.said.append)
        rules = InForce("lanner/lanner-rules", self.said.append)
        return CacheKeeper(self.cache, trials, rules, self.said.append, proven_s=0.0), rules, trials


@pytest.fixture
def node(tmp_path: pathlib.Path) -> Node:
    return Node(tmp_path)


def run(keeper: CacheKeeper) -> None:
    """For a moment."""

    async def moment() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(keeper.run(), 0.5)

    asyncio.run(moment())


def test_an_engine_that_fails_at_it_ends_no_start(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.cache.write(kept(bundle(1)))
    Cache(node.cache.directory, OWNER, PROVEN).write(kept(bundle(1)))

    def broken(*_: Any) -> Loaded:
        raise KeyError("rule")

    monkeypatch.setattr(loaded, "from_bundle", broken)
    keeper, _, _ = node.start()
    assert keeper.read() is None
    assert node.said == ["the rules kept on this node are not used: internal error: KeyError: 'rule'"] * 2
    assert node.start()[2].killer == "", "it killed nobody"


def test_a_kill_while_a_bundle_becomes_the_proven_one_leaves_it(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = bundle(1)
    keeper, rules, trials = node.start()
    trials.begin(sha256(found))
    rules.first(found, 0.0)
    write = Cache.write

    def killed(cache: Cache, what: Kept) -> None:
        write(cache, what)
        if cache.file == PROVEN:
            monkeypatch.setattr(Trials, "_write", lambda _: None)  # nothing comes to the disk any more

    monkeypatch.setattr(Cache, "write", killed)
    run(keeper)
    monkeypatch.undo()
    again, _, _ = node.start()
    started = again.read()
    assert started is not None
    assert started.index_text == found.index_text


def test_what_never_ran_is_off_trial(node: Node) -> None:
    keeper, rules, trials = node.start()
    rules.first(bundle(1), 0.0)
    second = bundle(2, "S")
    trials.begin(sha256(second))
    rules.offer(second)
    rules.knows(bundle(1).index_text)
    run(keeper)
    assert node.start()[2].killer == ""


def load(found: Loaded, rules: InForce, trials: Trials, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the cluster has it, on a node whose labels can be asked for."""
    monkeypatch.setattr(download, "shards", AsyncMock(return_value=found.contents))
    labels = NodeLabels(AsyncMock(), "n", print)

    async def ask() -> Labels | None:
        labels.known = {b"gpu": b"no"}
        return labels.known

    monkeypatch.setattr(labels, "ask", ask)
    place = Place("lanner", "lanner-rules")
    watch = BundleWatch(AsyncMock(), place, rules, print, AsyncMock(), trials, labels)
    asyncio.run(watch._load(found.index_text))


def test_a_bundle_that_ran_without_the_rules_for_other_nodes_is_on_trial_with_them(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = on({b"gpu": b"no"}, made("everywhere"), made("gpu", nodeSelector=GPU))
    keeper, rules, trials = node.start()
    rules.first(None, 0.0)
    trials.begin(chosen.trial)
    rules.offer(chosen)
    rules.take()
    rules.confirm()
    run(keeper)

    keeper, _, trials = node.start()
    assert trials.killer == ""
    whole = keeper.read()  # labels are not known yet, and the rules for other nodes kill the agent
    assert whole is not None
    assert not whole.skipped

    keeper, rules, trials = node.start()
    assert trials.killer == sha256(chosen)
    assert keeper.read() is None
    rules.first(None, 0.0)
    load(chosen, rules, trials, monkeypatch)
    taken = rules.take()
    assert taken is not None
    assert [rule.name for rule in taken.program.rules] == ["everywhere"]
    assert node.start()[2].killer == "", "that one has run"


def test_a_bundle_that_chooses_no_nodes_is_the_same_for_all_labels() -> None:
    plain = on({b"gpu": b"no"}, made("everywhere"))
    assert plain.trial == on(None, made("everywhere")).trial == sha256(plain)


def test_one_that_chooses_no_nodes_is_not_loaded_again_either(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = on(None, made("everywhere"))
    node.start()[2].begin(killer.trial)
    for _ in range(2):
        _, rules, trials = node.start()
        rules.first(None, 0.0)
        load(killer, rules, trials, monkeypatch)
        assert rules.take() is None
        assert "was killed within a minute of bundle" in told(rules)[1]
    assert trials.killed(killer.trial)
