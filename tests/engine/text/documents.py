# SPDX-License-Identifier: Apache-2.0
"""Documents as tests write them, and what was said about them in one line each."""

from __future__ import annotations

from textwrap import dedent

from lanner_engine.documents.collect import collect
from lanner_engine.documents.definitions import Definitions
from lanner_engine.source import Diagnostic, Source


def read(*documents: str) -> tuple[Definitions, list[str]]:
    """The definitions of documents loaded in order (sources 1, 2, ...), and what was said."""
    sources = [Source(str(number), dedent(text)) for number, text in enumerate(documents, start=1)]
    definitions, found = collect(sources)
    return definitions, [said(one) for one in found]


def good(*documents: str) -> Definitions:
    """The definitions of documents about which nothing is said."""
    definitions, found = read(*documents)
    assert found == []
    return definitions


def said(diagnostic: Diagnostic) -> str:
    line, column = diagnostic.span.position()
    return f"{line}:{column} {diagnostic.severity} {diagnostic.code} {diagnostic.message}"
