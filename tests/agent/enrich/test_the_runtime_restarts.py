# SPDX-License-Identifier: Apache-2.0
"""The runtime goes away and comes back, as at every upgrade: nothing spins, nothing stays unanswered."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from lanner_agent.enrich.containers import Pending, Unknown
from lanner_agent.enrich.cri.failure import Reason
from tests.agent.enrich import asking
from tests.containers import runtime

MISSED_S = 20.0  # asked every ten seconds, and an answer has two


@pytest.fixture
def daemon(containerd: runtime.Containerd) -> Iterator[runtime.Containerd]:
    yield containerd
    if containerd.process is None:
        containerd.start()


def test_what_is_known_stays_known_and_what_is_new_is_found(daemon: runtime.Containerd) -> None:
    pod = daemon.pods.run("survivor")
    first = daemon.pods.start(pod, "first")
    with asking.inventory(str(daemon.socket)) as containers:
        known = asking.resolved(containers, asking.of_pod(first.id))
        daemon.kill()
        assert containers.get(first.id.encode()) == known
        daemon.start()
        second = daemon.pods.start(pod, "second")
        assert asking.resolved(containers, asking.of_pod(second.id)).name == b"second"
        assert containers.get(first.id.encode()) == known
    daemon.pods.remove(pod.id)


def test_a_question_asked_while_it_is_away_is_answered_when_it_is_back(daemon: runtime.Containerd) -> None:
    pod = daemon.pods.run("waiting")
    late = daemon.pods.start(pod, "late")
    daemon.kill()
    with asking.inventory(str(daemon.socket)) as containers:
        assert isinstance(containers.get(late.id.encode(), asking.of_pod(late.id)), Pending)
        daemon.start()
        assert asking.resolved(containers, asking.of_pod(late.id), timeout=4).name == b"late"
    daemon.pods.remove(pod.id)


def test_a_long_absence_is_answered_with_the_reason_and_made_good_later(daemon: runtime.Containerd) -> None:
    pod = daemon.pods.run("patient")
    late = daemon.pods.start(pod, "late")
    daemon.kill()
    with asking.inventory(str(daemon.socket)) as containers:
        answer, seconds = asking.settled(containers, asking.of_pod(late.id))
        assert isinstance(answer, Unknown)
        assert (answer.cause, 1.5 < seconds < 2.0 + asking.LATE_S) == (Reason.UNAVAILABLE, True), seconds
        assert "is the runtime running?" in containers.state()

        daemon.start()
        found = asking.resolved(containers, asking.of_pod(late.id), timeout=12)
        assert found.pod_name == b"patient"
    daemon.pods.remove(pod.id)


def test_an_absent_runtime_costs_no_processor(daemon: runtime.Containerd) -> None:
    with asking.inventory(str(daemon.socket)) as containers:
        daemon.kill()
        ids = [asking.of_pod(runtime.new_id()) for _ in range(50)]
        before, began = time.process_time(), time.monotonic()
        while time.monotonic() - began < 4:
            for identity in ids:
                containers.get(identity.full_id, identity)
            time.sleep(0.1)
        assert time.process_time() - before < 0.6, "15 % of one processor, with 50 containers waiting"
        assert containers.counts().get("connections", 0) < 20
        daemon.start()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_runtime_that_goes_away_is_missed_without_a_question(
    daemon: runtime.Containerd, number: signal.Signals
) -> None:
    """Debian's containerd has no events, whose end would tell."""
    with asking.inventory(str(daemon.socket)) as containers:
        assert containers.connected
        assert daemon.process is not None
        if number == signal.SIGKILL:
            daemon.kill()
        else:
            daemon.process.send_signal(number)
        asking.eventually(lambda: not containers.connected, timeout=MISSED_S)
        if number == signal.SIGKILL:
            daemon.start()
        else:
            daemon.process.send_signal(signal.SIGCONT)
        asking.eventually(lambda: containers.connected, timeout=MISSED_S)
