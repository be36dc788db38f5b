# SPDX-License-Identifier: Apache-2.0
"""Rules as the kernel's index: what arrives of what a process does while they are in force."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Final

from lanner_agent.decode.event import Event
from lanner_agent.kernel import btf
from lanner_engine.fields import model
from lanner_engine.index.tables import ClassTables, build
from lanner_engine.program.load import check
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Source

if TYPE_CHECKING:
    from tests.kernel.conftest import Watch

BOX: Final = "lanner-box"  # a cgroup with this in its path is a container's
_SIGN: Final = "kill"
_RULE: Final = "- {{rule: r{}, desc: d, condition: {}, output: x, priority: {}}}\n"
MARK: Final = "/etc/passwd"
_ATTEMPTS: Final = 100  # to learn of a cgroup, of which its first event tells
# v6.2: without it names of the paths of opens are not asked, and what a rule says of them holds nothing back
_TYPED_LOADS: Final = "bpf_rdonly_cast"


def rules(*conditions: str, priority: str = "NOTICE") -> tuple[CheckedRule, ...]:
    """As the engine makes them of a rules file."""
    text = "".join(_RULE.format(at, json.dumps(one), priority) for at, one in enumerate(conditions))
    checked = check([Source("rules.yaml", text)])
    assert checked.ok, checked.diagnostics
    return checked.rules


@cache
def tables(*conditions: str) -> Mapping[str, ClassTables]:
    """What the kernel is told of these."""
    return build(rules(*conditions))


def asks_names() -> bool:
    """Whether this kernel is asked for the names of the paths of opens."""
    return _TYPED_LOADS in btf.functions(frozenset({_TYPED_LOADS}))


def identify(path: bytes) -> bytes | None:
    """The container of a cgroup."""
    return b"0123456789ab" if os.fsencode(BOX) in path else None


class Sieve:
    """The kernel lets pass what some rule may want."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.users: Mapping[int, bytes] = {}  # what they are called

    @contextmanager
    def sifting(self, *conditions: str) -> Iterator[None]:
        """Only what one of these may hold on is recorded meanwhile."""
        self.watch.probes.hold_back(tables(*conditions), identify, self.users)
        try:
            yield
        finally:
            self.watch.probes.hold_back(None)

    def learn(self, within: Callable[[], object] = lambda: None) -> None:
        """Until it is known whether a process that did `within` is in a container. Before that what it is
        called is not asked.
        """

        def work() -> None:
            within()
            os.open(MARK, os.O_RDONLY)

        with self.sifting("evt.type = openat and proc.name = lanner-nobody"):
            for _ in range(_ATTEMPTS):
                if MARK.encode() not in names(self.done(work)):
                    return
        raise AssertionError("nothing is held back of what this cgroup does")

    def seen(self, condition: str, work: Callable[[], object]) -> list[Event]:
        """What arrives of a process that does `work`, and of those that it makes, while this is the rule."""
        return self.seen_with((condition,), work)

    def seen_with(self, conditions: Sequence[str], work: Callable[[], object]) -> list[Event]:
        """The same while these are the rules."""
        with self.sifting(*conditions):
            return self.done(work)

    def seen_by_each(
        self,
        rounds: Sequence[Sequence[str]],
        work: Callable[[], object],
        prepare: Callable[[], object] = lambda: 0,
    ) -> list[list[Event]]:
        """The same for each of these sets of rules in turn, of one process that does `work` again for each;
        before, it does `prepare` once.
        """
        with _Turns(lambda: _and_a_sign(work), prepare) as turns:
            for conditions in rounds:
                with self.sifting(*conditions):
                    turns.take()
        found: list[list[Event]] = [[]]
        for event in self.watch.events(turns.pid):
            if event.type == _SIGN:
                found.append([])
            elif isinstance(event, Event):
                found[-1].append(event)
        assert len(found) == len(rounds) + 2
        return found[1:-1]

    def done(self, work: Callable[[], object]) -> list[Event]:
        """What arrives of a process that does `work`, and of those that it makes."""
        pid = os.fork()
        if pid == 0:
            try:
                work()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        return [event for event in self.watch.everything() if isinstance(event, Event)]


def _and_a_sign(work: Callable[[], object]) -> None:
    """An event that no rule here names always arrives."""
    with suppress(OSError):
        work()
    os.kill(os.getpid(), 0)


class _Turns:
    """A process that does something whenever it is asked to."""

    def __init__(self, work: Callable[[], object], prepare: Callable[[], object]) -> None:
        asked, self._ask = os.pipe()
        self._done, done = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._ask)
                prepare()
                os.kill(os.getpid(), 0)
                while os.read(asked, 1):
                    work()
                    os.write(done, b".")
            finally:
                os._exit(0)
        os.close(asked)
        os.close(done)

    def take(self) -> None:
        os.write(self._ask, b".")
        assert os.read(self._done, 1), "the process has ended"

    def __enter__(self) -> _Turns:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._ask)
        os.waitpid(self.pid, 0)
        os.close(self._done)


def names(events: Iterable[model.Event]) -> list[bytes]:
    """Of the files that were opened, in order."""
    return [event.fd.name or b"" for event in events if event.fd is not None and event.open_read is not None]
