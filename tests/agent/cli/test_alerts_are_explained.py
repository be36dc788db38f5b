# SPDX-License-Identifier: Apache-2.0
"""`lanner explain` says why an alert fired, from the line that the agent wrote, and what it cannot know."""

from __future__ import annotations

import json
import pathlib

from lanner_agent.publish import json_lines, snapshot
from lanner_engine.program.load import check
from lanner_engine.source import Source
from tests.agent.cli.command import lanner
from tests.engine.plain_facts import PlainDescriptor, PlainEvent

RULES = """
- list: readers
  items: [cat, less]
- macro: secret
  condition: fd.name startswith /etc/keys/ and not fd.name endswith .pub
- rule: Key read
  desc: d
  condition: >
    evt.type in (open, openat) and evt.is_open_read = true and secret
    and (proc.name in (readers) or proc.pname = ssh) and not (user.name = root and proc.tty = 0)
  output: read (evt=%evt.type file=%fd.name name=%proc.name tty=%proc.tty)
  priority: NOTICE
"""


def alert(**facts: object) -> str:
    """The line that the agent writes of an open of a key."""
    (rule,) = check([Source("rules.yaml", RULES)]).rules
    descriptor = PlainDescriptor(name=b"/etc/keys/\x1b[31m")
    event = PlainEvent(type="openat", fd=descriptor, open_read=True, **facts)  # type: ignore[arg-type]
    return json_lines.line(snapshot.of(rule, event)).decode()


def explained(tmp_path: pathlib.Path, *lines: str) -> tuple[int, list[str], str]:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "alerts.jsonl").write_text("".join(lines))
    done = lanner("explain", "alerts.jsonl", "--rules", "rules.yaml", cwd=tmp_path)
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_each_part_has_the_value_that_made_it_true(tmp_path: pathlib.Path) -> None:
    status, lines, errors = explained(tmp_path, alert())
    assert (status, errors) == (0, "")
    assert lines[0].startswith("Notice Key read: 20")
    assert lines[1:] == [
        "rules.yaml:6:9",
        "true     evt.type in (open, openat)   [evt.type: openat]",
        "true*    evt.is_open_read = true   [evt.is_open_read: not in the alert]",
        "true     secret",
        "true       fd.name startswith /etc/keys/   [fd.name: /etc/keys/\\x1b[31m]",
        "true       not fd.name endswith .pub   [fd.name: /etc/keys/\\x1b[31m]",
        "true     proc.name in (readers)   [proc.name: cat]",
        "true*    not (user.name = root and proc.tty = 0)",
        "false*     user.name = root   [user.name: not in the alert]",
        "* follows: the rule fired. To see the values, add to its output: %evt.is_open_read %user.name",
    ]


def test_values_that_do_not_make_the_rule_true_are_told(tmp_path: pathlib.Path) -> None:
    changed = json.loads(alert())
    changed["output_fields"]["fd.name"] = "/etc/keys/a.pub"
    hidden = json.loads(alert())
    hidden["output_fields"]["fd.name"] = "/etc/***"
    status, lines, errors = explained(tmp_path, json.dumps(changed) + "\n", json.dumps(hidden))
    assert (status, errors) == (1, "")
    end = lines.index("")
    assert lines[2:end][:2] == [
        "false    secret",
        "false      not fd.name endswith .pub   [fd.name: /etc/keys/a.pub]",
    ]
    assert lines[end - 1].startswith("The values of the alert do not make this rule true")
    assert "true*      fd.name startswith /etc/keys/   [fd.name: hidden]" in lines[end:]


def test_what_is_no_alert_has_its_place(tmp_path: pathlib.Path) -> None:
    stranger = '{"rule": "Kay read", "output_fields": {}}\n'
    status, lines, errors = explained(tmp_path, alert(), "\n", stranger, "{\n", "[" * 100_000 + "\n", "{}\n")
    assert status == 1
    assert [line for line in lines if "Notice" in line] == [lines[0]]
    said = [line.partition(" [")[0] for line in errors.splitlines() if not line.startswith("    ")]
    assert said == [
        "lanner: no rule has the name Kay read. did you mean Key read? --rules names files with other rules",
        "alerts.jsonl:4:2: error: not JSON: Expecting property name enclosed in double quotes",
        "alerts.jsonl:5:1: error: not JSON to be read: nested too deep, or a number too long",
        "alerts.jsonl:6:1: error: no alert",
    ]
