# SPDX-License-Identifier: Apache-2.0
"""What an alert costs the hot thread on its way to an Event: quiet, a repeat, held back, new."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from lanner_agent.decode.event import decode
from lanner_agent.publish import json_lines
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events.settings import EventSettings
from lanner_engine.program.rule import CheckedRule
from tests.agent.decode import records
from tests.agent.publish.events import alerts
from tests.agent.publish.events.stand_in import Running, StandIn, running
from tests.bench import figures

OUTPUT = (
    "A shell was started in a container (user=%user.name uid=%user.uid process=%proc.name "
    "parent=%proc.pname command=%proc.cmdline terminal=%proc.tty exepath=%proc.exepath "
    "ancestor=%proc.aname[2] args=%proc.args)"
)
RULE = alerts.rule(output=OUTPUT)
QUIET = alerts.rule(output=OUTPUT, priority="INFO")
NUMBER = 2000
FLOOD_HZ = 10_000


def alert(pod: int = 0, exepath: bytes = b"/usr/bin/dash", rule: CheckedRule = RULE) -> Alert:
    """Of a record as the kernel writes it, decoded as the loop does; three ancestors."""
    container = replace(alerts.APP, pod_uid=b"uid-%d" % pod)
    builder = records.Builder("execve").process(
        comm=b"sh", exepath=exepath, args=b"sh\0-c\0id; cat /etc/passwd\0", cgroup=b"/kubepods/pod1/x"
    )
    shell = {"comm": b"bash", "exepath": b"/bin/bash", "args": b"bash\0-i\0"}
    builder.lineage(*({"level": level, **shell} for level in (1, 2, 3)))
    return Alert(rule, decode(builder.bytes(), records.session(container.full_id, container)))


def median_us(offer: Callable[[Alert], None], offered: Iterator[Alert]) -> float:
    """As after standard output, which has decoded and read the fields already."""
    taken = []
    for one in offered:
        json_lines.line(one.snapshot)
        start = time.perf_counter_ns()
        offer(one)
        taken.append(time.perf_counter_ns() - start)
    return statistics.median(taken) / 1000


def test_an_offer_costs_microseconds() -> None:
    publisher = Running(StandIn(), EventSettings(queue_length=4 * NUMBER, series_kept=4 * NUMBER)).publisher
    publisher.offer(alert())
    cases = {
        "below the threshold": (alert(rule=QUIET) for _ in range(NUMBER)),
        "a repeat": (alert() for _ in range(NUMBER)),
        "a new one": (alert(pod=1 + number) for number in range(NUMBER)),
        "held back": (alert(exepath=b"/%d" % number) for number in range(NUMBER)),
    }
    taken = {name: median_us(publisher.offer, offered) for name, offered in cases.items()}
    timed = {name: {"offer": us * 1000} for name, us in taken.items()}
    figures.write("event_offers", timed)
    print("\n" + figures.table(timed))
    assert publisher.counts()["repeated"] >= NUMBER
    assert publisher.counts()["suppressed_rule_limit"] >= NUMBER - 20


def test_the_same_alert_ten_thousand_times_a_second() -> None:
    """For three seconds, beside a publisher at work: requests made, and what the hot thread spends."""
    seconds, spent = 3, 0.0
    again = alert()

    def flood(one: Running) -> None:
        nonlocal spent
        for _ in range(seconds * 100):
            start = time.thread_time()
            began = time.perf_counter()
            for _ in range(FLOOD_HZ // 100):
                one.publisher.offer(again)
            spent += time.thread_time() - start
            time.sleep(max(0.0, 0.01 - (time.perf_counter() - began)))

    async def run() -> StandIn:
        server = StandIn()
        async with running(server, EventSettings()) as one:
            thread = threading.Thread(target=flood, args=(one,))
            thread.start()
            await asyncio.to_thread(thread.join)
            assert server.requests == 2  # the first and the second
        return server

    server = asyncio.run(run())
    (event,) = server.events.values()
    assert event["series"]["count"] == seconds * FLOOD_HZ
    share = spent / seconds
    print(f"\n10,000 repeats a second: {share:.1%} of a CPU, {server.requests} requests in {seconds} s")
