# SPDX-License-Identifier: Apache-2.0
"""The queue between the thread that watches and an output that is slow, away or wrong: nothing waits for it,
nothing is lost uncounted, and what was kept arrives in order.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from lanner_agent.publish.sending import delivery
from lanner_agent.publish.sending.carrier import Cause, LaterError, RefusedError
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.sending.outage import AGAIN_S, CALM_S, Drops, Outage
from lanner_agent.publish.settings.base import Queued
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields.model import HOST
from lanner_engine.program.rule import Priority
from tests.agent.publish.deliveries import alert, rule, until

CRITICAL, SHELL, LOGIN = rule("CRITICAL", name="Root"), rule(), rule(name="Login")


@dataclass
class Carrier:
    """Keeps what it is sent, unless `answer` raises. For failures that no receiver can be made to show at a
    certain time."""

    answer: Callable[[list[int]], None] = lambda _: None
    target: str = "there"
    batch: int = 3
    taken: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    def form(self, snapshot: Snapshot) -> bytes:
        if snapshot.process.pid == 666:
            raise ValueError("unlucky")
        self.times.append(snapshot.time)
        return b"%d" % snapshot.process.pid

    def counts(self) -> Mapping[str, int]:
        return {}

    def send(self, formed: Sequence[bytes]) -> int:
        numbers = [int(one) for one in formed]
        self.answer(numbers)
        self.taken += numbers
        return len(formed)

    def idle(self) -> None: ...
    def reopen(self) -> None: ...
    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_S", 0.001)
    monkeypatch.setattr(delivery, "LONGEST_S", 0.01)
    monkeypatch.setattr(delivery, "END_S", 0.2)


def test_what_a_dead_output_keeps_arrives_in_order_and_with_its_own_time() -> None:
    away = threading.Event()

    def answer(_: list[int]) -> None:
        if not away.is_set():
            raise ConnectionRefusedError(111, "Connection refused")

    carrier, said = Carrier(answer), list[str]()
    one = Delivery("http", carrier, Queued(queue_alerts=50), said.append)
    for number in range(100):
        one.offer(alert(number, (SHELL, LOGIN)[number % 2], container=HOST))
    until(lambda: one.counts().get("retried", 0) > 2)
    for number in range(100, 110):
        one.offer(alert(number, CRITICAL, container=HOST))
    away.set()
    until(lambda: one.counts().get("sent") == 50)
    one.close()
    assert carrier.taken == [*range(45), *range(100, 105)]  # a tenth is kept for the severe ones
    assert carrier.times == [alert(number).snapshot.time for number in carrier.taken]
    assert one.lost() == {"http: queue full": 60}
    assert any(words.startswith("output http (there): Connection refused; ") for words in said)
    assert any("DROPPED, last: its queue is full" in words for words in said)
    assert any("works again after" in words for words in said)


def test_an_output_that_hangs_makes_nobody_wait() -> None:
    hangs = threading.Event()
    carrier = Carrier(lambda _: assert_woken(hangs))
    one = Delivery("http", carrier, Queued(queue_alerts=100), print)
    many = [alert(number) for number in range(5000)]
    began = time.monotonic()
    for each in many:
        one.offer(each)
    one.close()
    assert time.monotonic() - began < 5
    assert one.lost() == {"http: share of the queue full": 5000 - 25, "http: not sent before the end": 25}
    hangs.set()


def assert_woken(event: threading.Event) -> None:
    assert event.wait(30)


def test_the_queue_is_bounded_in_bytes() -> None:
    hangs = threading.Event()
    one = Delivery("http", Carrier(lambda _: assert_woken(hangs)), Queued(queue_bytes=1 << 20), print)
    for number in range(200):
        one.offer(alert(number, (SHELL, LOGIN)[number % 2], b"x" * 10_000, HOST))
    assert 15 < one.counts()["waiting"] < 60  # 1 MiB, of 50,000 bytes each with its form
    hangs.set()
    one.close()


def test_an_alert_that_cannot_be_formed_or_is_refused_costs_no_other() -> None:
    gate = threading.Event()

    def answer(numbers: list[int]) -> None:
        assert_woken(gate)
        if numbers[0] == 5:
            raise RefusedError("that one is wrong")
        if 7 in numbers:
            raise RefusedError("the same", 2, of=3)

    carrier, said = Carrier(answer, batch=2), list[str]()
    one = Delivery("http", carrier, Queued(), said.append)
    one.offer(alert(1))
    until(lambda: carrier.times)
    carrier.batch = 9
    for number in (666, 7, 8, 9, 5, 4):
        one.offer(alert(number))
    gate.set()
    one.close()
    assert carrier.taken == [1, 4]
    assert one.lost() == {"http: failed": 1, "http: refused": 3}
    assert one.counts() == {"sent": 3}
    assert said == [
        "output http (there): 1 alert DROPPED, last: given up, please report this: ValueError: unlucky"
    ]


def test_an_unforeseen_error_is_told_and_ends_no_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LOOK_S", 0.01)

    class Odd(Carrier):
        asked = 0

        @property
        def batch(self) -> int:
            self.asked += 1
            if self.asked == 1:
                raise ZeroDivisionError("a bug")
            return 3

        @batch.setter
        def batch(self, _: int) -> None: ...

    said: list[str] = []
    carrier = Odd()
    one = Delivery("odd", carrier, Queued(), said.append)
    one.offer(alert(1))
    until(lambda: carrier.taken == [1])
    one.close()
    assert said[0] == "output odd (there): please report this: ZeroDivisionError: a bug; no alert waits"
    assert one.dropped() == {}


def test_one_that_may_be_the_reason_itself_does_not_hold_up_the_others_for_ever() -> None:
    def answer(numbers: list[int]) -> None:
        if 5 in numbers:
            raise LaterError("500 Internal Server Error", suspect=True)

    carrier = Carrier(answer, batch=1)
    one = Delivery("http", carrier, Queued(), print)
    for number in (4, 5, 6):
        one.offer(alert(number))
    until(lambda: carrier.taken == [4, 6])
    one.close()
    assert one.lost() == {"http: tried too often": 1}


def test_of_several_at_once_only_the_first_is_suspected() -> None:
    gate, tried = threading.Event(), list[list[int]]()

    def answer(numbers: list[int]) -> None:
        assert_woken(gate)
        tried.append(numbers)
        if numbers[0] == 5:
            raise LaterError("500 Internal Server Error", suspect=True)

    carrier = Carrier(answer, batch=3)
    one = Delivery("http", carrier, Queued(), print)
    one.offer(alert(4))
    until(lambda: carrier.times)
    for number in (5, 6, 7):
        one.offer(alert(number))
    gate.set()
    until(lambda: carrier.taken == [4, 6, 7])
    one.close()
    assert tried == [[4], *[[5, 6, 7]] * delivery.TRIES, [6, 7]]
    assert one.lost() == {"http: tried too often": 1}


def test_what_got_through_of_a_batch_is_not_sent_again() -> None:
    gate, tries = threading.Event(), list[list[int]]()

    def answer(numbers: list[int]) -> None:
        assert_woken(gate)
        tries.append(numbers)
        if numbers == [0, 1, 2]:
            raise LaterError("full", sent=2)

    carrier = Carrier(answer)
    one = Delivery("file", carrier, Queued(), print)
    one.offer(alert(9))
    until(lambda: carrier.times)
    for number in range(4):
        one.offer(alert(number))
    gate.set()
    until(lambda: one.counts().get("sent") == 5)
    one.close()
    assert tries == [[9], [0, 1, 2], [2], [3]]


def test_less_severe_alerts_stay_below_the_threshold() -> None:
    carrier = Carrier()
    one = Delivery("http", carrier, Queued(minimum_priority=Priority.WARNING), print)
    one.offer(alert(1))
    one.offer(alert(2, CRITICAL))
    one.close()
    assert carrier.taken == [2]
    assert one.counts() == {"sent": 1, "below threshold": 1}
    assert one.lost() == {}


def test_an_outage_is_told_once_then_now_and_then() -> None:
    now, said = 1000.0, list[str]()
    outage = Outage("output http", said.append, lambda: now)
    drops = Drops("output http", said.append, lambda: now)
    for _ in range(100):
        outage.goes_on("refused \x1b[31m", 7)
        drops.more(2, "its queue is full")
    assert said == [
        r"output http: refused \u001b[31m; 7 alerts wait",
        "output http: 2 alerts DROPPED, last: its queue is full",
    ]
    now += CALM_S
    outage.goes_on("another reason", 8)
    now += AGAIN_S
    drops.more(1, "the same")
    outage.over(5)
    assert said[2:] == [
        "output http: another reason; 8 alerts wait",
        "output http: 199 alerts DROPPED, last: the same",
        "output http: works again after 330 s; 5 alerts to go",
    ]


def test_what_was_lost_last_is_told_though_nothing_more_is() -> None:
    now, said = 1000.0, list[str]()
    drops = Drops("output http", said.append, lambda: now)
    drops.full(Cause.QUEUE_FULL, 1, "its queue is full")
    drops.full(Cause.QUEUE_FULL, 412, "its queue is full")
    now += AGAIN_S
    for _ in range(2):
        drops.full(Cause.QUEUE_FULL, 412, "its queue is full")
        drops.tell_when_due()
    assert said == [
        "output http: 1 alert DROPPED, last: its queue is full",
        "output http: 411 alerts DROPPED, last: its queue is full",
    ]
