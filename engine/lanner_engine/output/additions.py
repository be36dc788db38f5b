# SPDX-License-Identifier: Apache-2.0
"""What is added to the outputs of rules beside the suggested fields (specification 5.2, append_output).

An Addition is made from text once (`addition`), then put behind the output of every rule it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lanner_engine.output.parse import LENIENT, parse_format
from lanner_engine.output.template import Template, Token
from lanner_engine.source import RuleError
from lanner_engine.text import plain


@dataclass(frozen=True, slots=True)
class Match:
    """The rules that an addition is about: all that is given must hold; `tags` must all be the rule's."""

    source: str = ""
    rule: str = ""
    tags: frozenset[str] = frozenset()

    def holds(self, source: str, rule: str, tags: Iterable[str]) -> bool:
        return self.source in ("", source) and self.rule in ("", rule) and self.tags <= frozenset(tags)


EVERY_RULE = Match()


@dataclass(frozen=True, slots=True)
class Addition:
    """`text` goes behind the message after a blank; `fields` are in the fields of the alert alone."""

    text: Template | None = None
    fields: Mapping[str, Template | Token] = field(default_factory=dict)
    match: Match = EVERY_RULE


def addition(
    extra_output: str = "", extra_fields: Iterable[str | tuple[str, str]] = (), match: Match = EVERY_RULE
) -> Addition:
    """`extra_fields`: names of fields, whose values keep their types, and pairs of a name and a format.

    Raises:
        RuleError: with every wrong format.
    """
    wrong: list[RuleError] = []

    def made(text: str) -> Template | None:
        try:
            return parse_format(plain(text, "append_output"))
        except RuleError as error:
            wrong.append(error)
            return None

    # What stands behind an output has no mark in front: a star there is text.
    text = (
        made(f"{LENIENT}{extra_output}" if extra_output[:1] == LENIENT else extra_output)
        if extra_output
        else None
    )
    fields: dict[str, Template | Token] = {}
    for one in extra_fields:
        name, form = (one, f"%{one}") if isinstance(one, str) else one
        template = made(form)
        if template is not None:
            fields[name] = _field(template) if isinstance(one, str) else template
    if wrong:
        raise RuleError(tuple(one for error in wrong for one in error.diagnostics))
    return Addition(text, fields, match)


def _field(template: Template) -> Template | Token:
    """A field that stands alone keeps its type."""
    first = template.parts[0] if len(template.parts) == 1 else b""
    return first if isinstance(first, Token) else template


def added(template: Template, additions: Iterable[Addition]) -> Template:
    """The output with what every one of the additions adds, in order."""
    for one in additions:
        if one.text is not None:
            text = f"{template.text} {one.text.text}"
            template = Template(text, (*template.parts, b" ", *one.text.parts), template.extra)
        if one.fields:
            template = Template(template.text, template.parts, {**template.extra, **one.fields})
    return template
