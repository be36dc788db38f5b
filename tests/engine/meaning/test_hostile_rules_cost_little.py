# SPDX-License-Identifier: Apache-2.0
"""Rules written to be expensive: loading, compiling and matching end soon, and what is too much is refused;
other rules of the file stay.
"""

from __future__ import annotations

import time

import pytest

from lanner_engine.codegen.compile import compile_rules
from lanner_engine.fields import globbing
from lanner_engine.program.load import check
from lanner_engine.source import Source
from tests.engine.meaning.loading import rule_text
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

FILE = 128 * 1024
SECONDS = (
    30  # measured below 8 on a machine with nothing else to do; unbounded they took minutes and gigabytes
)
LONG = b"/a" * 2_000
EVENT = PlainEvent(
    type="openat",
    open_read=True,
    process=PlainProcess(comm=b"a" * 15, exe=LONG, args=(LONG,)),
    fd=PlainDescriptor(name=LONG),
)


def _filled(part: str, between: str = " or ") -> str:
    """One rule as long as a file may be; `%d` of the part counts."""
    parts: list[str] = []
    size = 300
    while size < FILE:
        parts.append(part.replace("%d", str(len(parts))))
        size += len(parts[-1]) + len(between)
    return rule_text(between.join(parts[:-1]), "hostile")


def _list(number: int, rules: int) -> str:
    items = ",".join(f"item{one}" for one in range(number))
    users = "".join(rule_text(f"proc.name in (l) and fd.num = {one}", f"r{one}") for one in range(rules))
    return f"- list: l\n  items: [{items}]\n{users}"


def _macro(checks: int, rules: int) -> str:
    body = " or ".join(f"proc.name = a{one}" for one in range(checks))
    users = "".join(rule_text(f"m and fd.num = {one}", f"r{one}") for one in range(rules))
    return f"- macro: m\n  condition: {body}\n{users}"


LOADED = {
    "ors": _filled("proc.name = x%d"),
    "ands of nots": _filled("not proc.name = x%d", " and "),
    "items of one comparison": rule_text(
        "proc.name = oneof (" + ",".join(f"x{n}" for n in range(16_000)) + ")", "hostile"
    ),
    "globs of stars": _filled("fd.name glob *a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*x%d"),
    "long substrings": "".join(
        rule_text(f"fd.name contains {'/a' * 100}{number}", f"r{number}") for number in range(380)
    ),
    "getopts": _filled('getopt(("-a", proc.args), "a%d:")[a] = b'),
    "a list of ten thousand": _list(10_000, 1),
    "regular expressions that double": rule_text('proc.exe regex "(/a|/a)*(/a|/a/a)*b"', "hostile"),
    "a thousand rules": "".join(
        rule_text(f"evt.type = openat and fd.name startswith /x{n}/", f"r{n}") for n in range(1_000)
    ),
}
REFUSED = {
    "regular expressions": (_filled('proc.name regex "(a|b%d)*c"'), "more than 500 patterns"),
    "large regular expressions": (
        rule_text(" or ".join(f"proc.exe regex '.*a([ab]?){{600}}c{number}'" for number in range(24))),
        "patterns of more than 25,000 instructions together",
    ),
    "globs of classes": (_filled('fd.name iglob "?*[!a]?*[!a]x%d"'), "more than 500 patterns"),
    "path patterns": (
        rule_text("fd.name pmatch (" + ",".join("/" + "*/" * 50 + str(n) for n in range(200)) + ")"),
        "too large together",
    ),
    "one regular expression": (
        rule_text('proc.name regex "((((a{1,100}){1,10}b){1,10}c){1,9}"'.replace("((((", "(((")),
        "not a regular expression",
    ),
    "parentheses": (rule_text("(" * 1_000 + "proc.name = a" + ")" * 1_000), "nest more than 199 deep"),
    "levels": (
        rule_text("proc.name = a " + "".join(f"or (proc.exe = b{n} and (x " for n in range(99)) + "))" * 99),
        "Undefined macro 'x'",
    ),
    "a list in many rules": (_list(10_000, 300), "more than 100000 checks together"),
    "a macro in many rules": (_macro(4_000, 100), "more than 100000 checks together"),
    "a long value": (rule_text(f"fd.name glob {'?' * 256}"), "longer than 255 bytes"),
}


@pytest.mark.parametrize("text", LOADED.values(), ids=LOADED)
def test_what_is_large_but_well_formed_is_loaded_and_asked_soon(text: str) -> None:
    start = time.process_time()
    checked = check([Source("hostile.yaml", text)])
    program = compile_rules(checked.rules)
    program.match(EVENT)
    assert checked.ok
    assert program.event_types
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_would_cost_too_much_is_an_error_and_disturbs_no_other_rule(text: str, message: str) -> None:
    start = time.process_time()
    checked = check([Source("hostile.yaml", rule_text("proc.name = first", "good") + text)])
    compile_rules(checked.rules).match(EVENT)
    assert any(message in one.message for one in checked.diagnostics if one.severity == "error")
    assert "good" in [rule.name for rule in checked.rules]
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "condition",
    ['proc.exe regex "(/a|/a)*(/a|/a/a)*b"', "fd.name glob *a*a*a*a*a*a*b", 'fd.name glob "*?*?*[ab]*[!/]"'],
)
def test_a_pattern_takes_time_by_the_length_of_the_value_only(condition: str) -> None:
    program = compile_rules(check([Source("hostile.yaml", rule_text(condition))]).rules)
    start = time.process_time()
    for _ in range(20):
        program.match(EVENT)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("pattern", [b"*" + b"a" * 30_000 + b"b", b"*" + b"?a" * 15_000, b"[" * 30_000])
def test_a_pattern_that_an_event_holds_takes_little_time_and_is_not_kept(pattern: bytes) -> None:
    rules = check([Source("hostile.yaml", rule_text("proc.exe glob val(proc.args)"))]).rules
    program = compile_rules(rules)
    process = PlainProcess(exe=b"a" * 60_000, args=(pattern,))
    kept, start = globbing.compile_glob.cache_info().currsize, time.process_time()
    assert not program.match(PlainEvent(type="openat", process=process))
    assert time.process_time() - start < 2
    assert globbing.compile_glob.cache_info().currsize == kept


def test_a_short_pattern_that_an_event_holds_is_one() -> None:
    rules = check([Source("hostile.yaml", rule_text("proc.exe glob val(proc.args)"))]).rules
    match = compile_rules(rules).match
    for pattern, wanted in ((b"/bin/?[a-h]*", True), (b"/bin/*", True), (b"/bin/cat", True), (b"?", False)):
        process = PlainProcess(exe=b"/bin/cat", args=(pattern,))
        assert bool(match(PlainEvent(type="openat", process=process))) is wanted
