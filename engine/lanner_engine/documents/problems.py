# SPDX-License-Identifier: Apache-2.0
"""Everything wrong that is found while documents are read.

Reading goes on after a problem, so that one load shows all of a file's. Their number is bounded, because each
character of a hostile file may be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lanner_engine.source import Diagnostic, Severity, Source, Span

YAML_PARSE = "LOAD_ERR_YAML_PARSE"
SHAPE = "LOAD_ERR_YAML_VALIDATE"
VALIDATE = "LOAD_ERR_VALIDATE"
FILE_READ = "LOAD_ERR_FILE_READ"

MAX_PROBLEMS = 1_000


@dataclass(slots=True)
class Problems:
    """The first MAX_PROBLEMS diagnostics, and how many more there were."""

    kept: list[Diagnostic] = field(default_factory=list)
    errors_left_out: int = 0
    warnings_left_out: int = 0

    def error(self, code: str, message: str, span: Span, hint: str = "", reason: str = "") -> None:
        self.add(Diagnostic("error", code, message, span, hint, reason))

    def warning(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.add(Diagnostic("warning", code, message, span, hint))

    def add(self, diagnostic: Diagnostic) -> None:
        if len(self.kept) < MAX_PROBLEMS:
            self.kept.append(diagnostic)
        elif diagnostic.severity == "error":
            self.errors_left_out += 1
        else:
            self.warnings_left_out += 1

    def diagnostics(self, sources: Sequence[Source]) -> tuple[Diagnostic, ...]:
        """What was found, file by file from top to bottom; the last one says how much more there is."""
        found = in_order(self.kept, sources)
        left_out = self.errors_left_out + self.warnings_left_out
        if not left_out:
            return found
        severity: Severity = "error" if self.errors_left_out else "warning"
        message = (
            f"{self.errors_left_out} more errors and {self.warnings_left_out} more warnings are not shown"
        )
        code = SHAPE if self.errors_left_out else "LOAD_UNKNOWN_KEY"
        return (*found, Diagnostic(severity, code, message, self.kept[-1].span))


def in_order(found: Iterable[Diagnostic], sources: Sequence[Source]) -> tuple[Diagnostic, ...]:
    """File by file from top to bottom; what stands in no file comes last."""
    order = {id(source): number for number, source in enumerate(sources)}

    def place(one: Diagnostic) -> tuple[int, int]:
        return order.get(id(one.span.source), len(order)), one.span.start

    return tuple(sorted(found, key=place))
