# SPDX-License-Identifier: Apache-2.0
"""The project's own probes on the running kernel, loaded once; a test acts and asks what was seen."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.session import Session
from lanner_agent.kernel import ancestry, reads, room, tables
from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import model
from lanner_engine.fields.tables.event_names import HOT
from tests.kernel import exactness, scope
from tests.kernel.answers import Answers
from tests.kernel.sifting import Sieve

# Every program makes hot calls all the time: their tests want them by name.
ALL = frozenset(tables.EVENTS) - HOT
EVERY_FIELD = ancestry.EVERYTHING.union(reads.FACT_OF)  # whose facts are recorded only when asked


def on_all(fields: frozenset[str]) -> reads.Fields:
    """As if rules on every event read these."""
    return dict.fromkeys(ALL, fields)


ASKED = on_all(EVERY_FIELD)
# A call is in the ring before it returns, and a process's end before it can be waited for: what a test has
# waited for needs no patience. This much is for what the kernel does by itself.
QUIET_S = 0.02
RING = 64 << 20


class Watch:
    """What the kernel saw of the processes that a test made."""

    def __init__(self, probes: Probes) -> None:
        self.probes = probes
        self._taken: list[model.Event] = []
        self.seen: list[model.Event] = []  # all that was looked at, for exactness
        self.session = Session(Answers(), kept=probes.kept)

    def events(self, *pids: int) -> list[model.Event]:
        """The events of these processes, in order."""
        return [event for event in self.everything() if event.process.pid in pids]

    @contextmanager
    def wanting(self, *types: str, fields: reads.Fields = ASKED) -> Iterator[None]:
        """Nothing else is recorded meanwhile: what others do all the time would fill the rings."""
        self.probes.subscribe(frozenset(types), frozenset(types), fields)
        try:
            yield
        finally:
            self.probes.subscribe(ALL, ALL, ASKED)

    def take(self) -> None:
        """Keep for later what waits now: a long test on a busy machine fills the rings."""
        self._taken += self._decoded()

    def taken(self, pid: int) -> list[model.Event]:
        """The events of a process among those that were taken, in the order in which they came."""
        return [event for event in self._taken if event.process.pid == pid]

    def everything(self) -> list[model.Event]:
        """What waits in the rings, until nothing comes any more."""
        found, self._taken = self._taken, []
        while self.probes.wait(QUIET_S):
            found += self._decoded()
        found.sort(key=lambda event: event.time)
        self.seen += found
        return found

    def _decoded(self) -> list[model.Event]:
        """With their processes and arguments, whose strings are kept until the next batch only."""
        events = [decode(record, self.session) for record in self.probes.drain()]
        assert all(event.process.args is not None for event in events)
        return list(events)

    def execs(self) -> set[bytes]:
        """The kernel's numbers of the execs that were done, as keys of its maps."""
        done = (one for one in self.everything() if isinstance(one, Event) and one.type == "execve")
        return {struct.pack("=Q", one.process.facts.exec) for one in done}

    def of(self, work: Callable[[], None], *types: str) -> list[model.Event]:
        """The events of one new process that does `work`."""
        pid = in_child(work)
        return [event for event in self.events(pid) if not types or event.type in types]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Whatever a test of an event does is done again under rules that want these events. Not in a guest,
    where everything takes long.
    """
    guest = pyfuncitem.config.pluginmanager.hasplugin("tests.kernels.guest.cases")
    again = exactness.prepared(pyfuncitem) if not guest else lambda: None
    result = yield
    again()
    return result


def in_child(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; its pid, when it is over."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(7)
    os.waitpid(pid, 0)
    return pid


def execute(path: str, *argv: str) -> NoReturn:
    """Become this program."""
    os.execv(path, argv)  # noqa: S606 (no shell is the point)


@pytest.fixture(scope="session", autouse=True)
def own_cgroup() -> Iterator[pathlib.Path | None]:
    """What the tests do is done in there, and the probes that they load look nowhere else."""
    if os.geteuid() != 0:
        yield None  # whoever loads probes says what is missing
        return
    with scope.entered() as own:
        yield own


def loaded_with_room(own_cgroup: pathlib.Path | None) -> Probes:
    """All that a test does, with what it does beside, has room in a ring until the test looks."""
    with pytest.MonkeyPatch.context() as patched:
        large = dataclasses.replace(room.here(), size=RING, life=RING)
        patched.setattr(room, "here", lambda: large)
        return Probes.load(scope=own_cgroup)


@pytest.fixture(scope="session")
def probes(own_cgroup: pathlib.Path) -> Iterator[Probes]:
    """Loaded, attached to everything, told of the processes that ran before."""
    probes = loaded_with_room(own_cgroup)
    probes.subscribe(ALL, ALL, ASKED)
    probes.scan()
    yield probes
    probes.close()


@pytest.fixture
def watch(probes: Probes) -> Watch:
    """A clean start: what other tests left in the rings is gone."""
    while probes.drain():
        pass
    return Watch(probes)


@pytest.fixture(scope="session")
def known(probes: Probes) -> None:
    """The kernel knows of the tests' own cgroup that it is no container."""
    Sieve(Watch(probes)).learn()


@pytest.fixture
def sieve(watch: Watch, known: None) -> Sieve:
    """`watch` behind an index."""
    return Sieve(watch)


@pytest.fixture
def followed(watch: Watch) -> Watch:
    """`watch` where paths are the kernel's own, whatever the process does to its memory."""
    why = watch.probes.why_paths_untrusted(ALL)
    if why:
        pytest.skip(f"needs programs on the kernel's functions: {why}")
    return watch
