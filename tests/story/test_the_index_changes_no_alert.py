# SPDX-License-Identifier: Apache-2.0
"""The stories of other files told once more, to two agents: what the one tells whose kernel holds events back
is, word for word, what the one tells that is shown them all.
"""

from __future__ import annotations

import os
import pathlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Final

import pytest

from tests.containers import runtime
from tests.story import (
    deeds,
    public_rules,
    test_default_rules_fire_in_containers,
    test_default_rules_fire_on_the_host,
    test_public_rules_see_roundabout_ways,
    test_rules_of_ones_own_see_roundabout_ways,
    test_sensitive_files_are_found_whatever_the_path,
)
from tests.story.agent import Agent
from tests.story.pairs import Pair, read_host_name, watched

pytestmark = pytest.mark.timeout(180)  # two agents start, and containers

_OWN: Final = test_rules_of_ones_own_see_roundabout_ways
_STORIES: Final = (
    test_default_rules_fire_on_the_host,
    test_sensitive_files_are_found_whatever_the_path,
    test_default_rules_fire_in_containers,
    test_public_rules_see_roundabout_ways,
    _OWN,
)
Arguments = tuple[str | os.PathLike[str], ...]
_HERE: Final = frozenset({"agent", "container_agent"})


def _told_again(story: ModuleType) -> dict[str, object]:
    """Its tests, under names of their own, and the fixtures that they ask for but for the agent."""
    _, _, short = story.__name__.rpartition(".test_")
    wanted = {f"{name}_in_{short}": one for name, one in vars(story).items() if name.startswith("test_")}
    fixtures = {name: one for name, one in vars(story).items() if hasattr(one, "_fixture_function")}
    return {**fixtures, **wanted}


for _story in _STORIES:
    globals().update({name: one for name, one in _told_again(_story).items() if name not in _HERE})


class Pairs:
    """The pair that a story is told to; the one before has ended by then."""

    def __init__(self, runtime_socket: pathlib.Path, own: pathlib.Path) -> None:
        self._runtime_socket, self._own = runtime_socket, own
        self._open = ExitStack()
        self._now: tuple[Arguments, Pair] | None = None

    def of(self, story: str) -> Pair:
        arguments, settle = self._asked(story)
        if self._now is None or self._now[0] != arguments:
            self.close()
            self._now = arguments, self._open.enter_context(watched(settle, arguments))
        return self._now[1]

    def _asked(self, story: str) -> tuple[Arguments, Callable[[str], None]]:
        if story == _OWN.__name__:
            return ("--rules", self._own), read_host_name
        if story == test_public_rules_see_roundabout_ways.__name__:
            return ("--rules", public_rules.path(), "--match", "all"), deeds.read_absolute
        if story == test_default_rules_fire_in_containers.__name__:
            return ("--cri-socket", self._runtime_socket), deeds.read_absolute
        return (), deeds.read_absolute

    def close(self) -> None:
        self._now = None
        self._open.close()


@pytest.fixture(scope="module")
def pairs(containerd: runtime.Containerd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    own = tmp_path_factory.mktemp("rules") / "own.yaml"
    conditions = {**_OWN.RULES, "settled": "evt.type = openat and fd.name = /etc/hostname"}
    own.write_text("".join(_OWN.RULE.format(name=name, condition=one) for name, one in conditions.items()))
    found = Pairs(containerd.socket, own)
    yield found
    found.close()


@pytest.fixture
def pair(request: pytest.FixtureRequest, pairs: Pairs) -> Pair:
    return pairs.of(request.function.__module__)


@pytest.fixture
def agent(pair: Pair) -> Agent:
    return pair.indexed


@pytest.fixture
def container_agent(pair: Pair) -> Agent:
    return pair.indexed


@pytest.fixture(autouse=True)
def _both_tell_the_same(pair: Pair) -> Iterator[None]:
    pair.news()
    yield
    indexed, whole = map(Counter, pair.news())
    assert indexed == whole
