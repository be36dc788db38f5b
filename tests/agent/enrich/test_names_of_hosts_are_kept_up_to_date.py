# SPDX-License-Identifier: Apache-2.0
"""Names of hosts in rules are resolved beside the events, and stay known for a time while the resolver fails.

What a real resolver does is in tests/story; here it fails and forgets on command, and the clock is a number.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from lanner_agent.decode.host_names import HostNames
from lanner_agent.enrich import resolved_names
from lanner_agent.enrich.resolved_names import ResolvedNames
from lanner_agent.enrich.resolving import UnresolvedError

ONE, TWO = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


class Resolver:
    """Answers from a dictionary; a name that is not there has no address, an error is raised."""

    def __init__(self) -> None:
        self.answers: dict[bytes, frozenset[bytes] | Exception] = {}
        self.asked: list[bytes] = []
        self.silent: dict[bytes, threading.Event] = {}  # names whose server waits for the event

    def __call__(self, name: bytes) -> frozenset[bytes]:
        self.asked.append(name)
        if name in self.silent:
            self.silent[name].wait(5)
        answer = self.answers.get(name, frozenset())
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Names:
    """The names with everything around them."""

    def __init__(self) -> None:
        self.resolver, self.clock, self.said = Resolver(), Clock(), list[str]()
        self.names = ResolvedNames(self.said.append, self.resolver, self.clock)

    def of(self, address: bytes, namespace: bytes | None = None) -> tuple[bytes, ...]:
        return self.names.snapshot().names_of(address, namespace)

    def pass_time(self, seconds: float) -> None:
        """What is due by then has been asked when this returns."""
        answers = self.names.counts().get("answers", 0) + self.names.counts().get("failures", 0)
        self.clock.now += seconds
        with self.names._changed:  # the clock is a number: somebody must wake who waits for it
            self.names._changed.notify_all()
        until(
            lambda: self.names.counts().get("answers", 0) + self.names.counts().get("failures", 0) > answers
        )


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def made() -> Iterator[Names]:
    names = Names()
    with closing(names.names):
        yield names


def wanted(made: Names, *names: bytes) -> None:
    made.names.resolve({"": frozenset(names)})
    assert made.names.ready(5)
    until(lambda: not made.names._stale)  # the snapshot follows the answers


def test_an_address_has_every_name_that_was_answered_with_it(made: Names) -> None:
    made.resolver.answers = {b"b.x": frozenset({ONE, TWO}), b"a.x": frozenset({ONE})}
    wanted(made, b"a.x", b"b.x", b"none.x")
    assert (made.of(ONE), made.of(TWO), made.of(b"\n\0\0\3")) == ((b"a.x", b"b.x"), (b"b.x",), ())
    assert made.names.counts() == {"names": 3, "without an address": 1, "answers": 3}
    assert made.said == ["the name none.x in rules has no address"]


def test_nothing_is_asked_and_no_thread_runs_before_a_rule_names_a_host(made: Names) -> None:
    before = threading.active_count()
    made.names.resolve({})
    assert made.names.ready(0)
    assert (threading.active_count(), made.resolver.asked, made.names.snapshot()) == (before, [], HostNames())


def test_other_rules_name_other_hosts(made: Names) -> None:
    made.resolver.answers = {b"a.x": frozenset({ONE}), b"b.x": frozenset({TWO})}
    wanted(made, b"a.x")
    wanted(made, b"b.x")
    assert (made.of(ONE), made.of(TWO)) == ((), (b"b.x",))


def test_a_name_is_asked_for_again_and_an_old_address_counts_for_a_while(made: Names) -> None:
    made.resolver.answers = {b"a.x": frozenset({ONE})}
    wanted(made, b"a.x")
    made.resolver.answers = {b"a.x": frozenset({TWO})}
    made.pass_time(resolved_names.REFRESH_S * 2)
    until(lambda: made.of(TWO) == (b"a.x",))
    assert made.of(ONE) == (b"a.x",)
    made.pass_time(resolved_names.ADDRESS_TTL_S)
    until(lambda: made.of(ONE) == ())
    assert made.of(TWO) == (b"a.x",)


def test_the_last_answer_holds_for_an_hour_while_the_resolver_fails(made: Names) -> None:
    made.resolver.answers = {b"a.x": frozenset({ONE})}
    wanted(made, b"a.x")
    made.resolver.answers = {b"a.x": UnresolvedError("no server answers")}
    made.pass_time(resolved_names.REFRESH_S * 2)
    assert made.of(ONE) == (b"a.x",)
    assert made.names.counts() == {"names": 1, "on old answers": 1, "answers": 1, "failures": 1}
    assert made.said == ["the name a.x in rules cannot be resolved: no server answers"]
    made.pass_time(resolved_names.STALE_TTL_S)
    until(lambda: made.of(ONE) == ())
    made.resolver.answers = {b"a.x": frozenset({ONE})}
    made.pass_time(resolved_names.STALE_TTL_S)
    until(lambda: made.of(ONE) == (b"a.x",))


def test_a_name_that_fails_is_asked_for_less_and_less(made: Names) -> None:
    made.resolver.answers = {b"a.x": UnresolvedError("no")}
    wanted(made, b"a.x")
    for pause in (5, 10, 20, 40, 80, 160, 300, 300):
        made.pass_time(pause * (1 + resolved_names.JITTER))
    assert made.names.counts()["failures"] == 9
    assert len(made.said) == 1


def test_a_namespace_sees_its_own_names_and_everybodys(made: Names) -> None:
    made.resolver.answers = {name: frozenset({ONE}) for name in (b"all", b"shop", b"bank")}
    made.names.resolve({"": frozenset({b"all"}), "shop": frozenset({b"shop"}), "bank": frozenset({b"bank"})})
    assert made.names.ready(5)
    until(lambda: made.of(ONE, b"bank") == (b"all", b"bank"))
    assert (made.of(ONE), made.of(ONE, b"shop"), made.of(ONE, b"x")) == (
        (b"all",),
        (b"all", b"shop"),
        (b"all",),
    )


def test_no_namespace_takes_the_room_of_others(made: Names) -> None:
    many = frozenset(b"n%04d" % number for number in range(300))
    made.names.resolve({"": frozenset({b"all"}), "greedy": many, "shop": frozenset({b"shop"})})
    assert made.names.ready(5)
    assert {b"all", b"shop"} < {*made.resolver.asked}
    assert made.names.counts()["names"] == 2 + resolved_names.MAX_IN_NAMESPACE
    assert made.names.counts()["too many"] == 300 - resolved_names.MAX_IN_NAMESPACE
    assert made.said[0] == "200 names of hosts in rules are more than are possible and are not resolved"


def test_a_server_that_is_silent_keeps_nobody_waiting(made: Names) -> None:
    made.resolver.answers = {b"a.x": frozenset({ONE})}
    answered = made.resolver.silent[b"s"] = threading.Event()
    made.names.resolve({"": frozenset({b"a.x", b"s"})})
    until(lambda: made.of(ONE) == (b"a.x",))
    assert not made.names.ready(0)
    answered.set()
    assert made.names.ready(5)
