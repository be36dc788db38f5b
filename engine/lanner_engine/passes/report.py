# SPDX-License-Identifier: Apache-2.0
"""A Report collects what passes find wrong: they go on after an error, so that one load shows all."""

from __future__ import annotations

from dataclasses import dataclass, field

from lanner_engine.source import Diagnostic, Span

CONDITION = "LOAD_ERR_COMPILE_CONDITION"
VALIDATE = "LOAD_ERR_VALIDATE"
OUTPUT = "LOAD_ERR_COMPILE_OUTPUT"

# Reasons that skip-if-unknown-filter forgives.
UNKNOWN_FIELD = "UnknownField"
UNKNOWN_EVENT = "UnknownEvent"

TOO_LARGE = "TooLarge"  # what rules may cost, alone or together


@dataclass(slots=True)
class Report:
    """Diagnostics in the order they were found."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, span: Span, hint: str = "", reason: str = "") -> None:
        self.diagnostics.append(Diagnostic("error", code, message, span, hint, reason))

    def warning(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic("warning", code, message, span, hint))

    @property
    def failed(self) -> bool:
        return any(d.severity == "error" for d in self.diagnostics)
