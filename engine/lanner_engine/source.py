# SPDX-License-Identifier: Apache-2.0
"""Where rule text comes from and what is said about it: sources, spans, diagnostics and the errors that
carry them.

Everything in the engine that complains does it with a Diagnostic: a code, a sentence, the marked text and a
hint.

    LannerError
    └── RuleError          one or more diagnostics of severity "error"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Source:
    """One rules file, manifest or field of an API object: `name` is what a user would open (a path, or the
    field's path in the object), `text` its decoded content. `owner` is the key of the API object, if any.
    """

    name: str
    text: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of `source.text`, counted from 0."""

    source: Source
    start: int
    end: int

    def position(self) -> tuple[int, int]:
        """Line and column of the start, both from 1."""
        before = self.source.text[: self.start]
        return before.count("\n") + 1, self.start - (before.rfind("\n") + 1) + 1


NOWHERE = Span(Source("<none>", ""), 0, 0)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One complaint.

    `code` is one of the language's codes (LOAD_ERR_..., LOAD_...: specification section 1.6). `reason` is one
    word for it, as a condition of an API object shows it; empty where the code says it (objects/reasons).
    """

    severity: Severity
    code: str
    message: str
    span: Span
    hint: str = ""
    reason: str = ""


class LannerError(Exception):
    """Everything this project raises on purpose."""


class RuleError(LannerError):
    """Rules that cannot be used; `diagnostics` holds every reason found.

    `offset` is where in a text the parser stopped, counted from 0.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...], offset: int | None = None) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics
        self.offset = offset
