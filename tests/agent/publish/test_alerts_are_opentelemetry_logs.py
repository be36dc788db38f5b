# SPDX-License-Identifier: Apache-2.0
"""The output `otlp` with a strict receiver: what a record says, and what becomes of each answer."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.otlp import output, record, requests, wire
from lanner_agent.publish.otlp.attributes import attributes
from lanner_agent.publish.redact import redacted
from lanner_agent.publish.sending import delivery
from lanner_agent.publish.sending.carrier import RefusedError
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.otlp import OtlpSettings
from lanner_engine.fields.model import Owners
from lanner_engine.program.rule import Priority
from tests.agent.events import plain
from tests.agent.publish.deliveries import APP, RULE, alert, delivering, rule, until
from tests.agent.publish.receiver import Answer, Receiver, Request


def parsed(request: Request) -> ExportLogsServiceRequest:
    packed = request.headers.get("Content-Encoding") == "gzip"
    return ExportLogsServiceRequest.FromString(gzip.decompress(request.body) if packed else request.body)


def collector(request: Request) -> str:
    """What the protocol and the semantic conventions ask of a request."""
    if request.path != "/v1/logs" or request.headers["Content-Type"] != "application/x-protobuf":
        return "not OTLP"
    for of_one in parsed(request).resource_logs:
        keys = [one.key for one in of_one.resource.attributes]
        (logs,) = of_one.scope_logs
        (log,) = logs.log_records
        if len(set(keys)) != len(keys) or "service.name" not in keys or not log.time_unix_nano:
            return "not by the conventions"
        if log.severity_number not in SeverityNumber.values() or not log.severity_number:
            return "no severity"
    return ""


def plain_value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value") or ""
    if kind == "array_value":
        return [plain_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return plain_dict(value.kvlist_value.values)
    return getattr(value, kind)


def plain_dict(values: Any) -> Mapping[str, Any]:
    each: list[KeyValue] = list(values)
    return {one.key: plain_value(one.value) for one in each}


@pytest.fixture
def server() -> Iterator[Receiver]:
    one = Receiver(check=collector)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_S", 0.02)
    monkeypatch.setattr(delivery, "LONGEST_S", 0.1)


def exporting(said: list[str], server: Receiver, **settings: object) -> Delivery:
    return delivering(output.made, said, otlp={"url": server.url.rstrip("/"), **settings})


def pids(server: Receiver) -> list[int]:
    found = [one for request in server.requests for one in parsed(request).resource_logs]
    return [plain_dict(one.resource.attributes)["process.pid"] for one in found]


def test_a_record_says_what_happened_and_its_resource_where() -> None:
    told = alert(7, rule("CRITICAL"), command=b"-c \x1b[31m --password=hunter2")
    made = ExportLogsServiceRequest.FromString(record.request(told.snapshot, redacted))
    (logs,) = made.resource_logs
    (log,) = logs.scope_logs[0].log_records
    assert plain_dict(logs.resource.attributes) == {
        "service.name": "lanner",
        "host.name": "node1",
        "process.pid": 7,
        "process.parent_pid": 1,
        "process.executable.name": "sh",
        "process.executable.path": "/usr/bin/dash",
        "process.command_line": r"sh -c \u001b[31m --password=***",
        "process.user.id": 0,
        "container.id": "0123456789abcdef" * 4,
        "container.name": "app",
        "container.image.name": "docker.io/library/nginx",
        "container.image.tags": ["1.27"],
        "container.image.repo_digests": ["docker.io/library/nginx@sha256:" + "ab" * 32],
        "k8s.container.name": "app",
        "k8s.pod.name": "web-0",
        "k8s.pod.uid": "6f9c0f3e-0000-4000-8000-000000000001",
        "k8s.namespace.name": "shop",
        "k8s.node.name": "node1",
    }
    said = plain_dict(log.attributes)
    assert said["security_rule.name"] == "Shell"
    assert said["security_rule.description"] == "made for a test"
    assert said["lanner.rule.tags"] == ["ape", "zebra"]
    assert said["lanner.output_fields"]["proc.pid"] == 7
    assert said["log.record.uid"] == told.snapshot.uuid
    assert log.time_unix_nano == 1_700_000_000_130_456_789
    assert (log.event_name, log.severity_text) == ("lanner.alert", "Critical")
    assert log.severity_number == SeverityNumber.SEVERITY_NUMBER_ERROR2
    assert r"(command=sh -c \u001b[31m --password=***" in log.body.string_value


@pytest.mark.parametrize("length", [0, 1, 122, 123, 124, 125, 126, 127, 128, 129, 16_381, 16_384, 1 << 21])
def test_a_text_of_any_length_is_read_as_it_was(length: int) -> None:
    for key in ("k", "k" * 120, "k" * 200):
        made = attributes(wire.tag(1), [(key, "ä" * (length // 2) + "x" * (length % 2))], redacted)
        (one,) = KeyValueList.FromString(made).values
        assert (one.key, len(one.value.string_value.encode())) == (key, length)


def test_values_of_every_type_are_read_as_they_were() -> None:
    numbers = [0, 1, -1, 127, 128, 16_383, 16_384, (1 << 63) - 1, -(1 << 63)]
    given = {
        "yes": True,
        "no": False,
        "float": -0.5,
        "numbers": tuple(numbers),
        "large": 1 << 63,
        "texts": (b"a", "b", (b"c", None)),
        "nested": {"text": b"x", "none": None, "number": 7},
        "none": None,
    }
    made = KeyValueList.FromString(attributes(wire.tag(1), given.items(), redacted))
    assert plain_dict(made.values) == {
        "yes": True,
        "no": False,
        "float": -0.5,
        "numbers": numbers,
        "large": str(1 << 63),
        "texts": ["a", "b", ["c", "None"]],
        "nested": {"text": "x", "number": 7},
    }


@pytest.mark.parametrize(
    ("owners", "said"),
    [
        (
            Owners(b"Deployment", b"web", b"web", b"web-7c9d", b"u1"),
            {"deployment.name": "web", "replicaset.name": "web-7c9d", "replicaset.uid": "u1"},
        ),
        (Owners(b"CronJob", b"nightly"), {"cronjob.name": "nightly"}),
        (Owners(b"Rollout", b"web"), {}),
    ],
)
def test_the_resource_says_whose_pod_it_is(owners: Owners, said: dict[str, str]) -> None:
    told = alert(container=replace(APP, owners=owners))
    made = ExportLogsServiceRequest.FromString(record.request(told.snapshot, redacted))
    found = plain_dict(made.resource_logs[0].resource.attributes)
    known = plain_dict(
        ExportLogsServiceRequest.FromString(record.request(alert().snapshot, redacted))
        .resource_logs[0]
        .resource.attributes
    )
    assert {key: found[key] for key in found.keys() - known.keys()} == {
        f"k8s.{key}": said[key] for key in said
    }


def test_on_the_host_there_is_no_container() -> None:
    made = ExportLogsServiceRequest.FromString(record.request(Alert(RULE, plain.Event()).snapshot, redacted))
    keys = plain_dict(made.resource_logs[0].resource.attributes).keys()
    assert not [key for key in keys if key.startswith(("container.", "k8s."))]
    assert record.SEVERITIES.keys() == set(Priority)


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_alerts_go_in_batches_and_in_order(server: Receiver, compression: str) -> None:
    said: list[str] = []
    server.answers += [Answer(503, {"Retry-After": "0"})]
    one = exporting(said, server, compression=compression, batch=20)
    for number in range(50):
        one.offer(alert(number))
    until(lambda: one.counts().get("sent") == 50)
    one.close()
    again = parsed(server.requests[0]).resource_logs
    assert pids(server)[len(again) :] == [*range(50)]
    assert 4 <= len(server.requests) <= 6
    assert (one.counts()["retried"], one.lost()) == (1, {})


def test_what_a_collector_refuses_is_counted_and_not_sent_again(server: Receiver) -> None:
    said: list[str] = []
    partial = ExportLogsPartialSuccess(rejected_log_records=1, error_message="too old")
    body = ExportLogsServiceResponse(partial_success=partial).SerializeToString()
    server.answers += [Answer(200, body=body), Answer(500), Answer(401)]
    one = exporting(said, server, batch=1)
    for number in range(4):
        one.offer(alert(number))
    until(lambda: one.counts().get("sent") == 1)
    one.close()
    assert pids(server) == [0, 1, 2, 3]
    assert one.lost() == {"otlp: refused": 3}
    assert said[0].endswith("1 alert DROPPED, last: the collector refused 1: too old")


def test_a_request_that_is_turned_away_is_made_smaller_and_only_what_is_alone_is_refused(
    server: Receiver,
) -> None:
    one = requests.Requests(OtlpSettings(url=server.url.rstrip("/"), compression="none"), redacted)
    formed = [one.form(alert(number).snapshot) for number in range(4)]
    server.answers += [Answer(413), Answer(403), Answer(), Answer(), Answer(413)]
    assert [one.send(formed), one.send(formed), one.send(formed)] == [0, 0, 1]
    assert one.send(formed[1:]) == 2
    with pytest.raises(RefusedError):
        one.send(formed[3:])
    one.close()
    assert [len(parsed(request).resource_logs) for request in server.requests] == [4, 2, 1, 2, 1]


def test_a_page_of_somebody_else_is_no_success(server: Receiver) -> None:
    said: list[str] = []
    server.answers += [Answer(200, body=b"<html>log in</html>")]
    one = exporting(said, server)
    one.offer(alert(1))
    until(lambda: one.counts().get("sent") == 1)
    one.close()
    assert "this is no OTLP receiver" in said[0]
    assert pids(server) == [1, 1]


def test_a_request_is_bounded_in_bytes(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "REQUEST_BYTES", 10_000)
    one = exporting([], server, compression="none")
    for number in range(30):
        one.offer(alert(number, command=b"x" * 3000))
    until(lambda: one.counts().get("sent") == 30)
    one.close()
    assert pids(server) == [*range(30)]
    assert max(len(request.body) for request in server.requests) < 20_000
