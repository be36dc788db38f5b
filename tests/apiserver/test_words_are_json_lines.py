# SPDX-License-Identifier: Apache-2.0
"""Whatever a process says is one JSON line: its own words, libraries', warnings, tracebacks of any thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from lanner_apiserver import log_lines

PROGRAM = r"""
import gc, logging, threading, warnings
from lanner_apiserver.log_lines import JsonLines
JsonLines().begin("lanner")
logging.getLogger("lanner").info("two\nlines \x1b[31m %s", "\u202e")
logging.getLogger("lanner").info("with numbers", extra={"summary": {"alerts by rule": {"a": 1}}})
logging.getLogger("aiohttp").info("chatter")
logging.getLogger("aiohttp").warning("a library's warning")
warnings.warn("of Python", RuntimeWarning)
def fail():
    raise ValueError("in a thread")
thread = threading.Thread(target=fail, name="worker")
thread.start()
thread.join()
class Broken:
    def __del__(self):
        raise ValueError("nobody catches it")
Broken()
gc.collect()
raise ValueError("the last")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": ""},
    )
    assert done.stdout == b""
    assert done.stderr.isascii(), "nothing that a terminal would act on"
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_each_has_a_time_a_level_and_a_logger(lines: list[dict[str, Any]]) -> None:
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert not any("rule" in line for line in lines)


def test_nothing_is_lost_and_chatter_of_libraries_is_left_out(lines: list[dict[str, Any]]) -> None:
    said = [(line["level"], line["logger"], line["message"].splitlines()[0]) for line in lines]
    assert said[0] == ("INFO", "lanner", "two")
    assert lines[0]["message"] == "two\nlines \x1b[31m \u202e"
    assert lines[1]["summary"] == {"alerts by rule": {"a": 1}}
    assert said[2] == ("WARNING", "aiohttp", "a library's warning")
    assert said[3][:2] == ("WARNING", "py.warnings")
    assert "RuntimeWarning: of Python" in said[3][2]
    assert said[4:] == [
        ("ERROR", "lanner", "an unforeseen error in worker"),
        ("ERROR", "lanner", "an unforeseen error in function"),
        ("CRITICAL", "lanner", "an unforeseen error"),
    ]
    for line, words in zip(lines[4:], ("in a thread", "nobody catches it", "the last"), strict=True):
        assert line["exc_info"].startswith("Traceback")
        assert words in line["exc_info"]


@pytest.mark.parametrize(
    ("form", "pod", "json_lines"),
    [("auto", True, True), ("auto", False, False), ("json", False, True), ("text", True, False)],
)
def test_in_a_pod_they_are_json_unless_told_otherwise(
    form: str, pod: bool, json_lines: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    if pod:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert log_lines.as_json(form) is json_lines
