# SPDX-License-Identifier: Apache-2.0
"""An answer that does not come is not waited for; what earlier questions left behind condemns no other."""

from __future__ import annotations

import asyncio
import sys

import pytest

from lanner_engine.objects.limits import DEFAULT
from lanner_operator.reconcile import judges
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.worker import Question, Reply

QUESTION = Question("a", (), {}, (), DEFAULT, None, crowded_out=False)
SILENT = (sys.executable, "-c", "import time; time.sleep(600)")
TIRED = """
import sys
from lanner_operator.reconcile.worker import Reply, questions, send
for number, _ in enumerate(questions(sys.stdin.buffer)):
    send(sys.stdout.buffer, Reply(problem="full" if number else ""))
"""

pytestmark = pytest.mark.timeout(60)


def asked(times: int, longest_s: float = 50.0) -> list[Reply]:
    async def run() -> list[Reply]:
        there = Judges(longest_s)
        try:
            return [await there.ask(QUESTION) for _ in range(times)]
        finally:
            await there.close()

    return asyncio.run(run())


def test_a_process_that_does_not_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "COMMAND", SILENT)
    (reply,) = asked(1, 1.0)
    assert reply.problem == "judging the objects takes more than 1 s"


def test_a_process_that_earlier_questions_filled_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "COMMAND", (sys.executable, "-c", TIRED))
    assert [one.problem for one in asked(3)] == ["", "", ""]


def test_a_fresh_process_without_an_answer_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "COMMAND", (sys.executable, "-c", "import sys; sys.stdin.buffer.read(1)"))
    (reply,) = asked(1)
    assert "ended the process" in reply.problem
