# SPDX-License-Identifier: Apache-2.0
"""What is on trial when an agent is killed is not loaded by the next one; all else is."""

from __future__ import annotations

import json
import pathlib

import pytest

from lanner_agent.policy.bundle import trials
from lanner_agent.policy.bundle.trials import Trials

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def started(folder: pathlib.Path, owner: str = "one", under: str = "0.1 in 512 MiB") -> Trials:
    """An agent of this node, after the one before it was killed."""
    return Trials(folder, owner, print, under)


def test_a_bundle_that_was_on_trial_killed_the_agent(tmp_path: pathlib.Path) -> None:
    started(tmp_path).begin(A)
    after = started(tmp_path)
    assert after.killer == A
    assert after.killed(A)
    assert not after.killed(B)


def test_it_is_remembered_by_every_agent_after_that(tmp_path: pathlib.Path) -> None:
    started(tmp_path).begin(A)
    started(tmp_path)
    later = started(tmp_path)
    assert later.killer == ""
    assert later.killed(A)


def test_the_newest_of_several_is_the_culprit(tmp_path: pathlib.Path) -> None:
    before = started(tmp_path)
    before.begin(A)
    before.begin(B)
    after = started(tmp_path)
    assert (after.killed(A), after.killed(B)) == (False, True)


@pytest.mark.parametrize("ending", ["refused", "in good order", "proven"])
def test_what_is_off_trial_is_no_culprit(tmp_path: pathlib.Path, ending: str) -> None:
    before = started(tmp_path)
    before.begin(A)
    if ending == "refused":
        before.end(A)
    elif ending == "proven":
        before.prove(A)
    else:
        before.end_all()
    after = started(tmp_path)
    assert after.killer == ""
    assert not after.killed(A)


def test_what_ran_for_a_minute_is_not_tried_again(tmp_path: pathlib.Path) -> None:
    before = started(tmp_path)
    before.begin(A)
    before.prove(A)
    before.begin(A)
    assert not started(tmp_path).killed(A)


def test_proof_takes_the_earlier_ones_off_trial_and_not_a_later_one(tmp_path: pathlib.Path) -> None:
    before = started(tmp_path)
    for one in (A, B, C):
        before.begin(one)
    before.prove(B)
    after = started(tmp_path)
    assert [after.killed(one) for one in (A, B, C)] == [False, False, True]


def test_going_back_to_the_proven_one_takes_what_was_tried_meanwhile_off_trial(
    tmp_path: pathlib.Path,
) -> None:
    before = started(tmp_path)
    before.begin(A)
    before.prove(A)
    before.begin(C)
    before.begin(A)
    after = started(tmp_path)
    assert (after.killer, after.killed(A), after.killed(C)) == ("", False, False)
    after.begin(C)
    after.begin(A)
    after.prove(A)
    assert json.loads((tmp_path / trials.FILE).read_text())["trying"] == []


@pytest.mark.parametrize("known", [False, True], ids=["killed just now", "killed before"])
def test_a_machine_that_was_started_anew_blames_no_bundle(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    started(tmp_path).begin(A)
    if known:
        assert started(tmp_path).killed(A)
    (tmp_path / "boot_id").write_text("another")
    monkeypatch.setattr(trials, "BOOT", tmp_path / "boot_id")
    after = started(tmp_path)
    assert (after.killer, after.killed(A)) == ("", False)


@pytest.mark.parametrize("under", ["0.2 in 512 MiB", "0.1 in 1024 MiB"])
def test_another_version_or_more_memory_tries_it_again(tmp_path: pathlib.Path, under: str) -> None:
    started(tmp_path).begin(A)
    assert started(tmp_path).killed(A)
    assert not started(tmp_path, under=under).killed(A)


def test_a_proof_holds_beyond_that(tmp_path: pathlib.Path) -> None:
    before = started(tmp_path)
    before.begin(A)
    before.prove(A)
    again = started(tmp_path, under="0.2 in 512 MiB")
    again.begin(A)
    assert not started(tmp_path, under="0.2 in 512 MiB").killed(A)


def test_another_installation_blames_none_either(tmp_path: pathlib.Path) -> None:
    started(tmp_path).begin(A)
    assert not started(tmp_path, "other").killed(A)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"owner":"one"}', b"\xff" * 100, b"[" * 100_000])
def test_what_cannot_be_read_blames_none(tmp_path: pathlib.Path, content: bytes) -> None:
    (tmp_path / trials.FILE).write_bytes(content)
    after = started(tmp_path)
    assert after.killer == ""
    after.begin(A)
    assert started(tmp_path).killer == A


def test_a_directory_that_cannot_be_written_is_said_once(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    there = Trials(tmp_path / "file" / "state", "one", said.append)
    there.begin(A)
    there.begin(B)
    assert len(said) == 1
    assert "would be loaded again" in said[0]
