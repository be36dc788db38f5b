# SPDX-License-Identifier: Apache-2.0
"""Cost: what rules will take of every agent's memory, estimated from their compiled form.

Checked rules of one set come in; out goes, by object, what stays as long as they are in force. It is meant to
be too much rather than too little: a test compares it with what a process really takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lanner_engine.ast import Check, ListLiteral, Literal, Rows, Transformer, literals, walk
from lanner_engine.fields import operands
from lanner_engine.fields.matchers import needs_automaton
from lanner_engine.fields.regex import MAX_MEMORY
from lanner_engine.program.copies import copies
from lanner_engine.program.rule import CheckedRule

RULE: Final = 6_000  # bytes: names, output, scope, what stands in dictionaries
CHECK: Final = 900  # a node of the tree, with the names of fields
CODE: Final = 1_000  # a check in the code of one function
VALUE: Final = 160  # of a list or a table: the value and its place in a set
ASKED: Final = 60  # more, where a modifier asks each value
GIVEN: Final = 400  # a value of a namespace: as text, and with the namespace in a set
INDEXED: Final = 340  # a value that the kernel may be asked for, here and there
TEXT: Final = 700  # a character of `contains`, in an automaton that knows many states
LOOPED: Final = 32  # values that a modifier asks one by one; more are asked in a loop
_LOOKED_INTO: Final = frozenset({"contains", "icontains"})
_SETS: Final = frozenset({"=", "==", "!=", "in", "intersects", "startswith", "endswith"})


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes as long as the rules are in force. Compiling takes a few MiB for a moment, however much there is:
    no function is large (codegen/checks).
    """

    lasting: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.lasting + other.lasting)


def of_set(
    rules: Sequence[CheckedRule], values: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> dict[str, Cost]:
    """By the key of the object that owns them. `values`: bytes of each that an object gives for lists of the
    cluster.
    """
    found: dict[str, Cost] = {}
    for rule, number in zip(rules, copies(rules), strict=True):
        key = rule.owner.key if rule.owner else ""
        found[key] = found.get(key, Cost()) + _of_rule(rule, number)
    for key, sizes in values.items():
        found[key] = found.get(key, Cost()) + Cost(sum(GIVEN + 2 * size for size in sizes))
    return found


def total(costs: Iterable[Cost]) -> Cost:
    return sum(costs, Cost())


def _of_rule(rule: CheckedRule, number: int) -> Cost:
    """`number`: in so many functions it stands; it may have one of its own beside each."""
    tree = code = values = 0
    for node in walk(rule.condition):
        tree += CHECK
        if isinstance(node, Check):
            code += _asked(node)
            values += _values(node)
        elif isinstance(node, Rows):
            code += 1 + len(node.fields)
            values += _rows(node)
    text = len(rule.output.text) + len(rule.description)
    return Cost(RULE + text + tree + values + CODE * code * (1 + number))


def _asked(check: Check) -> int:
    """Of how many comparisons the code of a check is made."""
    inner = sum(isinstance(one, Transformer) for one in (check.left, check.right))
    if check.modifier is None:
        return 1 + inner
    looped = not operands.shape(check.left).ends
    return 1 + inner + (min(len(literals(check)), LOOPED) if looped else len(literals(check)))


def _values(check: Check) -> int:
    items = check.right.items if isinstance(check.right, ListLiteral) else (check.right,)
    found = [one.value for one in items if isinstance(one, Literal)]
    each = VALUE + (INDEXED if check.operator in _SETS else 0) + (ASKED if check.modifier else 0)
    size = sum(each + 2 * len(one) for one in found)
    if check.operator in _LOOKED_INTO and check.modifier in (None, "anyof"):
        size += TEXT * sum(map(len, found))
    return size + MAX_MEMORY * sum(_automaton(check.operator, one) for one in found)


def _automaton(operator: str, pattern: bytes) -> bool:
    if operator == "regex":
        return True
    return operator in ("glob", "iglob", "pmatch") and needs_automaton(operator, pattern)


def _rows(node: Rows) -> int:
    texts = {one for row in node.rows for one in row if isinstance(one, bytes)}
    size = len(node.rows) * (72 + 8 * len(node.fields) + 40) + sum(40 + len(one) for one in texts)
    return size + 64 * len(node.rows)
