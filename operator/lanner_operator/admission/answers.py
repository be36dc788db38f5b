# SPDX-License-Identifier: Apache-2.0
"""What the judge says of an object -> the answer to who applies it. Pure.

Refused is what can never be right, whatever is applied next. What another object may still define (manifests
of one commit come in any order) is a warning, as is what the engine finds doubtful.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lanner_engine.objects.attempt import is_reference
from lanner_engine.source import Diagnostic
from lanner_operator.admission.review import Answer
from lanner_operator.reconcile.worker import Became
from lanner_operator.status import words
from lanner_sources.errors import SourceError

WARNINGS: Final = 8
LINE: Final = 250  # characters; an API server cuts longer ones when there are many


def answer(became: Became) -> Answer:
    """Of one object."""
    errors = [one for one in became.diagnostics if one.severity == "error"]
    doubts = [one for one in became.diagnostics if one.severity == "warning"]
    if not became.accepted and not (errors and all(map(is_reference, errors))):
        return Answer(False, f"{became.reason}:\n{words.rendered(errors)}", _lines(doubts))
    return Answer(True, warnings=_lines([*errors, *doubts]))


def no_source(error: SourceError) -> Answer:
    """Of an object whose source cannot be asked, ever."""
    hint = f"\n    hint: {error.hint}" if error.hint else ""
    return Answer(False, f"{error.reason}:\nspec.source: error: {words.line(str(error), 2 * LINE)}{hint}")


def unjudged(why: str) -> Answer:
    """Stored as it is: the operator judges it then, and says so in its status."""
    return Answer(True, warnings=(_header(f"not checked before it is stored, its status will tell: {why}"),))


def _lines(found: Sequence[Diagnostic]) -> tuple[str, ...]:
    """What is not there yet is named as such; what does not fit is counted."""
    shown = [_line(one) for one in found[:WARNINGS]]
    if len(found) > WARNINGS:
        shown.append(f"and {len(found) - WARNINGS} more warnings, see its status")
    return tuple(shown)


def _line(one: Diagnostic) -> str:
    """An API server drops a warning with a second line or a control character, and so may a client one with a
    character outside ASCII: warnings are HTTP headers.
    """
    line, column = one.span.position()
    hint = f" ({one.hint})" if one.hint else ""
    later = "not there yet: " if one.severity == "error" else ""
    return _header(f"{one.span.source.name}:{line}:{column}: {later}{one.message}{hint}")


def _header(text: str) -> str:
    shown = words.line(text, 2 * LINE).encode("ascii", "backslashreplace").decode()
    return shown if len(shown) <= LINE else f"{shown[: LINE - 3]}..."
