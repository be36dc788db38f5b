# SPDX-License-Identifier: Apache-2.0
"""`lanner tune` proposes exceptions for alerts that repeat, and says what they silence, hide and let pass."""

from __future__ import annotations

import json
import pathlib

from tests.agent.cli.command import lanner

RULES = """
- list: secrets
  items: [/etc/other]
- rule: Key read
  desc: d
  condition: evt.type in (open, openat) and fd.name startswith /etc
  output: read (file=%fd.name)
  priority: NOTICE
"""
BACKUP = {
    "evt.type": "openat",
    "container.id": "3f2a9c1b7d20",
    "container.image.repository": "registry.local/backup",
    "k8s.ns.name": "ops",
    "proc.exepath": "/usr/bin/backup",
    "proc.pid": 7,
    "fd.name": "/etc/keys/a",
}


def line(number: object = 0, **fields: object) -> str:
    """An alert of the backup that says other things where it is told to."""
    output = {
        **BACKUP,
        "proc.pid": number,
        **{key.replace("__", "."): value for key, value in fields.items()},
    }
    return json.dumps({"rule": "Key read", "output_fields": output}) + "\n"


def tuned(folder: pathlib.Path, *lines: str) -> tuple[str, str]:
    """What is proposed, which loads, and what is said; --check agrees."""
    (folder / "rules.yaml").write_text(RULES)
    (folder / "alerts.jsonl").write_text("".join(lines))
    done = lanner("tune", "alerts.jsonl", "--rules", "rules.yaml", "--check", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "exceptions.yaml").write_text(done.stdout or "[]\n")
    checked = lanner("check", "rules.yaml", "exceptions.yaml", cwd=folder)
    assert checked.returncode == 0, checked.stderr
    return done.stdout, done.stderr


def test_what_repeats_is_silenced_and_the_odd_one_stays(tmp_path: pathlib.Path) -> None:
    usual = [line(number, proc__cmdline=f"backup {number}") for number in range(20)]
    other = [line(number, fd__name="/etc/keys/b", proc__cmdline="backup again") for number in range(20)]
    text, said = tuned(
        tmp_path, *usual, *other, line(fd__name="/etc/shadow", proc__cmdline="backup -x"), "junk\n"
    )
    assert text.splitlines()[:5] == [
        "# Silences 40 of 41 alerts of this rule.",
        "# Of these 20 came only once as they are:",
        "#   proc.cmdline=backup 0",
        "#   proc.cmdline=backup 1",
        "#   proc.cmdline=backup 2",
    ]
    rows = [json.loads(row.partition("- ")[2]) for row in text.splitlines() if row.startswith("        - ")]
    assert {row[-1] for row in rows} == {'"/etc/keys/a"', '"/etc/keys/b"'}
    assert "# Lets pass: whatever /usr/bin/backup does so in containers of registry.local/backup" in text
    assert "another program there: add %proc.is_exe_upper_layer to the output" in text
    assert "alerts.jsonl:42:1: error: not JSON" in said
    assert said.splitlines()[-4:] == [
        "lanner: 1 line is no alert; it is left out",
        "lanner: 41 alerts of 1 rule: 1 exception would silence 40",
        "lanner: checked: 40 alerts vanish, 1 stay",
        "lanner: these are the ones that are named, and no others",
    ]


def test_alerts_of_somebody_else_that_would_be_hidden_are_named(tmp_path: pathlib.Path) -> None:
    """An exception cannot ask that a field is absent."""
    on_nobody = [line(number, container__image__repository=None, k8s__ns__name=None) for number in range(20)]
    text, _ = tuned(tmp_path, *on_nobody, line())
    assert "# Silences 21 of 21 alerts of this rule.\n# Of these 1 are somebody else's:" in text
    assert "#   container.image.repository=registry.local/backup, k8s.ns.name=ops\n" in text
    assert "# Lets pass: every container may have a program at /usr/bin/backup" in text


def test_hostile_values_are_these_values_and_open_nothing(tmp_path: pathlib.Path) -> None:
    hostile: list[dict[str, object]] = [
        {"proc__exepath": "/opt/a) or (evt.num >= 0"},
        {"proc__exepath": '/opt/a"\\'},
        {"proc__exepath": "/opt/ü #: {x}"},
        {"proc__exepath": "/opt/b", "proc__cmdline": "secrets"},
        {"proc__exepath": "/opt/c", "proc__cmdline": "(/usr/bin/backup, x)"},
        {"proc__exepath": "/opt/d", "proc__cmdline": "null"},
    ]
    others = [line(proc__exepath="/opt/a"), line(proc__exepath="/opt/b", proc__cmdline="/etc/other"), line()]
    text, said = tuned(tmp_path, *(line(**fields) for fields in hostile for _ in range(20)), *others)
    assert text.count("# Silences 20 of 123 alerts of this rule.\n") == len(hostile)
    assert "lanner: checked: 120 alerts vanish, 3 stay" in said


def test_what_opens_a_hole_is_not_proposed_but_said(tmp_path: pathlib.Path) -> None:
    holes: list[tuple[dict[str, object], str]] = [
        ({"proc__exepath": None, "proc__name": "sshd"}, "no proc.exepath that can be trusted"),
        ({"proc__is_exe_upper_layer": True}, "the program is not one of the image"),
        ({"proc__cmdline": "a\n- rule: x"}, "they hold values that are long, hidden"),
        ({"proc__exepath": "/a", "proc__cmdline": "a ***"}, "they hold values that are long, hidden"),
        ({"proc__exepath": "/opt/" + "x" * 250}, "they hold values that are long, hidden"),
    ]
    text, said = tuned(tmp_path, *(line(**fields) for fields, _ in holes for _ in range(20)))
    assert text == ""
    told = [one for one in said.splitlines() if "nothing proposed for 20 alerts of Key read: " in one]
    assert len(told) == len(holes)
    assert all(any(why in one for one in told) for _, why in holes)


def test_standard_input_is_read_and_rules_that_are_not_there_are_named(tmp_path: pathlib.Path) -> None:
    done = lanner("tune", "/dev/null")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "lanner: 0 alerts of 0 rules: 0 exceptions would silence 0\n"
    (tmp_path / "a.jsonl").write_text(line())
    assert "lanner: no rule has the name Key read" in lanner("tune", tmp_path / "a.jsonl").stderr
