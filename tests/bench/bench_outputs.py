# SPDX-License-Identifier: Apache-2.0
"""10,000 alerts a second for a minute into each output while another is dead, and into all of them at once:
what arrives, what the thread that watches and each output's thread spend, and how long the watch is held up.
How long an alert takes to standard output and to an HTTP server while little happens. No figure is asserted.
"""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from lanner_agent.publish import json_lines, text
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Form, Given
from lanner_agent.publish.outputs import Outputs
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.publish.stdout import LineWriter
from tests.agent.publish.deliveries import RULE, alert
from tests.bench import figures, further_figures, receivers
from tests.bench.conftest import Tell
from tests.bench.figure_names import spent_ms
from tests.bench.receivers import Came, Places, Received
from tests.bench.sizes import ALERTS_HZ as HZ
from tests.bench.sizes import sized

SECONDS: Final = sized(10, 1)
EACH_S: Final = sized(60, 1)
CALM_HZ, CALM = 200, sized(1000, 100)
TURN_S: Final = 0.01  # what is offered at once
NOTHING: Final = "nothing"
DEAD: Final = (NOTHING, "file", "syslog", "http", "otlp")
EACH: Final = ("stdout text", "stdout json", "file", "syslog", "http", "otlp")
NAMES: Final = ("stdout", "file", "syslog", "http", "otlp")
FOUND: Final[dict[str, dict[str, Any]]] = {"each": {}, "dead": {}, "delay": {}}
pytestmark = pytest.mark.timeout(300)


def settings(places: Places, folder: Path) -> dict[str, dict[str, str]]:
    """Every output, and all of them work."""
    return {
        "file": {"path": str(folder / "alerts.json")},
        "syslog": {"address": places.syslog},
        "http": {"url": places.http},
        "otlp": {"url": places.otlp},
    }


def broken(name: str, folder: Path) -> dict[str, str]:
    """An output that is not there or refuses."""
    return {
        "file": {"path": str(folder / "none/alerts.json")},
        "syslog": {"address": f"unix://{folder}/none"},
        "http": {"url": "http://127.0.0.1:9/"},
        "otlp": {"url": "http://127.0.0.1:9/"},
    }[name]


class Running:
    """Outputs whose receivers are another process."""

    def __init__(self, places: Places, outputs: Mapping[str, Mapping[str, str]], form: Form) -> None:
        self._pipe = os.open(places.stdout, os.O_WRONLY)
        given = OutputsSettings.model_validate(outputs)
        self.outputs = Outputs(Given(LineWriter(self._pipe), form, lambda _: None, None, given))

    def spent(self) -> dict[str, float]:
        """Seconds of a processor that the thread of each output has had."""
        threads = {one.name.removeprefix("lanner-"): one.ident for one in threading.enumerate()}
        return {name: _clock(ident) for name in NAMES if (ident := threads.get(name)) is not None}

    def close(self) -> None:
        self.outputs.close()
        os.close(self._pipe)


def _clock(thread: int) -> float:
    return time.clock_gettime(time.pthread_getcpuclockid(thread))


@contextmanager
def everything(folder: Path, dead: str = NOTHING) -> Iterator[tuple[Running, receivers.Receivers]]:
    with receivers.running(folder) as received:
        wanted = settings(received.places, folder)
        if dead != NOTHING:
            wanted[dead] = broken(dead, folder)
        yield Running(received.places, wanted, json_lines.line), received


def flood(running: Running, seconds: int) -> dict[str, Any]:
    """Microseconds of a processor for each alert: of the thread that offers, and of each output's; how long
    the former was held up, by the clock on the wall.
    """
    events = [alert(number).event for number in range(HZ)]
    held: list[float] = []
    watching = -time.thread_time()
    started = time.perf_counter()
    for number in range(int(seconds / TURN_S)):
        time.sleep(max(0.0, started + number * TURN_S - time.perf_counter()))
        at = number * int(HZ * TURN_S) % HZ
        held += _offered(running.outputs, events[at : at + int(HZ * TURN_S)])
    taken = max(float(seconds), time.perf_counter() - started)
    watching += time.thread_time()
    _wait_until_sent(running.outputs)
    spent = {"watch": watching, **running.spent()}
    each = {name: number / (HZ * seconds) * 1e6 for name, number in spent.items()}
    return {"seconds": taken, "processor_us": each, "held_up_ms": _cuts(held)}


def _offered(outputs: Outputs, events: Sequence[Any]) -> Iterator[float]:
    for event in events:
        before = time.perf_counter()
        outputs.offer(Alert(RULE, event))
        yield time.perf_counter() - before


def _wait_until_sent(outputs: Outputs) -> None:
    """As far as that works."""
    until = time.monotonic() + 1
    while time.monotonic() < until and any(one.get("waiting") for one in outputs.counts().values()):
        time.sleep(0.01)


def _cuts(seconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=1000, method="inclusive")
    named = {"p50": cuts[499], "p99": cuts[989], "longest": max(seconds)}
    return {name: each * 1e3 for name, each in named.items()}


def arrived(received: Received, outputs: Outputs) -> dict[str, int]:
    told = outputs.delivered()
    sent = {name: told.get(f"{name} sent", 0) for name in NAMES if name != "stdout"}
    return {"stdout": len(received.stdout), **sent}


@pytest.mark.parametrize("dead", DEAD)
def test_a_flood_with_one_dead(tmp_path: Path, tell: Tell, dead: str) -> None:
    with everything(tmp_path, dead) as (running, received):
        row = flood(running, SECONDS)
        running.close()
        came = arrived(received.end(), running.outputs)
    live = {name: number for name, number in came.items() if name != dead}
    row |= {"a_second": {name: number / row["seconds"] for name, number in live.items()}}
    keep("dead", dead, row)
    tell(
        f"{dead} dead: {said(row)}; a second: {json.dumps({n: round(v) for n, v in row['a_second'].items()})}"
    )
    lost = running.outputs.lost()
    total = HZ * SECONDS
    assert came["stdout"] + sum(n for cause, n in lost.items() if ": " not in cause) == total
    for name in NAMES[1:]:
        assert came[name] + sum(n for cause, n in lost.items() if cause.startswith(f"{name}: ")) == total


@pytest.mark.parametrize("name", EACH)
def test_a_flood_into_one_beside_a_dead_one(tmp_path: Path, tell: Tell, name: str) -> None:
    """Standard output, which is always there, has none of the others' alerts."""
    printed = name.startswith("stdout")
    dead = "otlp" if name == "http" else "http"
    with receivers.running(tmp_path) as received:
        stdout = {"stdout": {"minimumPriority": "Debug" if printed else "Emergency"}}
        wanted = {} if printed else {name: settings(received.places, tmp_path)[name]}
        form = text.line if name == "stdout text" else json_lines.line
        running = Running(received.places, stdout | wanted | {dead: broken(dead, tmp_path)}, form)
        row = flood(running, EACH_S)
        running.close()
        came = arrived(received.end(), running.outputs)["stdout" if printed else name]
    keep("each", name, row | {"a_second": came / row["seconds"], "dead": dead})
    tell(f"{name}, {dead} dead: {said(row)}, {came:,} of {HZ * EACH_S:,} arrived")


def said(row: Mapping[str, Any]) -> str:
    """At HZ alerts a second."""
    held = row["held_up_ms"]
    return (
        f"{spent_ms(row):.0f} ms of a processor a second at {HZ:,} alerts a second "
        f"({further_figures.parts(row)}), "
        f"the watch held up {held['p99']:.2f} ms at most for 99 of 100, {held['longest']:.0f} ms once"
    )


def test_how_long_an_alert_takes(tmp_path: Path, tell: Tell) -> None:
    with everything(tmp_path) as (running, receiving):
        began = []
        for number in range(CALM):
            one = alert(number)
            began.append(time.time())
            running.outputs.offer(one)
            time.sleep(1 / CALM_HZ)
        running.close()
        received = receiving.end()
    for name, came in (("stdout", received.stdout), ("http", received.http)):
        cuts = _cuts(_taken(came, began))
        keep("delay", name, cuts)
        tell(f"to {name}: " + ", ".join(f"{which} {ms:.1f} ms" for which, ms in cuts.items()))


def _taken(came: Came, began: Sequence[float]) -> list[float]:
    assert len(came) == len(began)
    return [at - began[number] for number, at in came]


def keep(what: str, name: str, row: dict[str, Any]) -> None:
    """Beside the others of this run."""
    FOUND[what][name] = row
    figures.keep("outputs", FOUND)
