# SPDX-License-Identifier: Apache-2.0
"""What makes a rule true makes its necessary condition true: the index may pass too much, not too little."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.ast import Check, Expr, FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.event_names import EVENT_NAMES
from lanner_engine.parser.condition import parse
from lanner_engine.parser.printer import print_condition
from lanner_engine.passes import indexable, kernel_classes
from lanner_engine.passes.event_types import event_types
from lanner_engine.passes.fold import fold
from lanner_engine.passes.necessary import necessary, undecided
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.report import Report
from lanner_engine.passes.resolve import resolve
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.text import plain
from tests.engine.meaning.random_conditions import CONDITION, EVENT, check, conditions
from tests.engine.plain_facts import PlainEvent

KNOWN = sorted(indexable.FIELDS.keys() & table.FIELDS.keys())
NEAR = ["container.id", "container.image.repository", "fd.directory", "fd.filename", "evt.type", "proc.exe"]
ASKED: st.SearchStrategy[Check] = check(st.sampled_from([FieldRef(name) for name in (*KNOWN, *NEAR)]))


@settings(max_examples=400, deadline=None)
@given(conditions(ASKED) | CONDITION, st.lists(EVENT, min_size=1, max_size=8))
def test_a_rule_is_true_only_where_its_necessary_condition_is(
    condition: Expr, events: list[PlainEvent]
) -> None:
    final = normalise(fold(condition))
    needed = necessary(final, event_types(final))
    for event in events:
        if evaluate(condition, event):
            (event_class,) = kernel_classes.split(frozenset({event.type}))
            assert evaluate(needed[event_class], event)


def test_every_event_is_of_one_class() -> None:
    members = [name for names in kernel_classes.CLASSES.values() for name in names]
    assert sorted(members) == sorted(EVENT_NAMES)


def _needed(condition: str, event_class: str) -> str:
    final = _final(condition)
    return print_condition(necessary(final, event_types(final))[event_class])


def _final(condition: str) -> Expr:
    report = Report()
    made = normalise(fold(resolve(parse(plain(condition)), report)))
    assert not report.diagnostics
    return made


@pytest.mark.parametrize(
    ("condition", "event_class", "needed"),
    [
        ("proc.name in (a, b) and proc.args contains x", "exec", "proc.name in (a, b)"),
        ("proc.name in (a, b) or proc.args contains x", "exec", "always"),
        ("not proc.name in (a, b) and not proc.args contains x", "exec", "not proc.name in (a, b)"),
        ("not (proc.name = a and proc.args contains x)", "exec", "always"),
        ("(proc.name = a and proc.args = x) or proc.name = a", "exec", "proc.name = a"),
        ("evt.type in (open, execve) and proc.name = a", "exec", "proc.name = a"),
        ("evt.type = openat and fd.name startswith /etc", "open", "fd.name startswith /etc"),
        ("evt.type in (open, openat) and (evt.type = open or proc.name = a)", "open",
         "(evt.type = open or proc.name = a)"),
        ("fd.name startswith /etc", "exec", "always"),
        ("fd.directory in (/etc, /root)", "open", "fd.name startswith anyof (/etc, /root)"),
        ("fd.filename = x", "path", "fd.name endswith x"),
        ("not fd.filename = x", "open", "always"),
        ("fd.name glob /etc/*.conf", "open", "(fd.name startswith /etc/ and fd.name endswith .conf)"),
        ("fd.name glob *a*", "open", "always"),
        ("fd.name glob /etc", "open", "fd.name = /etc"),
        ("fd.name glob '/a[b]'", "open", "fd.name startswith /a"),
        ("proc.name = anyof (a, b)", "exec", "proc.name = anyof (a, b)"),
        ("proc.name = oneof (a, b)", "exec", "always"),
        ("container.id != host", "exec", "container.id != host"),
        ("container.id = 0123456789ab", "exec", "always"),
        ("k8s.ns.name = kube-system", "exec", "container.id != host"),
        ("not k8s.ns.name = kube-system", "exec", "always"),
        ("container.name = host", "exec", "always"),
        ("user.uid = 0 and proc.is_exe_upper_layer = true", "exec",
         "(user.uid = 0 and proc.is_exe_upper_layer = true)"),
    ],
)  # fmt: skip
def test_what_the_index_can_ask_is_kept(condition: str, event_class: str, needed: str) -> None:
    assert _needed(condition, event_class) == needed


def test_classes_on_which_a_rule_cannot_be_true_are_missing() -> None:
    final = _final("evt.type in (open, execve) and (evt.type = open or evt.type = openat)")
    assert list(necessary(final, event_types(final))) == ["open"]


def test_what_only_user_space_decides_is_named_once() -> None:
    final = _final("proc.args contains x and not k8s.ns.name = a and (proc.name = a or proc.args contains x)")
    shown = [print_condition(one) for one in undecided(final, "exec")]
    assert shown == ["proc.args contains x", "not k8s.ns.name = a"]
