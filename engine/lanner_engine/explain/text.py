# SPDX-License-Identifier: Apache-2.0
"""An explanation as lines for a terminal.

What stands in rules may come from an attacker: nothing of it reaches the terminal as anything but text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lanner_engine.ast import Rows, walk
from lanner_engine.codegen.compile import Program
from lanner_engine.diagnostics import visible
from lanner_engine.explain import effort, held_back
from lanner_engine.explain.explanation import Explanation
from lanner_engine.explain.layout import WIDTH, laid_out
from lanner_engine.fields.tables.event_names import RECORDED
from lanner_engine.index.clauses import by_type
from lanner_engine.passes.event_types import EVERY
from lanner_engine.passes.pipeline import Draft
from lanner_engine.program.load import SOURCE
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.scope import scope_of

_NAME = re.compile(r"\bK[0-9]+\b")
_TYPES_SHOWN = 20


def lines(explanation: Explanation) -> Iterator[str]:
    """Without line ends: the rule, each pass with what it made of it, and the code."""
    yield from _heading(explanation)
    before: Draft | None = None
    for number, (one, draft) in enumerate(explanation.steps, start=1):
        yield ""
        yield f"{number}. {one.name}: {one.does}"
        yield from _made(before, draft)
        before = draft
    yield ""
    if not explanation.complete:
        yield "The rule has an error: the passes end here, and the rule is left out."
        return
    yield f"{len(explanation.steps) + 1}. index: what the kernel asks of an event before it reports it"
    yield from _index(explanation)
    yield ""
    yield f"{len(explanation.steps) + 2}. code generation: a Python function for each group of events"
    if explanation.program is not None and explanation.program.event_types:
        costs = max(map(effort.estimate, explanation.program.rules))
        yield f"    about {costs:.1f} µs for an event on which every part is asked"
        yield from ("    " + visible(line) for line in _code(explanation.program))
    else:
        yield "    none: no event can reach the rule"


def _code(program: Program) -> Iterator[str]:
    """The generated text, and the values it names."""
    yield from program.source.splitlines()
    named = set(_NAME.findall(program.source))
    for name, value in program.constants.items():
        if name in named:
            yield f"{name} = {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], CheckedRule):
        return f"(this rule,)  # {value[0].priority.label}"
    if isinstance(value, frozenset):
        listed = ", ".join(sorted(map(repr, value)))
        value = f"{{{listed}}}"
    text = getattr(value, "__qualname__", "") or str(value)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}…"


def _heading(explanation: Explanation) -> Iterator[str]:
    rule = explanation.definition
    line, column = rule.span.position()
    yield f"{visible(rule.name)}  ({visible(rule.span.source.name)}:{line}:{column})"
    if not rule.enabled:
        yield "    disabled: it is checked, but never runs"
    if rule.source != SOURCE:
        yield f"    of source {visible(rule.source)}, which has no events here: it never runs"


def _made(before: Draft | None, draft: Draft) -> Iterator[str]:
    """What a pass changed."""
    if before is None or before.condition != draft.condition:
        yield from ("    " + visible(line) for line in laid_out(draft.condition))
    elif before.event_types != draft.event_types:
        yield "    " + _types(draft.event_types, draft.unnamed)
    elif before.outcomes != draft.outcomes:
        yield f"    succeeded: {_outcome(draft, draft.outcomes.succeeded)}"
        yield f"    failed: {_outcome(draft, draft.outcomes.failed)}"
    else:
        yield "    nothing to change"


def _outcome(draft: Draft, ended_so: frozenset[str]) -> str:
    found = draft.event_types & ended_so
    return _types(found, draft.unnamed) if found else "none, the kernel drops them"


def _types(event_types: frozenset[str], unnamed: frozenset[str]) -> str:
    """Of many those that are recorded, or what is missing from all. `unnamed`: hot calls that are missing."""
    missing = EVERY - event_types - unnamed
    if not event_types:
        return "none: it can never be true"
    if len(missing) <= _TYPES_SHOWN:
        but = [*sorted(missing), *([f"{len(unnamed)} hot calls"] if unnamed else [])]
        return f"all {len(EVERY)} events" + (f" but {', '.join(but)}" if but else "")
    names = sorted(event_types, key=lambda name: (name not in RECORDED, name))
    more = f" and {len(names) - _TYPES_SHOWN} more" if len(names) > _TYPES_SHOWN else ""
    return ", ".join(names[:_TYPES_SHOWN]) + more


def _index(explanation: Explanation) -> Iterator[str]:
    """Of the events that anything records."""
    draft, owner = explanation.steps[-1][1], explanation.definition.owner
    scope = None if owner is None else scope_of(owner)
    rules = explanation.program.rules if explanation.program is not None else ()
    condition = rules[0].condition if rules else draft.condition  # with what namespaces give
    clauses = by_type(condition, sorted(draft.event_types & RECORDED), scope)
    yield from ("    " + line for line in held_back.lines(clauses))
    if not clauses:
        yield "    nothing: none of its events is recorded"
    for node in walk(condition):
        if isinstance(node, Rows) and node.tenants:
            number = f"{len(node.rows)} value{'' if len(node.rows) == 1 else 's'}"
            name = visible(node.tenants)
            yield f"    what namespaces give for {name} ({number}) is looked up in user space"
