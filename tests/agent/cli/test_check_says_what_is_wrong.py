# SPDX-License-Identifier: Apache-2.0
"""`lanner check`: exit codes, where the diagnostics go, and that hostile files do no more than be refused."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

from tests.agent.cli.command import LANNER, PATIENCE_S, lanner
from tests.agent.events import rules


def test_good_rules_give_one_line(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(rules.text("One") + rules.text("Two", "evt.type = openat"))
    done = lanner("check", tmp_path)
    assert done.returncode == 0
    assert done.stdout == "1 file checked: 2 rules for execve, openat; 0 errors, 0 warnings\n"
    assert done.stderr == ""


def test_the_default_rules_are_good() -> None:
    done = lanner("check")
    assert done.returncode == 0, done.stderr
    assert "0 errors, 0 warnings" in done.stdout


def test_a_problem_is_shown_where_it_stands(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.yaml").write_text(rules.text(condition="evt.type = execve and proc.nmae = sh"))
    done = lanner("check", "bad.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == "1 file checked: 1 error, 0 warnings\n"
    first, *rest = done.stderr.splitlines()
    assert first.startswith("bad.yaml:4:36: ")
    assert "proc.nmae" in first
    assert any("condition: evt.type = execve and proc.nmae = sh" in line for line in rest)
    assert any(line.strip(" |^~") == "" and "^" in line for line in rest)


def test_a_rule_that_makes_an_event_of_every_hot_call_is_told_of(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(
        rules.text("Wide", "evt.type in (open, read, write) and not (fd.name != /x)")
        + rules.text("Narrow", "evt.type = read and fd.name = /x and proc.name = cat")
        + rules.text("By number", "evt.type = fcntl and evt.arg.cmd = F_ADD_SEALS and fd.name contains x")
    )
    done = lanner("check", "a.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.endswith("0 errors, 1 warning\n")
    first, marked, below, hint = done.stderr.splitlines()
    assert first.startswith("a.yaml:4:33: warning: rule Wide makes an event of nearly every read and write ")
    assert marked[below.index("^") : below.rindex("~") + 1] == "read"
    assert "proc.name" in hint


def test_every_problem_of_several_files_is_shown(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff")
    done = lanner("check", tmp_path / "a.yaml", tmp_path / "missing.yaml")
    assert done.returncode == 1
    assert "a.yaml:1:1: " in done.stderr
    assert "missing.yaml:1:1: " in done.stderr
    assert "no such file" in done.stderr


def test_control_characters_of_a_file_are_not_printed(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "evil\x1b[31m.yaml"
    path.write_text(rules.text(condition='"evt.type = execve and \\e[2Jx"') + "# \x1b[2J\u202e\n")
    done = lanner("check", path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- rule: [",
        b"[" * 100_000,
        b"&a [*a, *a]\n",
        b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"k%d: &k%d [*a,*a,*a,*a]\n" % (n, n) for n in range(50)),
        b"- rule: x\n  condition: " + b"(" * 50_000 + b"\n",
        b"\x00\x01\x02",
        b"!!python/object/apply:os.system ['echo pwned']\n",
        os.urandom(4096),
    ],
    ids=["empty", "cut", "deep", "cycle", "bomb", "parentheses", "binary", "tag", "noise"],
)
def test_strange_files_are_answered(content: bytes, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "strange.yaml"
    path.write_bytes(content)
    done = lanner("check", path)
    assert done.returncode in (0, 1)
    assert "bug in lanner" not in done.stderr
    assert "pwned" not in done.stdout


def test_a_reader_that_goes_away_is_no_crash(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("".join(rules.text(f"R{n}", "no.such = 1") for n in range(2000)))
    script = f"{LANNER} check {path} 2>&1 | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], check=False, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert "Exception ignored" not in done.stdout + done.stderr


def test_version_and_help_need_nothing() -> None:
    assert lanner("--version").stdout.startswith("lanner, version ")
    help_text = lanner("--help").stdout
    assert all(word in help_text for word in ("run", "check", "doctor", "Exit codes"))


def test_an_unknown_command_is_a_usage_error() -> None:
    done = lanner("rnu")
    assert done.returncode == 2
    assert "rnu" in done.stderr


def test_a_rule_that_never_fires_is_a_warning_with_its_place(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(rules.text("One", "evt.type = getcwd"))
    done = lanner("check", "a.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == "1 file checked: 1 rule for no event; 0 errors, 1 warning\n"
    head, line, mark, hint = done.stderr.splitlines()
    assert head == (
        "a.yaml:4:25: warning: rule One never fires: nothing records getcwd [LOAD_WARNING_EXTENSION]"
    )
    assert line[mark.index("^") :].startswith("getcwd")
    assert hint.strip() == "hint: `lanner fields --events` says which events are recorded"


def test_of_several_events_those_that_nothing_records_are_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(rules.text("One", "evt.type in (open, time, uname)"))
    done = lanner("check", "a.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == "1 file checked: 1 rule for open; 0 errors, 1 warning\n"
    assert "a.yaml:4:33: warning: rule One never fires on time, uname: nothing records" in done.stderr
