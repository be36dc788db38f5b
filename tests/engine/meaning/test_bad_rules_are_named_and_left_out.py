# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a rule is said with the marked text and a hint; the other rules load."""

from __future__ import annotations

import pytest

from tests.engine.meaning.loading import errors, load, rule_text

GOOD = rule_text("proc.name = cat", "good")


@pytest.mark.parametrize(
    ("condition", "message", "mark", "hint"),
    [
        ("proc.nme = x", "there is no field proc.nme", "proc.nme", "proc.name"),
        ("fd.sport = sssh", "neither a port number nor the name of a service", "sssh", ""),
        ("fd.sport = -1", "neither a port number nor the name of a service", "-1", ""),
        ("fd.sport = 65536", "does not fit PORT", "65536", ""),
        ("fd.sip = 10.0.0", "is no IP address", "10.0.0", ""),
        ("fd.snet = 10.0.0.1", "is no network", "10.0.0.1", ""),
        ("fd.snet in (10.0.0.0/33)", "an address has 32 bits", "10.0.0.0/33", ""),
        ("fd.ip > 1", "operator > cannot be used on fd.ip", ">", "in"),
        ("proc.fdusage = 1.5", "not a decimal whole number", "1.5", ""),
        ("fd.types = file", "operator = cannot be used on fd.types", "=", "intersects"),
        ("fd.ip = val(fd.sip)", "fd.ip cannot be compared with another field", "fd.ip", ""),
        ("evt.outputtime exists", "can only be printed", "evt.outputtime", ""),
        ("evt.arg.flgs contains x", "unknown event argument flgs", "evt.arg.flgs", "flags"),
        ("evt.arg contains x", "needs an argument", "evt.arg", ""),
        ("proc.name[1] = x", "takes no argument", "proc.name[1]", ""),
        ("proc.aname[x] = x", "takes a number", "proc.aname[x]", ""),
        ("shel_procs", "Undefined macro 'shel_procs'", "shel_procs", "shell_procs"),
        ("proc.pid contains 1", "operator contains cannot be used on proc.pid", "contains", "in"),
        ("proc.pid = 0x10", "is not a decimal whole number", "0x10", ""),
        ("proc.tty = 5000000000", "does not fit UINT32", "5000000000", ""),
        ("evt.is_open_read = yes", "neither true nor false", "yes", ""),
        ("evt.type in (open, opnat)", "unknown event type opnat", "opnat", "openat"),
        ("proc.name regex 'a('", "not a regular expression", "'a('", "POSIX"),
        ('proc.name = "a\\x00"', "NUL", '"a\\x00"', ""),
        ("proc.name = val(proc.pid)", "proc.pid is INT64", "val(proc.pid)", "same type"),
        ("proc.aname = val(proc.name)", "proc.aname cannot be compared with another field", "proc.aname", ""),
        ("tolower(proc.pid) = a", "tolower() cannot be applied to a number", "tolower(proc.pid)", ""),
        ("tolower(proc.aname) = a", "cannot be used in a transformer", "proc.aname", ""),
        ("evt.rawarg.uid contains 1", "cannot be used on evt.rawarg.uid", "contains", "allows"),
    ],
)
def test_an_error_marks_its_text_and_disturbs_no_other_rule(
    condition: str, message: str, mark: str, hint: str
) -> None:
    macro = "- macro: shell_procs\n  condition: proc.name = sh\n"
    checked = load(macro, rule_text(condition, "bad"), GOOD)
    found = errors(checked)
    assert len(found) == 1
    assert message in found[0][0]
    assert found[0][1] == mark
    assert hint in found[0][2]
    assert [rule.name for rule in checked.rules] == ["good"]
    assert checked.left_out == ("bad",)
    assert not checked.ok


def test_all_errors_of_all_rules_are_found_in_one_load() -> None:
    checked = load(rule_text("proc.nme = x and proc.pid = x", "one"), rule_text("nothing", "two"), GOOD)
    assert len(errors(checked)) == 3


def test_an_error_in_a_macro_is_said_once_and_every_rule_that_is_lost_is_named() -> None:
    macro = "- macro: m\n  condition: proc.nme = sh\n"
    found = errors(load(macro, rule_text("m", "one"), rule_text("m", "two"), GOOD))
    assert [mark for _, mark, _ in found] == ["proc.nme", "one", "two"]


def test_a_text_that_names_a_field_is_a_warning_only() -> None:
    checked = load(rule_text("proc.name = proc.pname"))
    assert checked.ok
    assert [d.code for d in checked.diagnostics if "val(proc.pname)" in d.hint] == ["LOAD_COMPILE_CONDITION"]


@pytest.mark.parametrize(
    ("output", "mark"),
    [("a %proc.nme", "%proc.nme"), ("100%", "%"), ("a %% b", "%"), ("%fd.ip", "%fd.ip")],
)
def test_a_bad_output_marks_its_token(output: str, mark: str) -> None:
    found = errors(load(rule_text("proc.name = x", "bad", f"'{output}'"), GOOD))
    assert found
    assert found[0][1].startswith(mark)
