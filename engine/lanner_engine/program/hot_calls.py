# SPDX-License-Identifier: Apache-2.0
"""Rules that ask for hot calls by a part of their names, which does not name them: `evt.type startswith read`
is not asked about readv.

Reports warnings only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import contains, eq
from typing import Final

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, Not, walk
from lanner_engine.documents.definitions import RuleDefinition
from lanner_engine.passes.pipeline import Draft
from lanner_engine.passes.report import Report
from lanner_engine.program import marks

_CODE: Final = "LOAD_WARNING_EXTENSION"
_TYPES: Final = ("evt.type", "syscall.type")
# What is compared with is the name of an event, in which nothing is special.
_OPERATORS: Final[dict[str, Callable[[str, str], bool]]] = {
    **dict.fromkeys(("contains", "icontains"), contains),
    **dict.fromkeys(("glob", "iglob", "regex", "pmatch"), eq),
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_SHOWN: Final = 5  # names before "and n more"


def warn(definition: RuleDefinition, draft: Draft, report: Report) -> None:
    for check in _by_parts(draft.condition) if draft.unnamed else ():
        literals = _literals(check)
        holds = _OPERATORS[check.operator]
        parts = [one.value.decode("utf-8", "replace") for one in literals]
        meant = sorted(name for name in draft.unnamed if any(holds(name, part) for part in parts))
        if meant:
            more = f" and {len(meant) - _SHOWN} more" if len(meant) > _SHOWN else ""
            message = f"rule {definition.name} is never asked about {', '.join(meant[:_SHOWN])}{more}"
            report.warning(
                _CODE,
                f"{message}: hot calls are events of rules that name them, which {check.operator} does not",
                marks.place((one.span for one in literals), definition),
                f"evt.type in ({', '.join(meant[:_SHOWN])}{', ...' if more else ''}) names them",
            )


def _by_parts(condition: Expr) -> Iterator[Check]:
    """The checks of a condition in negation normal form that are not negated."""
    negated = {id(node.child) for node in walk(condition) if isinstance(node, Not)}
    for node in walk(condition):
        if not isinstance(node, Check) or id(node) in negated or node.operator not in _OPERATORS:
            continue
        if isinstance(node.left, FieldRef) and node.left.name in _TYPES:
            yield node


def _literals(check: Check) -> list[Literal]:
    items = check.right.items if isinstance(check.right, ListLiteral) else (check.right,)
    return [one for one in items if isinstance(one, Literal)]
