# SPDX-License-Identifier: Apache-2.0
"""Conditions and health: what makes a node ready, what does not, and when a transition is one."""

from __future__ import annotations

import pytest

from lanner_agent.report import board as boards
from lanner_agent.report.board import Board
from lanner_agent.report.health import STALE_S, START_S, Heartbeat


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    times = ["t0"]
    monkeypatch.setattr(boards, "timestamp", lambda: times[-1])
    return times


def ready(board: Board) -> tuple[str, str]:
    condition = board.get(boards.READY)
    return condition.status, condition.message


def detecting(board: Board) -> None:
    board.say(boards.PROBES, "True", "Attached", "yes")
    board.say(boards.RULES, "True", "BundleLoaded", "bundle r000001 in force")
    board.say(boards.METADATA, "False", "RuntimeUnavailable", "no program answers")


def test_a_node_is_ready_with_probes_rules_and_a_first_look_at_the_runtime() -> None:
    board = Board()
    board.say(boards.PROBES, "True", "Attached", "yes")
    assert ready(board) == ("False", "not known yet: RulesLoaded, MetadataHealthy")
    detecting(board)
    assert ready(board)[0] == "True"


def test_a_bad_bundle_does_not_make_a_node_unready_and_refused_probes_do() -> None:
    board = Board()
    detecting(board)
    board.say(boards.RULES, "False", "BundleRejected", "no")
    assert ready(board)[0] == "True"
    board.say(boards.PROBES, "False", "ProbesRefused", "no BTF")
    assert ready(board) == ("False", "no BTF")


def test_a_node_whose_agent_must_show_that_it_stays_is_not_ready_and_says_why() -> None:
    board = Board()
    changes: list[None] = []
    board.changed = lambda: changes.append(None)
    board.hold("WasKilled", "wait")
    assert board.get(boards.READY).reason == "Starting"
    detecting(board)
    assert (board.get(boards.READY).reason, *ready(board)) == ("WasKilled", "False", "wait")
    board.say(boards.PROBES, "False", "ProbesRefused", "no BTF")
    assert ready(board) == ("False", "no BTF"), "what is worse comes first"
    detecting(board)
    seen = len(changes)
    board.release()
    assert ready(board) == ("True", "bundle r000001 in force")
    assert len(changes) == seen + 1
    board.release()
    assert len(changes) == seen + 1


def test_a_transition_is_a_change_of_status_and_outlives_a_restart(clock: list[str]) -> None:
    board = Board()
    detecting(board)
    clock.append("t1")
    board.say(boards.RULES, "True", "BundleLoaded", "bundle r000002 in force")
    assert board.get(boards.RULES).since == "t0"
    board.say(boards.RULES, "False", "BundleRejected", "no")
    assert board.get(boards.RULES).since == "t1"
    clock.append("t2")
    again = Board()
    detecting(again)
    again.remember([*board.conditions(), {"type": "Other"}, {}])
    assert again.get(boards.PROBES).since == "t0"
    assert again.get(boards.RULES).since == "t2"


def test_the_same_again_is_no_change() -> None:
    board = Board()
    changes: list[None] = []
    board.changed = lambda: changes.append(None)
    detecting(board)
    detecting(board)
    assert len(changes) == 3


def test_a_thread_is_dead_when_it_was_silent_for_long() -> None:
    now = [0.0]
    heart = Heartbeat(lambda: now[0])
    heart.beat()
    now[0] += STALE_S
    assert heart.problem() == ""
    now[0] += 1
    assert "silent for 31 s" in heart.problem()
    heart.rest()
    assert heart.problem() == ""


def test_a_thread_that_does_not_begin_is_dead_after_some_minutes_and_may_rest_before() -> None:
    now = [0.0]
    heart = Heartbeat(lambda: now[0])
    now[0] = START_S
    assert heart.problem() == ""
    now[0] += 1
    assert heart.problem() == "the agent does not watch yet, 301 s after its start"
    heart.rest()
    now[0] += 10_000
    assert heart.problem() == ""
    heart.start()
    now[0] += START_S
    assert heart.problem() == ""
    now[0] += 1
    assert "does not watch yet" in heart.problem()
    heart.beat()
    assert heart.problem() == ""
    now[0] += STALE_S + 1
    assert "silent for 31 s" in heart.problem()
