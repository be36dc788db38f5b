# SPDX-License-Identifier: Apache-2.0
"""Index and shards that are edited or deleted by hand are made again at once, and never with a lower
number.
"""

from __future__ import annotations

import contextlib

import pytest

from tests.operator.whole.scene import INDEX, MAPS, Scene, eventually
from tests.operator.whole.server import RefusedError


@pytest.fixture
def published(scene: Scene) -> Scene:
    scene.rule("shells")
    eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle())
    return scene


def restored(scene: Scene) -> bool:
    return list(scene.bundle()) == ["ClusterFalcoRule/shells"]


def test_a_deleted_index_comes_back_with_the_next_number(published: Scene) -> None:
    before = published.index()
    published.server.delete(INDEX)
    eventually(lambda: restored(published))
    assert published.index()["revision"] == before["revision"] + 1
    assert published.index()["bundleSha256"] == before["bundleSha256"]


@pytest.mark.parametrize("text", ["", "{", '{"format": 1, "revision": -1}'])
def test_an_index_that_is_no_index_is_replaced(published: Scene, text: str) -> None:
    before = published.index()
    published.server.patch(INDEX, {"data": {"index.json": text}})
    eventually(lambda: published.index()["revision"] > before["revision"])
    assert restored(published)


def test_an_index_that_names_other_rules_is_replaced(published: Scene) -> None:
    before = published.server.get(INDEX)["data"]
    published.rule("shells", "evt.type = open")
    eventually(lambda: published.bundle()["ClusterFalcoRule/shells"]["generation"] == 2)
    revision = published.index()["revision"]
    published.server.patch(INDEX, {"data": before})
    eventually(lambda: published.index()["revision"] == revision + 1)
    assert published.bundle()["ClusterFalcoRule/shells"]["generation"] == 2


def test_an_index_without_its_labels_gets_them_back(published: Scene) -> None:
    before = published.index()
    labels = {"app.kubernetes.io/component": None, "app.kubernetes.io/instance": None}
    published.server.patch(INDEX, {"metadata": {"labels": labels}})
    eventually(lambda: published.server.get(INDEX)["metadata"].get("labels"))
    assert published.index()["bundleSha256"] == before["bundleSha256"]


def test_a_deleted_shard_comes_back_under_the_same_index(published: Scene) -> None:
    before = published.index()
    published.server.delete(f"{MAPS}/{before['shards'][0]['name']}")
    eventually(lambda: published.server.get(f"{MAPS}/{before['shards'][0]['name']}"))
    assert restored(published)
    assert published.index() == before


def test_a_shard_with_other_content_is_replaced(published: Scene) -> None:
    name = published.index()["shards"][0]["name"]
    there = published.server.get(f"{MAPS}/{name}")
    published.server.delete(f"{MAPS}/{name}")
    meta = {"name": name, "labels": there["metadata"]["labels"]}
    with contextlib.suppress(RefusedError):  # when the operator was quicker, which is as good
        published.server.create(MAPS, {"metadata": meta, "data": {"bundle.json": '{"objects":[]}'}})
    eventually(lambda: published.server.get(f"{MAPS}/{name}")["data"] == there["data"])


def test_bundles_of_long_ago_are_cleared_away(published: Scene) -> None:
    for number in range(5):
        revision = published.index()["revision"]
        published.rule("shells", f"evt.type = open and fd.name = /{number}")
        eventually(lambda: published.index()["revision"] > revision)  # noqa: B023  used in this turn only
    eventually(lambda: len(shards(published)) == 3)
    assert published.index()["shards"][0]["name"] in shards(published)


def shards(scene: Scene) -> list[str]:
    names = [one["metadata"]["name"] for one in scene.server.items(MAPS)]
    return [name for name in names if name.startswith("lanner-rules-")]
