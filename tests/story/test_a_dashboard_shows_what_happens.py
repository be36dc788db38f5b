# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes an agent that is busy, beside pages of a cluster's parts: every panel of the
chart's dashboard then has something to show.
"""

from __future__ import annotations

import json
import pathlib
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from wsgiref.simple_server import WSGIServer

import pytest
from prometheus_client import start_http_server

from lanner_agent.pipeline.counts import Counts
from tests.chart.rendering import CHART
from tests.metrics import pages
from tests.story import agent as agents

DASHBOARD = json.loads((CHART / "monitoring/dashboard.json").read_text())
SCRAPED_S = 1
LOAD_S = 12
RULES = """
- rule: Every hostname
  desc: d
  condition: evt.type in (open, openat) and fd.name = /etc/hostname
  output: opened
  priority: NOTICE
  tags: [mitre_discovery]
"""


def queries() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]


class Prometheus:
    """Runs in a folder of its own and scrapes these ports of localhost."""

    def __init__(self, folder: pathlib.Path, targets: Mapping[str, int]) -> None:
        self.port = _free()
        jobs = [
            {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            for name, port in targets.items()
        ]
        every = f"{SCRAPED_S}s"
        configuration = folder / "prometheus.yaml"
        configuration.write_text(
            json.dumps(
                {"global": {"scrape_interval": every, "scrape_timeout": every}, "scrape_configs": jobs}
            )
        )
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, query: str) -> list[dict[str, Any]]:
        """An instant query's result."""
        asked = urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/api/v1/query?{asked}", timeout=10
        ) as answer:
            found = json.load(answer)
        assert found["status"] == "success", found
        return list(found["data"]["result"])

    def until_up(self, targets: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if len(self.ask("up == 1")) == targets:
                    return
            except OSError:
                assert self.process.poll() is None, "Prometheus ended"
            time.sleep(0.5)
        raise AssertionError(self.ask("up"))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def served(registry: Any) -> Iterator[int]:
    server, thread = start_http_server(0, "127.0.0.1", registry)
    assert isinstance(server, WSGIServer)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def work(seconds: float) -> None:
    """Opens that make alerts, and opens that make none."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for path in ("/etc/hostname", "/etc/hosts"):
            pathlib.Path(path).read_bytes()
        time.sleep(0.005)


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "rules.yaml").write_text(RULES)
    port = _free()
    with ExitStack() as parts:
        running = agents.watching("--metrics-port", str(port), "--rules", folder / "rules.yaml")
        parts.enter_context(running)
        targets = {
            "agent": port,
            "cluster-agent": parts.enter_context(served(pages.agent(Counts()))),
            "operator": parts.enter_context(served(pages.operator(pages.reconciled()))),
        }
        prometheus = Prometheus(folder, targets)
        parts.callback(prometheus.close)
        prometheus.until_up(len(targets))
        load = threading.Thread(target=work, args=(LOAD_S,))
        load.start()
        load.join()
        yield prometheus


def test_every_panel_has_a_result(scraped: Prometheus) -> None:
    window = f"{LOAD_S}s"
    empty = [one for one in queries() if not scraped.ask(one.replace("$__rate_interval", window))]
    assert empty == []


def test_an_alert_is_counted_by_rule_priority_and_tactic(scraped: Prometheus) -> None:
    (found,) = scraped.ask('lanner_alerts_total{rule="Every hostname"}')
    assert (found["metric"]["priority"], found["metric"]["tactic"]) == ("Notice", "discovery")
    assert float(found["value"][1]) > 100


def test_the_kernel_and_the_reader_count_alike(scraped: Prometheus) -> None:
    """Of each type that the rule names: what was neither held back nor lost was shown to it."""
    time.sleep(3 * SCRAPED_S)  # what was recorded is read by then
    recorded, evaluated = (
        by_type(scraped, f"lanner_events_{what}_total") for what in ("recorded", "evaluated")
    )
    assert recorded["openat"] > 0
    assert all(evaluated[one] >= number * 0.9 for one, number in recorded.items())


def by_type(scraped: Prometheus, name: str) -> dict[str, float]:
    """Of the agent that is busy."""
    found = scraped.ask(f'{name}{{job="agent"}}')
    return {one["metric"]["event_type"]: float(one["value"][1]) for one in found}
