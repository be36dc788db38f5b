# SPDX-License-Identifier: Apache-2.0
"""An agent that is killed, stopped or ended: an Event about the node and a line of the log say from when to
when nothing was seen.
"""

from __future__ import annotations

import re
import signal
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest

from lanner_agent.report.last_seen import LastSeenFile
from tests.agent.cluster.installation import Installation, until

FROM_TO = re.compile(r"from (\S+)Z to (\S+)Z \((\d+\.\d) s\): (.*)")
WRITTEN_S = 7.0  # the hot loop looks up every five seconds
TENTH = 0.1  # what is told is cut there


def test_a_killed_agent_is_announced_by_the_next(lanner: Installation) -> None:
    first = lanner.start()
    first.wait_until_watching()
    seen = written(lanner, time.time())
    killed = time.time()
    first.process.kill()
    first.process.wait()
    first.stop()
    time.sleep(2.0)
    lease = renewals(lanner)
    with lanner.agent() as second:
        line = second.notes.wait("this node was not watched from", 60).text
        second.wait_until_watching()
        watching = time.time()
        until(lambda: lanner.events("DetectionGap"))
        time.sleep(3.0)
        assert renewals(lanner) == lease, "it does not count as alive until it has stayed for a while"
    begin, end, seconds, why = parsed(line)
    assert seen - 1 <= begin <= killed
    assert killed + 2 <= end <= watching
    assert abs(end - begin - seconds) < 0.3
    assert why == "the agent was killed (by hand, or for want of memory) or died"
    (event,) = lanner.events("DetectionGap")
    assert_about_the_node(lanner, event, "Warning")
    assert event["note"] == line.partition("lanner: ")[2]


@pytest.mark.timeout(120)
def test_an_agent_that_is_killed_again_and_again_is_not_ready_in_between(lanner: Installation) -> None:
    started = [ready_after(lanner, 15.0)]
    for patience_s in (15.0, 12.0):
        started.append(ready_after(lanner, patience_s))
    first, second, third = started
    assert first is not None
    assert first < 8, "nobody was killed before"
    assert second is not None
    assert 9 <= second < 14
    assert third is None, "the second was killed just when it was ready: twice as long"
    assert lanner.condition("Ready")["message"] == (
        "the agent before this one was killed: ready when this one has watched for 20 s"
    )


def ready_after(lanner: Installation, patience_s: float) -> float | None:
    """Starts an agent and kills it as soon as its node is Ready; seconds of watching, None if it was not so
    within that time.
    """
    agent = lanner.start()
    agent.wait_until_watching()
    watching = time.monotonic()
    until(lambda: LastSeenFile(lanner.state).read())
    until(lambda: lanner.condition("RulesLoaded").get("lastTransitionTime"))
    ready = None
    while ready is None and time.monotonic() - watching < patience_s:
        said = lanner.condition("Ready")
        if said["status"] == "True" and answers(lanner):
            ready = time.monotonic() - watching
        else:
            assert said["reason"] in ("WasKilled", "Starting", "Watching"), said
            time.sleep(0.2)
    agent.process.kill()
    agent.process.wait()
    agent.stop()
    return ready


def answers(lanner: Installation) -> bool:
    """What the kubelet would hear."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{lanner.health_port}/readyz", timeout=5):
            return True
    except urllib.error.HTTPError:
        return False


def test_an_agent_that_was_stopped_says_so_when_it_goes_on(lanner: Installation) -> None:
    with lanner.agent() as agent:
        agent.wait_until_watching()
        time.sleep(1.0)
        stopped = time.time()
        agent.process.send_signal(signal.SIGSTOP)
        time.sleep(14.0)
        agent.process.send_signal(signal.SIGCONT)
        line = agent.notes.wait("this node was not watched in time from", 15).text
        until(lambda: lanner.events("DetectionGap"))
        until(lambda: not kept_untold(lanner))
    begin, end, seconds, why = parsed(line)
    assert stopped - 6 <= begin <= stopped + 1
    assert stopped + 14 - TENTH <= end <= time.time()
    assert abs(end - begin - seconds) < 0.3
    assert why.startswith("the agent stood still (stopped, or without processor)")
    (event,) = lanner.events("DetectionGap")
    assert_about_the_node(lanner, event, "Warning")


def test_an_agent_that_was_ended_is_announced_too_and_is_no_warning(lanner: Installation) -> None:
    with lanner.agent() as first:
        first.wait_until_watching()
    with lanner.agent() as second:
        second.wait_until_watching()
        until(lambda: lanner.events("DetectionGap"))  # one that is ended sooner leaves it to the next
    assert "the agent was ended and started anew" in second.notes.text()
    (event,) = lanner.events("DetectionGap")
    assert_about_the_node(lanner, event, "Normal")


def test_what_no_api_server_took_is_told_by_the_next_agent(lanner: Installation) -> None:
    first = lanner.start()
    first.wait_until_watching()
    written(lanner, time.time())
    first.process.kill()
    first.stop()
    token = lanner.kubeconfig.read_text()
    lanner.kubeconfig.write_text(token.replace('"token": "e', '"token": "x'))
    with lanner.agent() as second:
        second.notes.wait("the agent was killed", 60)
        second.wait_until_watching()
    assert lanner.events("DetectionGap") == []
    lanner.kubeconfig.write_text(token)
    with lanner.agent() as third:
        third.wait_until_watching()
        until(lambda: len(lanner.events("DetectionGap")) == 2)
    causes = sorted(parsed(event["note"])[3] for event in lanner.events("DetectionGap"))
    assert causes[0].startswith("the agent was ended")
    assert causes[1].startswith("the agent was killed")


def written(lanner: Installation, after: float) -> float:
    """When the disk says that the node was seen; a moment after that one."""
    file = LastSeenFile(lanner.state)

    def moment() -> float:
        kept = file.read()
        return kept.moment.wall / 1e9 if kept else 0.0

    until(lambda: moment() > after, WRITTEN_S)
    return moment()


def kept_untold(lanner: Installation) -> bool:
    kept = LastSeenFile(lanner.state).read()
    return kept is None or bool(kept.untold)


def renewals(lanner: Installation) -> str:
    name = f"{lanner.name}-agent-{lanner.node}"
    path = "jsonpath={.spec.renewTime}"
    return lanner.admin.kubectl("get", "lease", name, "-n", lanner.name, "--ignore-not-found", "-o", path)


def parsed(line: str) -> tuple[float, float, float, str]:
    """Begin and end in seconds since the epoch, the seconds that are told, and why."""
    found = FROM_TO.search(line)
    assert found, line
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() for text in found.group(1, 2))
    return begin, end, float(found[3]), found[4]


def assert_about_the_node(lanner: Installation, event: dict[str, Any], kind: str) -> None:
    assert (event["regarding"]["kind"], event["regarding"]["name"]) == ("Node", lanner.node)
    assert (event["type"], event["action"]) == (kind, "Interrupted")
    assert event["reportingInstance"] == lanner.node
    assert event["metadata"]["labels"]["lanner.dev/node"] == lanner.node
