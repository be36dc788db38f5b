# SPDX-License-Identifier: Apache-2.0
"""Proposals as a rules file that appends exceptions, with what each silences, hides and lets pass above
it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from lanner_engine.alerts.gathered import Kind
from lanner_engine.alerts.proposals import Proposal
from lanner_engine.alerts.reading import Value
from lanner_engine.alerts.trust import lets_pass
from lanner_engine.diagnostics import visible
from lanner_engine.parser.printer import print_literal

_EXAMPLES: Final = 3
_WIDE: Final = 400


def document(proposed: Sequence[Proposal], counts: dict[str, int]) -> str:
    """`counts` are the alerts of each rule. Every value stands in quotes of the language: none names a
    list.
    """
    return "".join(
        f"{line}\n" for one in proposed for line in (*_comments(one, counts[one.rule]), *_element(one))
    )


def _comments(one: Proposal, count: int) -> Iterator[str]:
    yield _comment(f"Silences {one.silenced} of {count} alerts of this rule.")
    for what, kinds in (("came only once as they are", one.once), ("are somebody else's", one.beside)):
        if kinds:
            yield _comment(f"Of these {len(kinds)} {what}:")
            yield from (_comment(f"  {_example(kind, one)}") for kind in kinds[:_EXAMPLES])
            if len(kinds) > _EXAMPLES:
                yield _comment(f"  and {len(kinds) - _EXAMPLES} more")
    for words in lets_pass(one.first()):
        yield _comment(f"Lets pass: {words}.")


def _comment(text: str) -> str:
    shown = visible(text)
    return f"# {shown if len(shown) <= _WIDE else shown[: _WIDE - 1] + '…'}"


def _example(kind: Kind, one: Proposal) -> str:
    """What is not in the exception, which tells it from the others."""
    return ", ".join(f"{name}={value}" for name, value in kind if name not in one.fields) or "no other field"


def _element(one: Proposal) -> Iterator[str]:
    yield f"- rule: {_yaml(one.rule)}"
    yield "  exceptions:"
    yield f"    - name: {one.name}"
    yield f"      fields: [{', '.join(map(_yaml, one.fields))}]"
    comparisons = ", ".join(map(_yaml, ["="] * len(one.fields)))
    yield f"      comps: [{comparisons}]"
    yield "      values:"
    yield from (f"        - [{', '.join(_yaml(_literal(value)) for value in row)}]" for row in one.rows)
    yield "  override: {exceptions: append}"


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        str(value) if isinstance(value, int) else print_literal(str(value).encode("utf-8", "surrogatepass"))
    )


def _yaml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
