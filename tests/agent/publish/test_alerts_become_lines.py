# SPDX-License-Identifier: Apache-2.0
"""The two forms of an alert, by the real engine's templates: specification sections 5.3 and 5.4."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lanner_agent.publish import json_lines, redact, text
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields.model import Container
from tests.agent.events import plain, rules

HOSTILE = b'a"\n\x1b[31m\xff\x7f\xe2\x80\xae'
FULL_ID = b"0123456789abcdef" * 4


def alert(output: str, event: plain.Event | None = None, priority: str = "NOTICE") -> Snapshot:
    (rule,) = rules.compiled(rules.text(output=output, priority=priority)).rules
    return Alert(rule, event or plain.Event()).snapshot


def document(of: Snapshot) -> dict[str, Any]:
    line = json_lines.line(of)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    parsed: dict[str, Any] = json.loads(line)
    return parsed


@pytest.fixture(autouse=True)
def _in_a_time_zone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")  # five and a half hours: minutes show a mistake too
        time.tzset()
        yield
    time.tzset()


def test_a_text_line_has_local_time_priority_and_message() -> None:
    line = text.line(alert("hello %proc.name")).decode()
    assert line.startswith("03:43:20.123456789: Notice hello sh container_id=host container_name=host")
    assert line.endswith("\n")


def test_hostile_bytes_are_escaped_in_the_text_line() -> None:
    event = plain.Event(process=replace(plain.SHELL, args=(HOSTILE,)))
    line = text.line(alert("(args=%proc.args)", event))
    assert line.count(b"\n") == 1
    assert r"(args=a\"\n\u001b[31m" + "\ufffd" + r"\u007f\u202e)" in line.decode()


def test_secrets_stay_out_of_both_forms_unless_asked_for() -> None:
    event = plain.Event(process=replace(plain.SHELL, args=(b"--password=hunter2", b"--user=bob")))
    told = alert("ran %proc.args", event)
    for form in (text.line, json_lines.line):
        assert b"hunter2" not in form(told)
        assert b"--user=bob" in form(told)
        assert b"hunter2" in form(told, redact.shown)
    assert document(told)["output_fields"]["proc.args"] == "--password=*** --user=bob"


def test_a_json_line_has_its_keys_sorted_and_its_values_typed() -> None:
    event = plain.Event(container_id=FULL_ID, container=Container(FULL_ID[:12], FULL_ID, name=b"web"))
    line = json_lines.line(
        alert("(pid=%proc.pid tty=%proc.tty pod=%k8s.pod.name w=%proc.is_exe_writable)", event)
    )
    keys = ["hostname", "output", "output_fields", "priority", "rule", "source", "tags", "time"]
    parsed = json.loads(line)
    assert list(parsed) == keys
    assert list(parsed["output_fields"]) == sorted(parsed["output_fields"])
    assert parsed["hostname"] == "node1"
    assert parsed["priority"] == "Notice"
    assert parsed["rule"] == "Shell"
    assert parsed["source"] == "syscall"
    assert parsed["tags"] == ["ape", "zebra"]
    assert parsed["time"] == "2023-11-14T22:13:20.123456789Z"
    assert parsed["output"].startswith("03:43:20.123456789: Notice (pid=4242 tty=34816 pod=<NA> w=true)")
    fields = parsed["output_fields"]
    assert fields["evt.time"] == 1_700_000_000_123_456_789
    assert fields["proc.pid"] == 4242
    assert fields["proc.is_exe_writable"] is True
    assert fields["k8s.pod.name"] is None
    assert fields["container.id"] == "0123456789ab"


def test_json_carries_the_characters_and_shows_none_of_them() -> None:
    event = plain.Event(process=replace(plain.SHELL, args=(HOSTILE,)))
    line = json_lines.line(alert("(args=%proc.args)", event)).decode()
    assert line[:-1].isprintable()
    assert re.search("[\x00-\x1f\x7f-\x9f\u202e]", line[:-1]) is None
    assert json.loads(line)["output_fields"]["proc.args"] == HOSTILE.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("written", "printed"),
    [("emergency", "Emergency"), ("INFO", "Informational"), ("Warning", "Warning"), ("debug", "Debug")],
)
def test_priorities_are_printed_by_their_names(written: str, printed: str) -> None:
    assert f": {printed} x" in text.line(alert("x", priority=written)).decode()
    assert document(alert("x", priority=written))["priority"] == printed
