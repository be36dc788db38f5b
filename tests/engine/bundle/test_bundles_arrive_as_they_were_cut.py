# SPDX-License-Identifier: Apache-2.0
"""Rule objects -> shards and index -> the same rule objects; the same objects give the same bytes."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from lanner_engine.bundle import index, shards
from lanner_engine.bundle.shards import MAX_PLAIN, PIECE, assemble, cut
from lanner_engine.resources.rule_object import RuleObject
from tests.engine.bundle.objects import contents_of, index_of, rule_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(
    st.builds(
        rule_object, st.text(min_size=1), st.text(), st.sampled_from(["", "shop"]), st.integers(0, 2**60)
    ),
    max_size=4,
)


def noise(size: int, seed: int) -> str:
    """Text that does not pack well."""
    return hashlib.shake_128(str(seed).encode()).hexdigest(size // 2)


def same(one: RuleObject, other: RuleObject) -> bool:
    return one == other and one.spec == other.spec


@given(OBJECTS, st.dictionaries(st.text(), JSON, max_size=3))
def test_every_object_comes_back(objects: list[RuleObject], spec: dict[str, object]) -> None:
    objects.append(RuleObject("FalcoRule", "a", "n", "u", 7, spec))
    made = cut(objects, "lanner-rules")
    back = assemble(index.parse(index_of(made).text()), contents_of(made))
    assert len(back) == len(objects)
    assert all(map(same, objects, back))


def test_a_small_bundle_is_one_readable_shard() -> None:
    made = cut([rule_object("a", "x"), rule_object("b", "y", "shop")], "lanner-rules")
    (shard,) = made.shards
    assert (shard.name, shard.gz) == (f"lanner-rules-{made.sha256[:12]}-0", False)
    assert shard.content.decode().splitlines() == [
        '{"objects":[',
        '{"generation":1,"kind":"ClusterFalcoRule","name":"a","namespace":"","spec":{"content":"x"},"uid":"uid-a"},',
        '{"generation":1,"kind":"FalcoRule","name":"b","namespace":"shop","spec":{"content":"y"},"uid":"uid-b"}',
        "]}",
    ]
    assert json.loads(shard.content)["objects"][0]["name"] == "a"


def test_an_empty_bundle_is_a_bundle() -> None:
    made = cut([], "p")
    assert assemble(index_of(made), contents_of(made)) == ()


def test_a_large_bundle_is_packed_and_cut() -> None:
    objects = [rule_object(f"r{number}", noise(400_000, number)) for number in range(8)]
    made = cut(objects, "lanner-rules")
    assert [shard.gz for shard in made.shards] == [True] * len(made.shards)
    assert len(made.shards) > 2
    assert all(shard.size == len(shard.content) <= PIECE for shard in made.shards)
    assert [one.name for one in assemble(index_of(made), contents_of(made))] == [one.name for one in objects]


def test_the_border_between_plain_and_packed_is_the_size_of_the_whole() -> None:
    room = MAX_PLAIN - len(cut([rule_object("a")], "p").shards[0].content)
    assert not cut([rule_object("a", "x" * (room - 1))], "p").shards[0].gz
    assert cut([rule_object("a", "x" * room)], "p").shards[0].gz


def test_the_same_objects_make_the_same_bytes() -> None:
    large = [rule_object("a", noise(700_000, 1))]
    assert cut(large, "p") == cut(list(large), "p")
    one = RuleObject("FalcoRule", "n", "a", "u", 1, {"b": 1, "a": {"d": 1, "c": 2}})
    other = RuleObject("FalcoRule", "n", "a", "u", 1, {"a": {"c": 2, "d": 1}, "b": 1})
    assert cut([one], "p").sha256 == cut([other], "p").sha256


def test_order_generation_and_uid_make_another_bundle() -> None:
    a, b = rule_object("a"), rule_object("b")
    changed = [
        [b, a],
        [rule_object("a", generation=2), b],
        [RuleObject(a.kind, "", "a", "new", 1, a.spec), b],
    ]
    assert len({cut(objects, "p").sha256 for objects in [[a, b], *changed]}) == 4


def test_an_index_says_which_bundle_it_is() -> None:
    made = index_of(cut([], "p"))
    assert made.name == f"r000123-{made.bundleSha256[:8]}"
    assert index.parse(made.text()) == made
    assert made.text() == index.parse(made.text()).text()


def test_the_largest_bundle_fits_the_index() -> None:
    assert shards.MAX_UNPACKED / PIECE < index.MAX_SHARDS
