# SPDX-License-Identifier: Apache-2.0
"""10,000 alerts a second into all outputs, one of which is dead: what the thread that watches spends, what
arrives, and how long an alert takes to standard output and to an HTTP server. No figure is asserted.

Receivers are another process: they would take turns with the outputs' threads otherwise.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from lanner_agent.publish import json_lines
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Given
from lanner_agent.publish.outputs import Outputs
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.publish.stdout import LineWriter
from tests.agent.publish.deliveries import RULE, alert
from tests.agent.publish.receiver import Receiver
from tests.bench import figures
from tests.bench.sizes import sized

HZ = 10_000
SECONDS = sized(10, 1)
CALM_HZ, CALM = 200, sized(1000, 100)
DEAD = ("nothing", "file", "syslog", "http", "otlp")
pytestmark = pytest.mark.timeout(300)


def receive(words: Connection) -> None:
    """Listens, and says when which alert came."""
    posted, collected = Receiver(), Receiver()
    words.send((posted.url, collected.url))
    came: list[tuple[int, float]] = []
    posted.check = lambda request: came.append((pid(request.body), time.time())) or ""  # type: ignore[func-returns-value]
    words.recv()
    words.send((came, len(collected.requests)))


def pid(line: bytes) -> int:
    return int(line.partition(b'"proc.pid":')[2].partition(b",")[0].rstrip(b"}"))


@pytest.fixture
def receiver() -> Iterator[tuple[Any, Connection]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=receive, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv(), ours
    process.kill()
    process.join()


class Reader:
    """Of standard output."""

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        self.came: list[tuple[int, float]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with open(self._reader, "rb", closefd=True) as lines:
            for line in lines:
                self.came.append((pid(line), time.time()))

    def end(self) -> None:
        os.close(self.writer)
        self._thread.join()


def made(folder: Path, urls: tuple[str, str], dead: str, reader: Reader) -> Outputs:
    """`dead`: refuses, or is not there."""
    settings: dict[str, dict[str, str]] = {
        "file": {"path": str(folder / "alerts.json")},
        "syslog": {
            "address": "udp://127.0.0.1:9"
        },  # nobody listens: told by the system, so it counts as dead
        "http": {"url": urls[0]},
        "otlp": {"url": urls[1] + "v1/logs"},
    }
    if dead == "nothing":
        del settings["syslog"]
    elif dead != "syslog":
        settings.pop("syslog")
        settings[dead] = {"path": "/proc/none"} if dead == "file" else {"url": "http://127.0.0.1:9/"}
    given = OutputsSettings.model_validate(settings)
    return Outputs(Given(LineWriter(reader.writer), json_lines.line, lambda _: None, None, given))


def flood(outputs: Outputs) -> dict[str, float]:
    """What the offering thread spent, the longest of all offers, and how many a second it came to."""
    spent = longest = 0.0
    events = [alert(number).event for number in range(HZ)]
    started = time.perf_counter()
    for number in range(SECONDS * 100):
        at = number % 100 * (HZ // 100)
        many = [Alert(RULE, event) for event in events[at : at + HZ // 100]]
        start, began = time.thread_time(), time.perf_counter()
        for each in many:
            before = time.perf_counter()
            outputs.offer(each)
            longest = max(longest, time.perf_counter() - before)
        spent += time.thread_time() - start
        time.sleep(max(0.0, 0.01 - (time.perf_counter() - began)))
    seconds = time.perf_counter() - started
    return {
        "offer_us": spent / (HZ * SECONDS) * 1e6,
        "longest_offer_ms": longest * 1e3,
        "seconds": seconds,
        "offered_per_s": HZ * SECONDS / seconds,
    }


@pytest.mark.parametrize("dead", DEAD)
def test_a_flood_with_one_dead(tmp_path: Path, receiver: tuple[Any, Connection], dead: str) -> None:
    (urls, words), reader = receiver, Reader()
    outputs = made(tmp_path, urls, dead, reader)
    began = time.process_time()
    row: dict[str, float] = flood(outputs)
    outputs.close()
    row["processor_us"] = (time.process_time() - began) / (HZ * SECONDS) * 1e6
    told = outputs.delivered()
    reader.end()
    words.send("end")
    words.recv()
    total = HZ * SECONDS
    row |= {"stdout": len(reader.came), **told, "offered": total}
    sent = {name.removesuffix(" sent"): number for name, number in told.items() if name.endswith(" sent")}
    row |= {f"{name}_per_s": number / row["seconds"] for name, number in sent.items()}
    figures.keep(f"outputs_{dead}_dead", row)
    print(f"\n{dead} dead: {json.dumps(row)}")
    lost = outputs.lost()
    assert len(reader.came) + sum(n for cause, n in lost.items() if ": " not in cause) == total


def test_how_long_an_alert_takes(tmp_path: Path, receiver: tuple[Any, Connection]) -> None:
    (urls, words), reader = receiver, Reader()
    outputs = made(tmp_path, urls, "nothing", reader)
    began = []
    for number in range(CALM):
        one = alert(number)
        began.append(time.time())
        outputs.offer(one)
        time.sleep(1 / CALM_HZ)
    outputs.close()
    reader.end()
    words.send("end")
    posted, _ = words.recv()
    found = {}
    for name, came in (("stdout", reader.came), ("http", posted)):
        taken = [at - began[number] for number, at in came]
        assert len(taken) == CALM
        cuts = statistics.quantiles(taken, n=100, method="inclusive")
        found[name] = {"p50_ms": cuts[49] * 1e3, "p99_ms": cuts[98] * 1e3, "longest_ms": max(taken) * 1e3}
    figures.keep("outputs_delay", found)
    print(f"\n{json.dumps(found)}")
