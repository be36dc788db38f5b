# SPDX-License-Identifier: Apache-2.0
"""What documents define, after redefinition, append and override: lists, macros and rules, still as text.

It becomes checked rules in program/load. Nothing here is parsed or checked against the field table. Shapes
and defaults: specification 1.2; numbers: 1.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.source import Diagnostic, Span
from lanner_engine.text import Text

__all__ = ["Definitions", "ListDefinition", "MacroDefinition", "RuleDefinition", "RuleException", "Text"]


@dataclass(frozen=True, slots=True)
class ListDefinition:
    """`items` are grammar text as written, with quotes of their own; an item may name any list (2.7).

    `index` is the running number of the first definition, `visibility` that of the latest definition or
    append: a macro M sees macro N when N.index < M.visibility (1.5).
    `span` marks the name in the latest full definition.
    """

    name: str
    items: tuple[Text, ...]
    span: Span
    index: int
    visibility: int


@dataclass(frozen=True, slots=True)
class MacroDefinition:
    """A name for a condition. `index`, `visibility` and `span` as in ListDefinition."""

    name: str
    condition: Text
    span: Span
    index: int
    visibility: int


# One value of an exception with one field, or one for each field; these may be lists themselves.
ExceptionValue = Text | tuple[Text | tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class RuleException:
    """Combinations of values for which a rule does not fire (specification 4). All texts are grammar text.

    `listed` says that fields were written as a list, even of one; then a value has an entry for each field.
    There is one comparison for each field. `span` marks the name. `faults` are values of a wrong shape: they
    count when the rule is compiled, for a later document may replace them.
    """

    name: str
    fields: tuple[Text, ...]
    comparisons: tuple[Text, ...]
    values: tuple[ExceptionValue, ...]
    listed: bool
    span: Span
    faults: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """A rule with every default filled in. `owner` is the API object that defines it in full.

    `output` is trimmed, `priority` is a name that exists, in the case it was written in; `tags` keep the
    order of writing, each once. `capture_duration` is in milliseconds, 0 meaning the global default. A rule
    that is not `enabled` is kept: a later document may enable it.
    """

    name: str
    condition: Text
    description: str
    output: Text
    priority: Text
    source: str
    enabled: bool
    tags: tuple[str, ...]
    span: Span
    index: int
    visibility: int
    exceptions: tuple[RuleException, ...] = ()
    warn_evttypes: bool = True
    skip_if_unknown_filter: bool = False
    capture: bool = False
    capture_duration: int = 0
    owner: RuleObject | None = None


@dataclass(frozen=True, slots=True)
class Definitions:
    """Each kind by name, in the order of first definition, which is the order of evaluation for rules.

    `namespaces` are the sets of FalcoRules; lists and macros of the cluster are among theirs, but its rules
    are not. `own_macros` are the names of macros that are defined or changed in this set.
    `tenant_lists` are the cluster's lists that namespaces may add to, with how many values each may give;
    `tenant_values` what this namespace gives.
    """

    lists: Mapping[str, ListDefinition]
    macros: Mapping[str, MacroDefinition]
    rules: Mapping[str, RuleDefinition]
    last_number: int = 0  # the last running number given out
    own_macros: frozenset[str] = frozenset()
    namespaces: Mapping[str, Definitions] = field(default_factory=dict)
    tenant_lists: Mapping[str, int] = field(default_factory=dict)
    tenant_values: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)

    def usable(self) -> Definitions:
        """What other sets may use, to be kept: without rules, and of values without errors no places."""
        lists = {name: _light(one) for name, one in self.lists.items()}
        return replace(self, lists=lists, rules={})


def _light(one: ListDefinition) -> ListDefinition:
    """Its items all stand where its name does."""
    span = Span(replace(one.span.source, text=""), 0, 0)
    return replace(one, items=tuple(Text(item.value, (), span) for item in one.items), span=span)
