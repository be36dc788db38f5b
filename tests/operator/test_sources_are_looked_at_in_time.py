# SPDX-License-Identifier: Apache-2.0
"""What the operator follows of rule objects, and what it says of each."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from lanner_apiserver.client import Api
from lanner_engine.resources import rule_source
from lanner_engine.resources.origin import Origin
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject
from lanner_operator.installation import Installation
from lanner_operator.sources import follower as following
from lanner_operator.sources.follower import Follower
from lanner_operator.sources.followers import Followers
from lanner_operator.status import source_status
from lanner_operator.status.source_status import Standing
from lanner_sources import fetching
from lanner_sources.archive import File
from lanner_sources.errors import SourceError
from lanner_sources.fetching import Fetched

PINNED = "a.b/rules@sha256:" + "0" * 64
ONE = Origin("oci://a.b/rules", "sha256:1", "1.0.0")
NOW = "2026-01-01T00:00:00Z"


def followed(name: str = "x", generation: int = 1, **source: Any) -> RuleObject:
    spec = {"mode": "Active", "source": {"oci": PINNED, "interval": "1h", **source}}
    return RuleObject(CLUSTER_RULE, "", name, f"uid-{name}", generation, spec)


class Source:
    """Answers what it is told to; counts how often it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[Fetched | SourceError | None] = []
        self.asked = asyncio.Event()
        monkeypatch.setattr(fetching, "fetch", self._fetch)

    async def _fetch(self, *_: object) -> Fetched | None:
        answer = self.answers.pop(0)
        self.asked.set()
        if isinstance(answer, SourceError):
            raise answer
        return answer


def follower(counts: Counter[str], changed: asyncio.Event) -> Follower:
    api: Api = object()  # type: ignore[assignment]  # no pull secret is asked for
    return Follower(api, Installation("lanner", "lanner"), (), changed.set, counts, lambda _: None)


def test_what_came_is_held_until_it_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        source, counts, changed = Source(monkeypatch), Counter[str](), asyncio.Event()
        source.answers = [Fetched(ONE, (File("a", "A\n"), File("b", "B\n")))]
        follow = follower(counts, changed)
        filling = Followers(follow, lambda one: one)
        assert filling.filled([followed()], {}).without == {"uid-x"}, "nothing came yet"
        task = asyncio.create_task(follow.run())
        await asyncio.wait_for(changed.wait(), 10)
        task.cancel()
        (whole,) = filling.filled([followed()], {}).objects
        assert (whole.spec, whole.origin) == ({"mode": "Active", "content": "A\n---\nB\n"}, ONE)
        assert whole.version == ("uid-x", 1, "sha256:1")
        (again,) = filling.filled([followed()], {"uid-x": whole}).objects
        assert (again, follow.came("uid-x"), counts) == (whole, None, Counter(taken=1))

    asyncio.run(scenario())


def test_a_source_that_is_away_leaves_what_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        source, counts, changed = Source(monkeypatch), Counter[str](), asyncio.Event()
        source.answers = [SourceError("Unreachable", "a.b cannot be asked", "try")]
        follow = follower(counts, changed)
        filling = Followers(follow, lambda one: one)
        before = RuleObject(CLUSTER_RULE, "", "x", "uid-x", 1, {"content": "A"}, origin=ONE)
        task = asyncio.create_task(follow.run())
        (whole,) = filling.filled([followed(generation=2)], {"uid-x": before}).objects
        assert (whole.spec["content"], whole.generation, whole.origin) == ("A", 2, ONE)
        await asyncio.wait_for(changed.wait(), 10)
        task.cancel()
        assert counts == Counter(away=1)
        standing = follow.standing("uid-x")
        assert standing is not None
        said = source_status.told(followed(), standing, before).said
        assert (said.status, said.reason) == ("False", "Unreachable")
        assert said.message == f"oci://{PINNED}: a.b cannot be asked (try); {ONE} stays in force"

    asyncio.run(scenario())


def test_no_more_sources_are_followed_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST", 1)
    follow = follower(Counter(), asyncio.Event())
    follow.want([followed("b"), followed("a")], {})
    found = {name: follow.standing(f"uid-{name}") for name in "ab"}
    assert [one.reason for one in found.values() if one is not None] == ["Pending", "Refused"]


def test_one_that_can_never_be_asked_is_said_at_once() -> None:
    follow = follower(Counter(), asyncio.Event())
    follow.want([followed(oci="nowhere"), followed("y", oci="a.b/rules")], {})
    found = [follow.standing(f"uid-{name}") for name in "xy"]
    assert [one.reason for one in found if one is not None] == ["BadReference", "BadKey"]


def test_an_object_without_rules_waits_for_its_source() -> None:
    made = source_status.alone(followed(), Standing("oci://a.b/rules:1"), {}, NOW)
    said = {one["type"]: (one["status"], one["reason"]) for one in made["conditions"]}
    assert said == {
        "Accepted": ("Unknown", "SourceNotReady"),
        "Programmed": ("False", "NotAccepted"),
        "Ready": ("False", "SourceNotReady"),
        "Stalled": ("False", "SourceNotReady"),
        "SourceReady": ("Unknown", "Pending"),
    }


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("10m", 600), ("30s", 30), ("1h", 3600), ("1s", 5), ("99h", 86_400), ("", 600), (7, 600)],
)
def test_intervals_have_bounds(written: object, seconds: int) -> None:
    assert rule_source.seconds(written) == seconds
