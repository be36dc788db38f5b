# SPDX-License-Identifier: Apache-2.0
"""Load: sources become checked rules and everything there is to say about them. The engine's front door.

A rule with an error is left out and named; the others are unaffected. Nothing is raised for bad input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from lanner_engine import steps
from lanner_engine.ast import And, Check, Expr, FieldRef, Not, Rows, walk
from lanner_engine.documents.collect import stages
from lanner_engine.documents.definitions import Definitions, MacroDefinition, RuleDefinition
from lanner_engine.documents.problems import Problems, in_order
from lanner_engine.fields import operands, table
from lanner_engine.output.additions import Addition, added
from lanner_engine.output.parse import parse_output
from lanner_engine.output.template import Template
from lanner_engine.parser.recovery import parse_all, parse_on
from lanner_engine.passes import pipeline
from lanner_engine.passes import report as reports
from lanner_engine.passes.budget import MAX_CHECKS, NAMESPACE_CHECKS
from lanner_engine.passes.expand import Expander
from lanner_engine.passes.pipeline import Context, Draft
from lanner_engine.passes.report import Report
from lanner_engine.program import (
    absent,
    combinations,
    exceptions,
    hot_calls,
    tenant_values,
    unrecorded,
    uses,
)
from lanner_engine.program.counted import Counted
from lanner_engine.program.rule import CheckedRule, parse_priority
from lanner_engine.program.scope import scope_of
from lanner_engine.program.selection import EVERYTHING, Selection, Switch
from lanner_engine.source import Diagnostic, RuleError, Source, Span

SOURCE = "syscall"
LEFT_OUT = "LeftOut"  # the reason of what only follows from an error elsewhere
SHOWN = 10  # names before "and n more"
MANY_EVENTS = 50  # specification 1.6 counts 100 codes, two for each event


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found. `rules` are the selected ones without errors, in evaluation order; `namespaces` are
    those of FalcoRules, which hold in one namespace each.

    `left_out` names the rules that have an error, or belong to an event source other than syscall; `idle` are
    the switches of the selection that name no rule.
    """

    rules: tuple[CheckedRule, ...]
    diagnostics: tuple[Diagnostic, ...]
    left_out: tuple[str, ...] = ()
    namespaces: Mapping[str, tuple[CheckedRule, ...]] = field(default_factory=dict)
    idle: tuple[Switch, ...] = ()

    @property
    def every(self) -> tuple[CheckedRule, ...]:
        """The rules of all sets, the cluster's first."""
        return tuple(rule for rules in (self.rules, *self.namespaces.values()) for rule in rules)

    @property
    def ok(self) -> bool:
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def check(
    sources: Sequence[Source],
    selection: Selection = EVERYTHING,
    additions: Sequence[Addition] = (),
    *,
    disabled: bool = False,
) -> Checked:
    """Load sources in order, later ones on top of earlier ones. Never raises for what stands in them.

    `additions` are put behind the outputs of the rules they are about. With `disabled` so do manifests that
    are, as if they were not.
    """
    problems = Problems()
    *early, definitions = stages(sources, problems, disabled=disabled)
    report = Report(list(problems.diagnostics(sources)))
    before = _check_early(early, report)
    cluster = check_definitions(definitions, report)
    own = {
        name: check_definitions(one, report, max_checks=NAMESPACE_CHECKS)
        for name, one in definitions.namespaces.items()
    }
    uses.warn(definitions, (cluster.expander, *(one.expander for one in own.values()), *before), report)
    for name, one in own.items():
        uses.warn(definitions.namespaces[name], (one.expander,), report, view=definitions)
    left_out = tuple(name for one in (cluster, *own.values()) for name in one.left_out)
    namespaces = {name: _added(selection.select(one.loaded), additions) for name, one in own.items()}
    idle = selection.idle(rule for one in (cluster, *own.values()) for rule, _ in one.loaded)
    found = in_order(dict.fromkeys(report.diagnostics), sources)
    rules = tenant_values.bound(_added(selection.select(cluster.loaded), additions), _given(definitions))
    return Checked(rules, found, left_out, namespaces, idle)


def _given(definitions: Definitions) -> Iterator[tenant_values.Given]:
    for namespace, own in definitions.namespaces.items():
        for name, values in own.tenant_values.items():
            yield namespace, name, [one.value for one in values]


def _added(rules: tuple[CheckedRule, ...], additions: Sequence[Addition]) -> tuple[CheckedRule, ...]:
    made: list[CheckedRule] = []
    for rule in rules:
        about = [one for one in additions if one.match.holds(rule.source, rule.name, rule.tags)]
        output = added(rule.output, about)
        made.append(replace(rule, output=output, fields=rule.fields | _names(output.refs())))
    return tuple(made) if additions else rules


def _check_early(early: Iterable[Definitions], report: Report) -> list[Expander]:
    """What is wrong behind each rules file but the last, which later ones cannot mend: a name that only they
    define, a definition that they replace. Returns who knows what is used there.
    """
    expanders: list[Expander] = []
    before = Definitions({}, {}, {})
    for definitions in early:
        expander = Expander(definitions, report, parse_all)
        for name, rule in definitions.rules.items():
            if before.rules.get(name) is not rule:
                _rule(rule, expander, report)
        macros = definitions.macros.items()
        expander.check_macros([name for name, macro in macros if before.macros.get(name) is not macro])
        uses.warn(definitions, (expander, *expanders), report)
        expanders.append(expander)
        before = definitions
    return expanders


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """One set of rules: those without errors with whether they are enabled, and the names of the others."""

    loaded: tuple[tuple[CheckedRule, bool], ...]
    left_out: tuple[str, ...]
    expander: Expander = field(repr=False)

    @property
    def rules(self) -> tuple[CheckedRule, ...]:
        """The enabled ones."""
        return EVERYTHING.select(self.loaded)


def check_definitions(
    definitions: Definitions,
    report: Report,
    replaced: Iterable[object] = (),
    max_checks: int = MAX_CHECKS,
    counted: Counted | None = None,
) -> CheckedSet:
    """Definitions that others have `replaced` are checked too, though nothing comes of them."""
    expander = Expander(definitions, report, parse_all, max_checks)
    bounded = counted or Counted()
    for one in replaced:
        if isinstance(one, RuleDefinition):
            bounded.run(one.span, report, partial(_rule, one, expander, report))
        elif isinstance(one, MacroDefinition):
            bounded.run(one.span, report, partial(_check_syntax, one, expander, report))
    rules = [
        bounded.run(one.span, report, partial(_rule, one, expander, report))
        for one in definitions.rules.values()
    ]
    for name in definitions.macros:
        if name in definitions.own_macros:
            span = definitions.macros[name].span
            bounded.run(span, report, partial(expander.check_macros, (name,)))
    pairs = list(zip(rules, definitions.rules.values(), strict=True))
    loaded = tuple((rule, definition.enabled) for rule, definition in pairs if rule is not None)
    left_out = tuple(definition.name for rule, definition in pairs if rule is None)
    return CheckedSet(loaded, left_out, expander)


def _rule(definition: RuleDefinition, expander: Expander, report: Report) -> CheckedRule | None:
    """The checked rule; None when it has an error or belongs to another event source."""
    steps.take(steps.RULE)
    if definition.source != SOURCE:
        message = f"there are no events of source {definition.source}; the rule is skipped"
        report.warning("LOAD_UNKNOWN_SOURCE", message, definition.span)
        return None
    own = Report()
    known = len(report.diagnostics)
    draft = _condition(definition, expander, own)
    output = _output(definition, own)
    if definition.skip_if_unknown_filter and _forgiven(report.diagnostics[known:], own):
        _skip(definition, own, report)
        return None
    report.diagnostics.extend(own.diagnostics)
    if draft is None or output is None:
        _name_rule(definition, report, known)
        return None
    if len(draft.event_types) > MANY_EVENTS and definition.warn_evttypes:
        _warn_many(definition, len(draft.event_types), report)
    elif draft.unnamed and definition.warn_evttypes:
        _warn_unnamed(definition, draft.unnamed, report)
    if definition.warn_evttypes:
        hot_calls.warn(definition, draft, report)
    unrecorded.warn(definition, draft, report)
    absent.warn(definition, draft, report)
    scope = scope_of(definition.owner) if definition.owner else None
    refs = _refs(draft.condition)
    return CheckedRule(
        name=definition.name,
        description=definition.description,
        priority=parse_priority(definition.priority.value),
        tags=definition.tags,
        source=definition.source,
        condition=draft.condition,
        event_types=draft.event_types,
        outcomes=draft.outcomes,
        output=output,
        needs_metadata=(
            any(table.FIELDS[ref.name].metadata for ref in refs) or (scope is not None and scope.selects)
        ),
        fields=_names([*refs, *output.refs()]),
        span=definition.span,
        owner=definition.owner.named if definition.owner else None,
        scope=scope,
        tenant_lists=frozenset(
            one.tenants for one in walk(draft.condition) if isinstance(one, Rows) and one.tenants
        ),
    )


def _condition(definition: RuleDefinition, expander: Expander, report: Report) -> Draft | None:
    """What the passes make of the rule's condition; None when it has an error, which is reported."""
    tree = parsed(definition, expander, report)
    return None if tree is None else pipeline.run(tree, Context(expander, report))


def parsed(definition: RuleDefinition, expander: Expander, report: Report) -> Expr | None:
    """The tree of the rule's condition with its exceptions; None, and a report, when it does not parse."""
    if not exceptions.check_fields(definition, report):
        definition = replace(definition, exceptions=())
    definition, tables = combinations.taken(definition, expander.lists)
    text = exceptions.condition_text(definition)
    steps.take(steps.CHARACTER * len(text.value))
    found = parse_on(expander.lists.readable(text))
    report.diagnostics.extend(found.errors)
    if found.tree is None or not tables:
        return found.tree
    whole = definition.condition.whole
    return And((found.tree, *(Not(one, span=whole) for one in tables)), span=whole)


def _check_syntax(macro: MacroDefinition, expander: Expander, report: Report) -> None:
    try:
        parse_all(expander.lists.readable(macro.condition))
    except RuleError as error:
        report.diagnostics.extend(error.diagnostics)


def _output(definition: RuleDefinition, report: Report) -> Template | None:
    try:
        template, warnings = parse_output(definition.output)
    except RuleError as error:
        report.diagnostics.extend(error.diagnostics)
        return None
    report.diagnostics.extend(warnings)
    return template


def _forgiven(elsewhere: Sequence[Diagnostic], own: Report) -> bool:
    """Whether nothing is wrong but names of fields or events that do not exist (skip-if-unknown-filter)."""
    errors = [one for one in (*elsewhere, *own.diagnostics) if one.severity == "error"]
    return bool(errors) and all(
        one.reason in (reports.UNKNOWN_FIELD, reports.UNKNOWN_EVENT) and one.code != reports.VALIDATE
        for one in errors
    )


def _skip(definition: RuleDefinition, own: Report, report: Report) -> None:
    first = next(one for one in own.diagnostics if one.severity == "error")
    message = f"rule {definition.name} is skipped: {first.message}"
    report.warning("LOAD_UNKNOWN_FILTER", message, first.span, first.hint)


def _name_rule(definition: RuleDefinition, report: Report, known: int) -> None:
    """A rule that is left out because of a macro or list elsewhere is named as well, with the code of that
    error where it is the first that suffers.
    """
    reasons = [one for one in report.diagnostics[known:] if one.severity == "error"]
    if any(_within(reason.span, definition) for reason in reasons):
        return
    message = f"rule {definition.name} is left out: a macro or list it uses has an error"
    code = reasons[0].code if reasons else reports.CONDITION
    report.error(code, message, definition.span, reason=LEFT_OUT)


def _within(span: Span, definition: RuleDefinition) -> bool:
    texts = (*definition.condition.places(), *definition.output.places(), *exceptions.spans(definition))
    return any(
        span.source == text.source and text.start <= span.start and span.end <= text.end for text in texts
    )


def _warn_many(definition: RuleDefinition, count: int, report: Report) -> None:
    report.warning(
        "LOAD_NO_EVTTYPE",
        f"rule {definition.name} can match {count} types of events, which costs the whole machine time",
        definition.span,
        "name the events it is about: evt.type in (...); hot calls, such as read, are none unless named",
    )


def _warn_unnamed(definition: RuleDefinition, unnamed: frozenset[str], report: Report) -> None:
    """The rule would be silent on calls that its author may have in mind."""
    names = sorted(unnamed)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    report.warning(
        "LOAD_WARNING_EXTENSION",
        f"rule {definition.name} is never asked about {', '.join(names[:SHOWN])}{more}: "
        "hot calls are events of rules that name them",
        definition.span,
        "name those that it is about: evt.type in (...)",
    )


def _refs(condition: Expr) -> list[FieldRef]:
    found: list[FieldRef] = []
    for node in walk(condition):
        if isinstance(node, Check):
            sides = (side for side in (node.left, node.right) if side is not None)
            found += [ref for side in sides for ref in operands.fields_of(side)]
        elif isinstance(node, Rows):
            found += node.fields
    return found


def _names(refs: Sequence[FieldRef]) -> frozenset[str]:
    """Each with and without its argument; NAME[] where it could have one and has none."""
    every = (f"{ref.name}[]" for ref in refs if ref.argument is None and table.FIELDS[ref.name].argument_code)
    return frozenset(name for ref in refs for name in (ref.name, table.spelling(ref))).union(every)
