# SPDX-License-Identifier: Apache-2.0
"""Text for a status: what users and agents wrote becomes harmless and short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lanner_engine.diagnostics import render, visible
from lanner_engine.source import Diagnostic

LINE: Final = 256  # characters of an agent's message that are kept
RENDERED: Final = 2_000  # of one diagnostic
SHOWN: Final = 10  # diagnostics in one message


def line(text: str, longest: int = LINE) -> str:
    """One line without anything a terminal would obey."""
    shown = visible(text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def word(text: str, otherwise: str) -> str:
    """A condition's reason: letters and digits, or what stands for one that is none."""
    fit = text.isascii() and text.isalnum() and text[0].isalpha() and len(text) <= LINE
    return text if fit else otherwise


def rendered(diagnostics: Sequence[Diagnostic]) -> str:
    """Place, marked text and hint of each; the first ten."""
    shown = [block(render(one)) for one in diagnostics[:SHOWN]]
    if len(diagnostics) > SHOWN:
        shown.append(f"and {len(diagnostics) - SHOWN} more")
    return "\n".join(shown)


def listed(names: Iterable[str], most: int = 5) -> str:
    """a, b, c and 4 more."""
    known = list(names)
    shown = ", ".join(line(name) for name in known[:most])
    return shown if len(known) <= most else f"{shown} and {len(known) - most} more"


def block(text: str) -> str:
    """Several lines that are harmless already, cut when they are long."""
    return text if len(text) <= RENDERED else text[: RENDERED - 1] + "…"
