# SPDX-License-Identifier: Apache-2.0
"""Cut and stored -> what is written: shards that are missing, then one change of the index, or nothing."""

from __future__ import annotations

import dataclasses
import json

import pytest

from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.shards import MAX_PLAIN, Cut
from lanner_operator.bundle import stored, writing
from lanner_operator.bundle.stored import Stored
from tests.operator import made

EMPTY = stored.read([], made.HERE)
ONE, TWO = made.cut(made.cluster_rule("one")), made.cut(made.cluster_rule("one"), made.cluster_rule("two"))


def published(cut: Cut = ONE) -> Stored:
    return made.applied(writing.plan(cut, EMPTY, 0, made.AUTHOR))


def test_the_first_bundle_is_one_shard_and_an_index_that_agents_can_read() -> None:
    there = published()
    assert there.index is not None
    assert there.index.name == f"r000001-{ONE.sha256[:8]}"
    assert [one.name for one in there.objects()] == ["one"]


def test_everything_is_labelled_and_owned_so_that_it_goes_with_the_chart() -> None:
    plan = writing.plan(ONE, EMPTY, 0, made.AUTHOR)
    (shard,), index = plan.shards, plan.index
    assert index is not None
    assert shard["immutable"] is True
    assert shard["metadata"]["labels"]["lanner.dev/bundle"] == ONE.sha256[:12]
    for one in (shard, index):
        assert one["metadata"]["ownerReferences"] == [made.OWNER]
        assert one["metadata"]["labels"]["app.kubernetes.io/component"] == "bundle"


def test_the_same_rules_are_not_written_again() -> None:
    assert writing.plan(ONE, published(), 1, made.AUTHOR).nothing


def test_other_rules_get_the_next_number() -> None:
    plan = writing.plan(TWO, published(), 1, made.AUTHOR)
    assert plan.wanted.revision == 2
    assert len(plan.shards) == 1


def test_a_number_that_was_given_is_not_given_again_when_the_index_is_gone() -> None:
    there = published()
    lost = dataclasses.replace(there, index=None, index_map={})
    assert writing.plan(ONE, lost, 0, made.AUTHOR).wanted.revision == 2
    assert writing.plan(ONE, lost, 7, made.AUTHOR).wanted.revision == 8


def test_a_lowered_number_is_raised_again() -> None:
    assert writing.plan(ONE, published(), 5, made.AUTHOR).wanted.revision == 6


def test_a_deleted_shard_is_made_again_under_the_same_index() -> None:
    lost = dataclasses.replace(published(), shards={})
    plan = writing.plan(ONE, lost, 1, made.AUTHOR)
    assert [shard["metadata"]["name"] for shard in plan.shards] == [ONE.shards[0].name]
    assert plan.index is None


def test_an_edited_shard_is_replaced() -> None:
    there = published()
    (shard,) = there.shards.values()
    edited = dataclasses.replace(there, shards={shard.name: dataclasses.replace(shard, content=b"{}")})
    plan = writing.plan(ONE, edited, 1, made.AUTHOR)
    assert [one.name for one in plan.spoiled] == [shard.name]
    assert len(plan.shards) == 1


@pytest.mark.parametrize("text", ["", "no JSON", "{}", '{"format": 1}', "[" * 100_000])
def test_an_index_that_says_nothing_useful_is_replaced(text: str) -> None:
    there = published()
    spoiled = {**there.index_map, "data": {"index.json": text}}
    config_maps = [spoiled]
    found = stored.read(config_maps, made.HERE)
    assert found.index is None
    assert found.problem is not None
    assert found.problem.reason == "IndexInvalid"
    assert writing.plan(ONE, found, 1, made.AUTHOR).wanted.revision == 2


def test_labels_and_owner_that_were_taken_off_are_put_back_under_the_same_number() -> None:
    there = published()
    bare = {**there.index_map, "metadata": {"name": "lanner-rules", "labels": {}}}
    plan = writing.plan(ONE, dataclasses.replace(there, index_map=bare), 1, made.AUTHOR)
    assert plan.index is not None
    assert plan.wanted.revision == 1


def test_a_large_bundle_is_packed_into_several_config_maps() -> None:
    noise = [json.dumps([number * 7919 % 1_000_003 for number in range(start, start + 9_000)]) for start in
             range(0, 900_000, 9_000)]  # fmt: skip
    cut = made.cut(*(made.cluster_rule(f"n{at}", {"content": text}) for at, text in enumerate(noise)))
    assert sum(map(len, noise)) > MAX_PLAIN
    there = published(cut)
    assert len(there.objects()) == len(noise)
    assert all(one.sha256 == there.shards[one.name].sha256 for one in cut.shards)


def test_the_bundles_of_before_are_kept_for_agents_that_are_behind() -> None:
    there = EMPTY
    cuts = [made.cut(made.cluster_rule(f"r{number}")) for number in range(5)]
    for cut in cuts:
        there = made.applied(writing.plan(cut, there, 0, made.AUTHOR), there)
    unneeded = writing.garbage(there, writing.label(cuts[4].sha256), ())
    assert set(unneeded) == {cuts[0].shards[0].name, cuts[1].shards[0].name}


def test_what_was_in_force_lately_is_kept_however_old_its_number() -> None:
    there = EMPTY
    cuts = [made.cut(made.cluster_rule(f"r{number}")) for number in range(5)]
    for cut in cuts:
        there = made.applied(writing.plan(cut, there, 0, made.AUTHOR), there)
    recent = (writing.label(cuts[0].sha256),)
    assert cuts[0].shards[0].name not in writing.garbage(there, writing.label(cuts[4].sha256), recent)


def test_other_config_maps_of_the_namespace_are_left_alone() -> None:
    foreign = {"metadata": {"name": "lanner-rules-notes", "labels": {}}, "data": {"a": "b"}}
    other = {"metadata": {"name": "kube-root-ca.crt"}, "data": {}}
    found = stored.read([foreign, other], made.HERE)
    assert not found.shards
    with pytest.raises(BundleError):
        found.objects()
