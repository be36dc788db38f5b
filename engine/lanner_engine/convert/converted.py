# SPDX-License-Identifier: Apache-2.0
"""What a conversion makes, and the proof that it means the same."""

from __future__ import annotations

from dataclasses import dataclass

from lanner_engine.documents.collect import collect
from lanner_engine.documents.definitions import Definitions, RuleDefinition
from lanner_engine.source import Diagnostic, RuleError, Source, Span

CODE = "LOAD_ERR_VALIDATE"


@dataclass(frozen=True, slots=True)
class Document:
    """One object or one rules file: `name` is what its file is called, without a suffix."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Converted:
    """The documents in load order, and in `notes` what they cannot say that the original says."""

    documents: tuple[Document, ...]
    notes: tuple[str, ...]


Meaning = dict[tuple[str, str], object]


def require_same(before: list[Source], after: list[Source]) -> None:
    """Both define the same lists, macros and rules.

    Raises:
        RuleError: they do not; for aliases that reach over the parts of a file, above all.
    """
    (old, errors), (new, more) = _meaning(before), _meaning(after)
    changed = [
        f"the {kind} {name}" for kind, name in old | new if old.get((kind, name)) != new.get((kind, name))
    ]
    if changed or more > errors:
        message = f"{changed[0] if changed else 'this'} cannot be converted as it is written"
        hint = "write it without anchors and aliases"
        raise RuleError((Diagnostic("error", CODE, message, _start(before[0]), hint),))


def _start(source: Source) -> Span:
    return Span(source, 0, min(1, len(source.text)))


def _meaning(sources: list[Source]) -> tuple[Meaning, int]:
    """What is defined, and how many errors there are."""
    definitions, problems = collect(sources)
    found: Meaning = {}
    for one in (definitions, *definitions.namespaces.values()):
        found.update(_set(one))
    return found, sum(one.severity == "error" for one in problems)


def _set(definitions: Definitions) -> Meaning:
    lists: Meaning = {("list", name): [i.value for i in one.items] for name, one in definitions.lists.items()}
    macros: Meaning = {("macro", name): one.condition.value for name, one in definitions.macros.items()}
    rules: Meaning = {("rule", name): _rule(one) for name, one in definitions.rules.items()}
    return {**lists, **macros, **rules}


def _rule(rule: RuleDefinition) -> tuple[object, ...]:
    exceptions = [
        (one.name, [f.value for f in one.fields], [c.value for c in one.comparisons], repr(one.values))
        for one in rule.exceptions
    ]
    texts = (rule.condition.value, rule.output.value, rule.priority.value, rule.description)
    flags = (rule.enabled, rule.warn_evttypes, rule.skip_if_unknown_filter, rule.capture)
    return (*texts, *flags, rule.capture_duration, rule.source, rule.tags, exceptions)
