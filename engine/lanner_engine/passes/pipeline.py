# SPDX-License-Identifier: Apache-2.0
"""The pipeline: the passes over one rule's condition, in order, by name.

A parsed condition comes in; after each pass a Draft goes out, which program/load takes the last of and
program/explain shows all of. What follows the last pass looks at many rules at once: codegen/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from lanner_engine.ast import Expr
from lanner_engine.passes import (
    check,
    event_types,
    expand,
    fold,
    named_events,
    normalise,
    order,
    outcomes,
    patterns,
    resolve,
)
from lanner_engine.passes.report import Report


@dataclass(frozen=True, slots=True)
class Draft:
    """What the passes have made of a rule so far.

    `whole` is false when macros are missing in it, which the report of their definitions says.
    `event_types` is every event until their pass has run, `outcomes` says which of them matter when they
    succeeded and which when they failed. `unnamed`: hot calls that it could be true on, were they named.
    """

    condition: Expr
    whole: bool = True
    event_types: frozenset[str] = event_types.EVERY
    unnamed: frozenset[str] = frozenset()
    outcomes: outcomes.Outcomes = field(default_factory=outcomes.Outcomes)


@dataclass(frozen=True, slots=True)
class Context:
    """What passes need beside the condition: the definitions, and the place for complaints."""

    expander: expand.Expander
    report: Report


@dataclass(frozen=True, slots=True)
class Pass:
    """`run` gives the next draft, None when it cannot; what is wrong stands in the report then.

    Passes that are `tolerant` go on after errors, so that one load finds all of them.
    """

    name: str
    does: str
    run: Callable[[Draft, Context], Draft | None]
    tolerant: bool = False


def _expand(draft: Draft, context: Context) -> Draft | None:
    expanded = context.expander.expand(draft.condition)
    if expanded is None:
        return replace(draft, condition=context.expander.without_macros(draft.condition), whole=False)
    return replace(draft, condition=expanded)


def _resolve(draft: Draft, context: Context) -> Draft:
    return replace(draft, condition=resolve.resolve(draft.condition, context.report))


def _check(draft: Draft, context: Context) -> Draft:
    check.check(draft.condition, context.report)
    return draft


def _patterns(draft: Draft, context: Context) -> Draft:
    patterns.patterns(draft.condition, context.report, context.expander.budget)
    return draft


def _rewrite(change: Callable[[Expr], Expr]) -> Callable[[Draft, Context], Draft]:
    return lambda draft, _: replace(draft, condition=change(draft.condition))


def _event_types(draft: Draft, _: Context) -> Draft:
    found = event_types.event_types(draft.condition)
    asked = named_events.without_unnamed(found, draft.condition)
    return replace(draft, event_types=asked, unnamed=found - asked)


def _outcomes(draft: Draft, _: Context) -> Draft:
    return replace(draft, outcomes=outcomes.outcomes(draft.condition))


PASSES: tuple[Pass, ...] = (
    Pass("expand", "macros and lists in place", _expand, tolerant=True),
    Pass("resolve", "fields found in the table", _resolve, tolerant=True),
    Pass("check", "operators and values fit the types", _check, tolerant=True),
    Pass("patterns", "globs and regular expressions are small and few", _patterns),
    Pass("fold", "what is always true or false is gone", _rewrite(fold.fold)),
    Pass("normalise", "not stands before checks only", _rewrite(normalise.normalise)),
    Pass("order", "the cheap questions first", _rewrite(order.order)),
    Pass("event types", "the events it can be true on, hot calls only if named", _event_types),
    Pass("outcomes", "whether it can be true on what failed, on what succeeded", _outcomes),
)


def steps(parsed: Expr, context: Context) -> Iterator[tuple[Pass, Draft]]:
    """Each pass with what it made; ends early where the condition has an error."""
    draft: Draft | None = Draft(parsed)
    for one in PASSES:
        if draft is None or (not one.tolerant and (context.report.failed or not draft.whole)):
            return
        draft = one.run(draft, context)
        if draft is not None and draft.whole:
            yield one, draft


def run(parsed: Expr, context: Context) -> Draft | None:
    """The draft after the last pass; None when the report has an error."""
    made = list(steps(parsed, context))
    return made[-1][1] if len(made) == len(PASSES) and not context.report.failed else None
