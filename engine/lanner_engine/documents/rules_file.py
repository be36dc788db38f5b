# SPDX-License-Identifier: Apache-2.0
"""A rules file: a sequence of elements, each a requirement, a list, a macro or a rule (specification 1.2)."""

from __future__ import annotations

from lanner_engine.diagnostics import suggest
from lanner_engine.documents import item as items
from lanner_engine.documents import named_items, problems, requirements, rule_item, yaml_reader
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.nodes import Mapping, Node, Sequence, kind
from lanner_engine.source import RuleError, Source, Span

PLUGINS = "required_plugin_versions"
# An element is of the first kind whose key it has.
KINDS = ("required_engine_version", PLUGINS, "list", "macro", "rule")


def read(source: Source, into: DefinitionsBuilder) -> None:
    """Every document of a source that holds rules and nothing else; problems are noted in `into`."""
    try:
        roots = yaml_reader.read(yaml_reader.whole(source), into.problems)
    except RuleError as error:
        for diagnostic in error.diagnostics:
            into.problems.add(diagnostic)
        return
    for root in roots:
        apply(root, into)


def apply(root: Node, into: DefinitionsBuilder) -> None:
    """One document."""
    if not isinstance(root, Sequence):
        message = f"a rules file must be a sequence of mappings, not {kind(root)}"
        place = root.origin.span(root.start, root.start + 1)
        into.problems.error(problems.SHAPE, message, place, "each element begins with a dash: - rule: ...")
        return

    def error(message: str, span: Span) -> None:
        into.problems.error(problems.SHAPE, message, span)

    for mapping in items.mappings(root, "a rules file", error):
        _element(mapping, into)


def kind_of(mapping: Mapping) -> str | None:
    """The key that makes an element what it is; None where it has none of them."""
    return next((key for key in KINDS if mapping.get(key) is not None), None)


def _element(mapping: Mapping, into: DefinitionsBuilder) -> None:
    found = kind_of(mapping)
    if found == "required_engine_version":
        requirements.read_engine(mapping, into.problems)
    elif found == PLUGINS:
        requirements.read_plugins(mapping, into.problems)
    elif found == "list":
        named_items.read_list(mapping, "list", into)
    elif found == "macro":
        named_items.read_macro(mapping, "macro", into)
    elif found == "rule":
        rule_item.read_rule(mapping, "rule", into)
    else:
        _unknown(mapping, into)


def _unknown(mapping: Mapping, into: DefinitionsBuilder) -> None:
    message = "an element that is no rule, macro, list or requirement: it is ignored"
    key = mapping.pairs[0][0] if mapping.pairs else None
    span = key.span if key else mapping.origin.span(mapping.start, mapping.start + 1)
    into.problems.warning("LOAD_UNKNOWN_ITEM", message, span, suggest(key.value, KINDS) if key else "")
