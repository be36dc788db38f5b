# SPDX-License-Identifier: Apache-2.0
"""`lanner check --explain RULE`: every pass in order, what the kernel can ask, the code; no raw bytes."""

from __future__ import annotations

import pathlib
import re

from lanner_engine.fields.tables.event_names import HOT
from tests.agent.cli.command import lanner

RULES = """
- list: shells
  items: [sh, bash]
- macro: in_container
  condition: container.id != host
- macro: always
  condition: evt.num >= 1
- rule: Shell
  desc: d
  condition: >
    evt.type in (execve, openat) and always and in_container
    and not (evt.type = openat or not proc.name in (shells)) and proc.args contains "-c"
  output: x
  priority: NOTICE
"""


def explain(tmp_path: pathlib.Path, name: str, text: str = RULES) -> list[str]:
    (tmp_path / "a.yaml").write_text(text)
    done = lanner("check", "--explain", name, tmp_path / "a.yaml")
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


def test_every_pass_says_what_it_made(tmp_path: pathlib.Path) -> None:
    shown = explain(tmp_path, "Shell")
    assert shown[0].endswith("a.yaml:8:9)")
    text = "\n".join(shown)
    titles = [line.split(":")[0] for line in shown if line[:1].isdigit() and ". " in line]
    assert titles == [
        "1. expand",
        "2. resolve",
        "3. check",
        "4. patterns",
        "5. fold",
        "6. normalise",
        "7. order",
        "8. event types",
        "9. outcomes",
        "10. index",
        "11. code generation",
    ]
    assert "and not (evt.type = openat or not proc.name in (sh, bash))" in text
    assert "evt.num" in text.partition("5. fold")[0]
    assert "evt.num" not in text.partition("5. fold")[2]
    assert "    execve\n" in text.partition("8. event types")[2]


def test_what_the_kernel_asks_stands_in_words(tmp_path: pathlib.Path) -> None:
    shown = [line.strip() for line in explain(tmp_path, "Shell")]
    at = shown.index("exec (execve)")
    assert shown[at + 1 : at + 4] == ["the process is one of bash, sh", "and it is in a container", ""]


PATHS = """
- rule: Keys
  desc: d
  condition: >
    evt.type in (open, openat) and evt.is_open_write = true
    and (fd.name startswith /root/.ssh or fd.directory = /etc or proc.pname = sshd)
  output: x
  priority: NOTICE
"""


def test_each_way_in_which_a_rule_can_be_true_names_the_places_in_the_path(tmp_path: pathlib.Path) -> None:
    shown = explain(tmp_path, "Keys", PATHS)
    at = shown.index("    open (open, openat)")
    end = shown.index("", at)
    assert shown[at + 1 : end] == [
        "            it is opened for writing, or the call failed",
        "            and the path's first name is root",
        "            and a name in the path begins with .ssh",
        "            and these names are asked of opens that worked only",
        "        or else",
        "            it is opened for writing, or the call failed",
        "            and the name before the last is etc",
        "            and the path's first name is etc",
        "            and these names are asked of opens that worked only",
        "        or else",
        "            it is opened for writing, or the call failed",
        "            and the path's last name is etc",
        "            and the name before the last is missing",
        "            and the path's first name is etc",
        "            and these names are asked of opens that worked only",
        "        or else",
        "            its parent is sshd",
        "            and it is opened for writing, or the call failed",
    ]


def test_a_rule_that_lets_every_event_through_is_warned_of(tmp_path: pathlib.Path) -> None:
    hungry = RULES.replace("and in_container", "").replace("not proc.name in (shells)", "proc.args = x")
    text = "\n".join(explain(tmp_path, "Shell", hungry))
    assert "nothing in the kernel holds these events back" in text.partition("10. index")[2]


def test_a_rule_of_a_namespace_is_asked_in_containers_only(tmp_path: pathlib.Path) -> None:
    content = "".join(f"    {line}\n" for line in PATHS.strip().splitlines())
    head = "apiVersion: lanner.dev/v1alpha1\nkind: FalcoRule\nmetadata: {name: a, namespace: b}\nspec:\n"
    shown = "\n".join(explain(tmp_path, "Keys", f"{head}  content: |\n{content}"))
    assert shown.partition("10. index")[2].count("it is in a container") == 4


def test_the_code_stands_with_the_values_it_names(tmp_path: pathlib.Path) -> None:
    code = "\n".join(explain(tmp_path, "Shell")).partition("11. code generation")[2]
    assert "def f0(e):" in code
    assert "= {b'bash', b'sh'}" in code
    assert "K0 = (this rule,)  # Notice" in code


def test_a_rule_with_an_error_is_explained_up_to_it(tmp_path: pathlib.Path) -> None:
    shown = explain(tmp_path, "Shell", RULES.replace("proc.args", "proc.agrs"))
    assert "3. check: operators and values fit the types" in shown
    assert "The rule has an error: the passes end here, and the rule is left out." in shown


def test_a_misspelt_name_is_wrong_usage_with_a_suggestion(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES)
    done = lanner("check", "--explain", "Shel", tmp_path / "a.yaml")
    assert done.returncode == 2
    assert "no rule has the name Shel. did you mean Shell?" in done.stderr


def test_nothing_of_a_rule_reaches_the_terminal_raw(tmp_path: pathlib.Path) -> None:
    hostile = RULES.replace('"-c"', '"\\x1b[2J" and proc.exe = \u202egnp and proc.name in (\u200bx)')
    text = "\n".join(explain(tmp_path, "Shell", hostile))
    assert "\\u202egnp" in text
    assert text.replace("\n", "").isprintable()


def test_a_list_of_thousands_is_cut(tmp_path: pathlib.Path) -> None:
    many = ", ".join(f"name{number}" for number in range(3_000))
    shown = explain(tmp_path, "Shell", RULES.replace("sh, bash", many))
    assert max(map(len, shown)) < 1_000
    assert any("…2980_more" in line for line in shown)


def test_of_nearly_all_events_only_the_others_are_named(tmp_path: pathlib.Path) -> None:
    shown = explain(tmp_path, "Shell", RULES.replace("evt.type in", "not evt.type in"))
    at = shown.index("8. event types: the events it can be true on, hot calls only if named")
    assert re.fullmatch(rf"    all \d+ events but execve, openat, {len(HOT)} hot calls", shown[at + 1])


def test_the_kernel_is_asked_of_recorded_events_only(tmp_path: pathlib.Path) -> None:
    shown = explain(tmp_path, "Shell", RULES.replace("evt.type in", "not evt.type in"))
    (other,) = (line for line in shown if line.startswith("    other ("))
    assert other.startswith("    other (acct, add_key, adjtimex, bpf, ")
    assert not re.search(r"\b(uname|read)\b", other)
    never = explain(
        tmp_path,
        "Shell",
        RULES.replace("(execve, openat)", "(uname, execve)").replace("= openat", "= execve"),
    )
    assert "    nothing: none of its events is recorded" in never
