# SPDX-License-Identifier: Apache-2.0
"""More alerts in a second than anybody reads come as plain lines; none is left out, whatever it holds."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from lanner_agent.cli import screen

ESCAPE = "\x1b[2J"


def line(number: int) -> bytes:
    alert = {
        "output": f"03:00:00.123456789: Warning seen {number} (a={ESCAPE}\n(b=c) d=e",
        "priority": "Warning",
        "rule": f"One{ESCAPE}",
    }
    return json.dumps(alert).encode() + b"\n"


@pytest.fixture(autouse=True)
def _within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanner_agent.cli.screen.time", SimpleNamespace(monotonic=lambda: 7.0))


def test_all_of_a_flood_is_shown_and_the_rest_of_a_second_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    shown = screen.Screen()
    for number in range(screen.READABLE + 5):
        shown.alert(line(number))
    out = capsys.readouterr().out
    said = [text.rstrip() for text in out.splitlines()]
    assert said.count(r"03:00:00.123 Warning       One\u001b[2J") == screen.READABLE
    assert [text for text in said if text.startswith("             seen ")] == [
        f"             seen {number}" for number in range(screen.READABLE)
    ]
    plain = [text for text in said if text.startswith("03:00:00.123456789: Warning seen ")]
    assert [text.split()[3] for text in plain] == [str(screen.READABLE + more) for more in range(5)]
    assert ESCAPE not in out


def test_what_is_no_alert_is_shown_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    shown = screen.Screen()
    shown.alert(b"not JSON \x1b[2J\n")
    shown.alert(b'{"output": 5}\n')
    assert capsys.readouterr().out == 'not JSON \\u001b[2J\\n\n{\\"output\\": 5}\\n\n'
