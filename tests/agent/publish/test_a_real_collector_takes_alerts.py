# SPDX-License-Identifier: Apache-2.0
"""The output `otlp` with a real OpenTelemetry collector: what it writes of an alert, and its restart."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lanner_agent.publish.otlp import output
from lanner_agent.publish.sending import delivery
from lanner_engine.fields.model import HOST
from tests.agent.publish.deliveries import alert, delivering, rule, until
from tests.collector.program import COLLECTOR

PROGRAM = COLLECTOR.built()
CONFIG = """
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}}}
exporters: {{file: {{path: {folder}/logs.json, append: true, flush_interval: 50ms}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{logs: {{receivers: [otlp], exporters: [file]}}}}
"""
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs the collector (python -m tests.lanes.builds)")


class Collector:
    """Everything of its own in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (folder / "conf.yaml").write_text(CONFIG.format(folder=folder, port=self.port))
        self.start()

    def start(self) -> None:
        command = [str(PROGRAM), "--config", str(self._folder / "conf.yaml")]
        with (self._folder / "words").open("ab") as words:
            self._process = subprocess.Popen(command, stdout=words, stderr=words)
        until(self._listens)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def resources(self) -> list[dict[str, Any]]:
        """Each with its one record, in the order in which they were written."""
        path = self._folder / "logs.json"
        text = path.read_text() if path.exists() else ""
        whole = text.split("\n")[:-1]  # it is flushed amid a line
        return [one for line in whole for one in json.loads(line)["resourceLogs"]]

    def _listens(self) -> bool:
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    one = Collector(tmp_path)
    yield one
    one.stop()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_S", 0.02)
    monkeypatch.setattr(delivery, "LONGEST_S", 0.1)


def plain(value: dict[str, Any]) -> Any:
    """An AnyValue of OTLP's JSON."""
    ((kind, held),) = value.items()
    if kind == "arrayValue":
        return [plain(one) for one in held["values"]]
    if kind == "kvlistValue":
        return attributes(held["values"])
    return int(held) if kind == "intValue" else held


def attributes(values: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["key"]: plain(one["value"]) for one in values}


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_what_it_writes_is_what_was_said(collector: Collector, compression: str) -> None:
    said: list[str] = []
    url = f"http://127.0.0.1:{collector.port}"
    one = delivering(output.made, said, otlp={"url": url, "compression": compression})
    one.offer(alert(7, rule("CRITICAL"), command=b"-c \x1b[31m --password=hunter2 \xff" + b"x" * 200))
    one.offer(alert(8, container=HOST))
    until(lambda: len(collector.resources()) == 2)
    one.close()
    first, second = collector.resources()
    where = attributes(first["resource"]["attributes"])
    ((log,),) = [scope["logRecords"] for scope in first["scopeLogs"]]
    assert first["scopeLogs"][0]["scope"] == {"name": "lanner"}
    assert (where["k8s.pod.name"], where["process.pid"], where["container.image.tags"]) == (
        "web-0",
        7,
        ["1.27"],
    )
    assert where["process.command_line"] == "sh -c \\u001b[31m --password=*** �" + "x" * 200
    assert (log["severityNumber"], log["severityText"], log["eventName"]) == (18, "Critical", "lanner.alert")
    assert log["timeUnixNano"] == "1700000000130456789"
    assert "a shell was spawned (command=sh -c \\u001b[31m" in log["body"]["stringValue"]
    what = attributes(log["attributes"])
    assert what["security_rule.name"] == "Shell"
    assert what["lanner.output_fields"]["proc.pid"] == 7
    assert not [name for name in attributes(second["resource"]["attributes"]) if name.startswith("k8s.")]
    assert (one.counts(), one.lost(), said) == ({"sent": 2}, {}, [])


def test_a_restart_of_it_loses_nothing(collector: Collector) -> None:
    said: list[str] = []
    url = f"http://127.0.0.1:{collector.port}"
    one = delivering(output.made, said, otlp={"url": url, "batch": 50})
    for number in range(100):
        one.offer(alert(number))
    until(lambda: one.counts().get("sent") == 100)
    collector.stop()
    for number in range(100, 300):
        one.offer(alert(number))
    until(lambda: said)
    collector.start()
    until(lambda: len(collector.resources()) >= 300)
    one.close()
    pids = [attributes(each["resource"]["attributes"])["process.pid"] for each in collector.resources()]
    assert list(dict.fromkeys(pids)) == [*range(300)]
    assert one.lost() == {}
    assert "works again" in said[-1]
