# SPDX-License-Identifier: Apache-2.0
"""Every way a bundle can be wrong gives one reason and one sentence, and no object of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from typing import Any

import pytest

from lanner_engine.bundle import index, shards
from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.index import Index, ShardEntry
from lanner_engine.bundle.shards import assemble, cut
from tests.engine.bundle.objects import contents_of, index_of, rule_object

MADE = cut([rule_object("a")], "p")
GOOD = index_of(MADE)


def refused(made: Index, contents: dict[str, bytes]) -> tuple[str, str]:
    with pytest.raises(BundleError) as caught:
        assemble(made, contents)
    return caught.value.reason, caught.value.message


def unparsed(text: str) -> tuple[str, str]:
    with pytest.raises(BundleError) as caught:
        index.parse(text)
    return caught.value.reason, caught.value.message


def around(content: bytes, gz: bool = False) -> tuple[Index, dict[str, bytes]]:
    """An index with right hashes around any content."""
    plain = gzip.decompress(content) if gz and content[:2] == b"\x1f\x8b" else content
    digest = hashlib.sha256(content).hexdigest()
    entry = ShardEntry(name="s", sha256=digest, bytes=len(content), gz=gz)
    whole = hashlib.sha256(plain).hexdigest()
    made = Index(revision=1, engine="0.1.0", created="", bundleSha256=whole, shards=(entry,))
    return made, {"s": content}


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(GOOD.text()), **fields})


def test_a_missing_shard() -> None:
    assert refused(GOOD, {}) == ("ShardMissing", f"there is no shard {MADE.shards[0].name}")


def test_an_edited_shard() -> None:
    name, content = next(iter(contents_of(MADE).items()))
    edited = content.replace(b"ClusterFalcoRule", b"ClusterFalcoRulf")
    wanted = ("HashMismatch", f"the content of shard {name} is not what the index names")
    assert refused(GOOD, {name: edited}) == wanted
    assert refused(GOOD, {name: content + b" "}) == wanted


def test_shards_of_another_bundle() -> None:
    other = index_of(cut([rule_object("b")], "p"))
    mixed = other.model_copy(update={"shards": GOOD.shards})
    assert refused(mixed, contents_of(MADE))[0] == "HashMismatch"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"objects": 3}',
        b'{"objects": [3]}',
        b'{"objects": [{"kind": "FalcoRule"}]}',
        b"\xff",
    ],
)
def test_content_that_is_no_bundle(content: bytes) -> None:
    assert refused(*around(content))[0] == "ShardInvalid"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "Pod"},
        {"kind": "FalcoRule"},
        {"namespace": "a"},
        {"generation": True},
        {"generation": "1"},
        {"spec": []},
        {"name": None},
        {"extra": 1},
    ],
    ids=str,
)
def test_objects_of_another_shape(fields: dict[str, object]) -> None:
    good = {"kind": "ClusterFalcoRule", "namespace": "", "name": "a", "uid": "u", "generation": 1, "spec": {}}
    content = json.dumps({"objects": [{**good, **fields}]}).encode()
    assert refused(*around(content))[0] == "ShardInvalid"


def test_deep_nesting_is_refused_in_time() -> None:
    assert refused(*around(b"[" * 500_000))[0] == "ShardInvalid"
    assert unparsed("[" * 50_000)[0] == "IndexInvalid"


def test_a_bomb_is_not_unpacked() -> None:
    packed = gzip.compress(b" " * (shards.MAX_UNPACKED + (64 << 20)), mtime=0)
    entry = ShardEntry(name="s", sha256=hashlib.sha256(packed).hexdigest(), bytes=len(packed), gz=True)
    made = GOOD.model_copy(update={"shards": (entry,)})
    began = time.monotonic()
    assert refused(made, {"s": packed})[0] == "TooLarge"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9], b""])
def test_packed_shards_that_are_none(content: bytes) -> None:
    made, contents = around(b"")
    entry = ShardEntry(name="s", sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), gz=True)
    assert (
        refused(made.model_copy(update={"shards": (entry,)}), {**contents, "s": content})[0] == "ShardInvalid"
    )


def test_half_packed_shards() -> None:
    plain = GOOD.shards[0]
    mixed = GOOD.model_copy(update={"shards": (plain, plain.model_copy(update={"gz": True}))})
    assert refused(mixed, contents_of(MADE)) == ("IndexInvalid", "some shards are packed and some are not")


def test_more_than_an_agent_holds_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(BundleError) as caught:
        cut([rule_object(str(number), "x" * 100_000) for number in range(40)], "p")
    assert caught.value.reason == "TooLarge"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        changed(format="1"),
        changed(format=0),
        changed(revision=-1),
        changed(revision=1.5),
        changed(bundleSha256="x"),
        changed(shards=[]),
        changed(shards=[{"name": "../etc", "sha256": "0" * 64, "bytes": 1, "gz": False}]),
        changed(shards=[{"name": "a", "sha256": "0" * 64, "bytes": 1 << 40, "gz": False}]),
        changed(shards=[{"name": "a", "sha256": "0" * 64, "bytes": 1, "gz": False}] * 65),
        changed(engine="new"),
        changed(more=1),
        " " * (index.MAX_INDEX + 1),
    ],
)
def test_an_index_that_is_none(text: str) -> None:
    assert unparsed(text)[0] == "IndexInvalid"


def test_an_index_says_what_is_wrong_with_it() -> None:
    reason, message = unparsed(changed(shards=[{"name": "a", "sha256": "0" * 64, "bytes": -1, "gz": False}]))
    assert (reason, message) == (
        "IndexInvalid",
        "the index's shards.0.bytes: Input should be greater than or equal to 0",
    )


def test_a_newer_bundle_asks_for_a_newer_agent() -> None:
    wanted = ("EngineTooOld", "the bundle has format 2, this engine reads 1: update the agent")
    assert unparsed(changed(format=2, anything="else")) == wanted
    reason, message = unparsed(changed(engine="0.64.0"))
    assert (reason, message) == (
        "EngineTooOld",
        "the bundle asks for engine 0.64.0, this one is 0.63.0: update the agent",
    )
