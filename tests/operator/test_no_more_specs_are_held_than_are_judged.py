# SPDX-License-Identifier: Apache-2.0
"""However many rule objects there are and however large: specs are held up to what is judged, and one that
comes to be judged is listed anew.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import tracemalloc
from collections.abc import Iterable
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.objects.limits import ALL_NAMESPACES, DEFAULT, NAMESPACE
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_operator.reconcile import rule_objects
from lanner_operator.reconcile.judgement import Judge, Judgement
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.packed import Outline, Packed
from lanner_operator.reconcile.specs import Specs
from tests.operator.made import HERE

pytestmark = pytest.mark.timeout(60)

WIDE = 90 << 10  # characters of a spec's content
FITTING = 5  # of these, into a namespace


def written(number: int, namespace: str = "a", size: int = WIDE, generation: int = 1) -> dict[str, Any]:
    """An object whose spec cannot be compressed well, as the API server has it."""
    name = f"o{number:04}"
    drawn = random.Random(number).randbytes(size // 2).hex()  # noqa: S311  nothing secret
    lines = [f"# {drawn[at : at + 98]}" for at in range(0, len(drawn), 98)]
    rules = f"- macro: m{number}\n  condition: evt.type = open"
    made = {"mode": "Active", "loadOrder": number, "content": "\n".join((*lines, rules))}
    meta = {"name": name, "namespace": namespace, "uid": f"u-{namespace}-{name}", "generation": generation}
    return {"metadata": meta, "spec": made}


class Server:
    """Lists objects by their name."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.listed: list[str] = []

    async def request(self, method: str, path: str, *, query: dict[str, str], **_: Any) -> dict[str, Any]:
        assert method == "GET"
        assert path == "/apis/lanner.dev/v1alpha1/namespaces/a/falcorules"
        name = query["fieldSelector"].removeprefix("metadata.name=")
        self.listed.append(name)
        return {"items": [self.items[name]] if name in self.items else []}


class Scene:
    """What the operator does with objects that a watch tells of."""

    def __init__(self) -> None:
        self.server = Server()
        self.specs = Specs(cast(Api, self.server))
        self.judges = Judges()
        self.judge = Judge(HERE.index, DEFAULT, self.judges, slice_s=60.0)

    def told(self, items: Iterable[dict[str, Any]]) -> list[RuleObject]:
        return [self.specs.take(rule_objects.read(NAMESPACED_RULE, one).object) for one in items]

    async def filled(self, objects: list[RuleObject]) -> tuple[RuleObject, ...]:
        return await self.specs.filled(objects, self.judge.read(objects))

    async def judged(self, objects: list[RuleObject]) -> Judgement:
        try:
            return await self.judge.judge(await self.filled(objects), {})
        finally:
            await self.judges.close()


def held(objects: Iterable[RuleObject]) -> list[int]:
    return [int(one.name[1:]) for one in objects if isinstance(one.spec, Packed)]


def test_of_a_flood_of_large_objects_no_more_is_held_than_a_namespace_may_hold() -> None:
    scene = Scene()
    tracemalloc.start()
    objects = scene.told(written(number) for number in range(40))
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert scene.specs.bytes <= NAMESPACE.characters
    assert kept <= NAMESPACE.characters + len(objects) * 4_096
    assert all(isinstance(one.spec, Outline) for one in objects)
    assert held(asyncio.run(scene.filled(objects))) == list(range(FITTING))
    assert not scene.server.listed


def test_what_all_namespaces_hold_has_a_bound_too() -> None:
    scene = Scene()
    number = ALL_NAMESPACES // NAMESPACE.characters + 8
    scene.told(written(0, f"n{one}", NAMESPACE.characters * 9 // 10) for one in range(number))
    assert ALL_NAMESPACES * 0.4 < scene.specs.bytes <= ALL_NAMESPACES


def test_what_is_not_held_is_refused_with_a_figure() -> None:
    scene = Scene()
    found = asyncio.run(scene.judged(scene.told(written(number) for number in range(FITTING + 1))))
    verdicts = [one.reason for one in found.checked.verdicts.values()]
    assert verdicts[-1] == "TooLarge"
    assert "TooLarge" not in verdicts[:-1]
    (why,) = found.checked.verdicts[f"FalcoRule/a/o{FITTING:04}"].diagnostics
    assert "may hold 512 KiB in 200 objects" in why.message


def test_who_comes_first_is_listed_anew_and_who_has_no_room_any_more_is_let_go() -> None:
    scene = Scene()
    late_ones = scene.told(written(number) for number in range(FITTING, 2 * FITTING))
    first = [written(number) for number in range(FITTING)]
    scene.server.items = {one["metadata"]["name"]: one for one in first}
    objects = [*late_ones, *scene.told(first)]

    async def run() -> None:
        filled = await scene.filled(objects)
        assert held(filled) == list(range(FITTING))
        assert sorted(scene.server.listed) == [one["metadata"]["name"] for one in first]
        assert [one.spec for one in filled if isinstance(one.spec, Packed)] == [one["spec"] for one in first]
        await scene.filled(objects)
        assert len(scene.server.listed) == FITTING, "once"

    asyncio.run(run())


def test_one_that_changed_before_it_was_listed_makes_its_namespace_wait() -> None:
    scene = Scene()
    large = scene.told(written(number) for number in range(1, FITTING + 1))
    (first,) = scene.told([written(0)])
    (other,) = scene.told([written(0, "b", 1_000)])
    scene.server.items["o0000"] = written(0, generation=2)
    found = asyncio.run(scene.judged([first, *large, other]))
    assert found.waiting
    assert list(found.checked.verdicts) == ["FalcoRule/b/o0000"]


def test_a_listing_that_fails_is_the_rounds_failure() -> None:
    scene = Scene()

    async def refuse(*_: Any, **__: Any) -> None:
        raise ApiError(403, "Forbidden", "no")

    scene.server.request = refuse  # type: ignore[assignment, method-assign]
    objects = scene.told(written(number) for number in reversed(range(FITTING + 1)))
    with pytest.raises(ApiError, match="Forbidden"):
        asyncio.run(scene.filled(objects))


def test_a_spec_is_packed_once_whatever_else_changes() -> None:
    scene = Scene()
    (one,), (again,) = scene.told([written(0)]), scene.told([{**written(0), "status": {"a": 1}}])
    assert again.spec is one.spec
    (edited,) = scene.told([written(0, size=1_000, generation=2)])
    assert scene.specs.bytes < 4_096, "one version of an object"
    assert json.dumps(dict(edited.spec)) == '{"mode": "Active", "loadOrder": 0}'
