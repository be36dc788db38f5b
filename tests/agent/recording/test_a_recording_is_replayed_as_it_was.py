# SPDX-License-Identifier: Apache-2.0
"""What a watch told of its events a replay tells word for word, with every answer as it was then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lanner_agent.decode.event import decode
from lanner_agent.decode.session import Session
from lanner_agent.enrich.answers import Pending, Unknown
from lanner_agent.enrich.cri.failure import Reason
from lanner_agent.kernel.record_layout import StringPart
from lanner_agent.recording.answering import Answering
from lanner_agent.recording.items import ContainerAnswer, Header, WatcherAnswer
from lanner_engine.fields.model import Container, Mount
from tests.agent.decode import records
from tests.agent.decode.records import KEPT
from tests.agent.events import rules
from tests.agent.recording import made

FULL_ID, CGROUP = made.FULL_ID, made.CGROUP
STRING = {3 << 2 | StringPart.ARGS: b"cat\0kept\0"}
BARE = Container(id=FULL_ID[:12], full_id=FULL_ID)
WHOLE = Container(
    id=FULL_ID[:12],
    full_id=FULL_ID,
    name=b"web\xff",
    labels={b"a\0b": b"\xfe"},
    mounts=(Mount(b"/a", b"/b", b"ro", False, b"private"),),
)

LACKING = (
    (
        "1 rule of 1 were not in force while this was recorded (Other): the kernel held back events on which "
        "no rule then could be true; `lanner run --record FILE --no-index` keeps all events of their types"
    ),
    "events that these rules ask for and that were not recorded: chmod",
    "events of which less was recorded than these rules ask for: openat",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recording"


def test_users_environments_and_numbers_of_events_are_those_of_then(file: Path) -> None:
    with made.watched(made.recording(file)) as watch:
        watch.turn(made.opened(b"/tmp/x"), made.opened(b"/etc/\xff\n"))
        watch.turn(made.opened(b"/etc/shadow", uid=0, gid=9))
    replayed = made.replayed(file)
    assert replayed.lines == watch.lines
    assert [alert["output_fields"]["user.name"] for alert in replayed.alerts] == ["bob", "root"]  # type: ignore[index]
    assert [alert["output_fields"]["evt.num"] for alert in replayed.alerts] == [2, 3]  # type: ignore[index]
    assert replayed.alerts[0]["output_fields"]["proc.aenv[1]"] == "PID=6"  # type: ignore[index]
    assert (replayed.said, replayed.replayed.whole) == ([], True)


@pytest.mark.parametrize(
    ("cause", "wanted"),
    [(None, b"/" + FULL_ID), (Reason.NOT_FOUND, None), (Reason.ROOTLESS, FULL_ID)],  # the last one: as before
)
def test_a_user_s_cgroup_stands_for_no_container_of_the_node(
    cause: Reason | None, wanted: bytes | None
) -> None:
    answers = Answering()
    answers.begin(made.HEADER)
    if cause is not None:
        known = ContainerAnswer(full_id=FULL_ID, known="unknown", container=BARE, cause=cause)
        answers.state.apply(known, 100)
    path = b"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-%s.scope" % FULL_ID
    assert answers.identify(path) == wanted


def test_who_watched_is_known() -> None:
    """A signal to it is one in a replay, which has another pid."""
    watcher = WatcherAnswer(namespace=4, threads=frozenset({50, 51, -50}), parent=40)
    header = made.HEADER.model_copy(update={"watcher": watcher})
    answers = Answering()
    answers.begin(Header.model_validate_json(header.model_dump_json()))
    signals = (
        records.Builder("kill").call(number, 9).process(pid=7, vpid=vpid, pid_ns=4)
        for number, vpid in ((51, 7), (51, 40), (52, 7))
    )
    found = [decode(signal.bytes(), Session(answers)).on_agent for signal in signals]
    assert found == [True, False, False]


def test_an_alert_waits_for_its_container_as_it_did(file: Path) -> None:
    with made.watched(made.recording(file)) as watch:
        watch.containers.become(FULL_ID, Pending(BARE))
        watch.turn(made.opened(b"/etc/a", cgroup=CGROUP), made.opened(b"/etc/b"))
        watch.containers.become(FULL_ID, WHOLE)
        watch.turn()
        watch.turn(made.opened(b"/etc/c", cgroup=CGROUP))
    assert [b"web" in line for line in watch.lines] == [False, True, True]
    assert made.replayed(file).lines == watch.lines


def test_a_container_that_nobody_knew_has_the_reason_of_then(file: Path) -> None:
    with made.watched(made.recording(file)) as watch:
        watch.containers.become(FULL_ID, Unknown(BARE, Reason.NOT_CRI, "it speaks otherwise"))
        watch.turn(made.opened(b"/etc/a", cgroup=CGROUP))
    replayed = made.replayed(file)
    assert replayed.lines == watch.lines
    assert replayed.said == watch.said == ["container abababababab: names stay <NA>: it speaks otherwise"]


def test_strings_that_records_leave_out_are_there_until_they_are_forgotten(file: Path) -> None:
    with made.watched(made.recording(file)) as watch:
        watch.turn(made.opened(b"/etc/a"))
        watch.turn(made.opened(b"/etc/b", args=KEPT), first=lambda: watch.keep(STRING))
        watch.turn(made.opened(b"/etc/c", args=KEPT), first=lambda: watch.forget(3))
    replayed = made.replayed(file)
    assert [alert["output_fields"]["proc.cmdline"] for alert in replayed.alerts] == ["cat", "cat kept", "cat"]  # type: ignore[index]
    assert replayed.lines == watch.lines
    assert replayed.replayed.blocks["asked by rules and not in the recording"] == {
        "paths and arguments of processes": 1
    }


def test_each_file_of_a_recording_says_all_that_was_known(file: Path) -> None:
    """Of three files the first is gone; strings and containers that it told of are known."""
    noise = made.incompressible(300)
    with made.watched(made.recording(file, max_bytes=200_000, files=2)) as watch:
        watch.containers.become(FULL_ID, WHOLE)
        watch.turn(made.opened(b"/etc/first", cgroup=CGROUP), first=lambda: watch.keep(STRING))
        for record in noise:
            watch.turn(record)
        watch.turn(made.opened(b"/etc/last", cgroup=CGROUP, args=KEPT))
    older = file.with_name("recording.1")
    assert watch.recording.counts["files"] >= 3
    assert sorted(one.name for one in file.parent.iterdir()) == ["recording", "recording.1"]
    assert made.replayed(older, file).lines == made.replayed(file).lines == watch.lines[1:]
    assert not made.replayed(older, file).said


def test_other_rules_are_asked_and_what_they_lack_is_said(file: Path) -> None:
    with made.watched(made.recording(file)) as watch:
        watch.turn(made.opened(b"/tmp/x"))
    condition = "evt.type in (openat, chmod) and fd.name startswith /tmp and not proc.cwd contains X"
    other = rules.compiled(rules.text("Other", condition))
    replayed = made.replayed(file, program=other)
    assert [alert["rule"] for alert in replayed.alerts] == ["Other"]
    assert replayed.said == [*LACKING]


def test_an_output_that_takes_no_more_ends_it_in_words(tmp_path: Path) -> None:
    file, ruleset = tmp_path / "recording", tmp_path / "rules.yaml"
    with made.watched(made.recording(file)) as watch:
        for _ in range(4):
            watch.turn(*(made.opened(b"/etc/%d" % number) for number in range(100)))
    ruleset.write_text(rules.text("R", "evt.type = openat", "x" * 200))
    command = "from lanner_agent.cli.main import main; main()"
    words = [sys.executable, "-c", command, "replay", str(file), "--rules", str(ruleset)]
    reader, gone = os.pipe()
    os.close(reader)
    said = []
    for output in (gone, os.open("/dev/full", os.O_WRONLY)):
        ended = subprocess.run(words, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
        os.close(output)
        said.append((ended.returncode, ended.stderr.splitlines()[1:]))  # behind what the recording lacks
    assert said == [(1, []), (1, ["lanner: cannot write the output: no space left on device"])]
