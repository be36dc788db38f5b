# SPDX-License-Identifier: Apache-2.0
"""Execution: the text of generated functions becomes functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lanner_engine.codegen.candidates import all_of, first_of
from lanner_engine.codegen.functions import Functions
from lanner_engine.fields import form, matchers, reading, transformers

PIECE = 8 << 10  # characters that are compiled at once: it takes a hundred times their memory for a moment


def execute(functions: Functions) -> dict[str, object]:
    """Run the generated text, which holds generated names and texts of the field table only."""
    namespace: dict[str, object] = {
        **reading.NAMES,
        **functions.constants.values,
        "TRANSFORM": transformers,
        "TEXT": form.as_text,
        "GLOB": matchers.glob_given,
        "FIRST_OF": first_of,
        "ALL_OF": all_of,
        "UNSET": object(),
    }
    for text in _pieces(functions.parts):
        exec(compile(text, "<rules>", "exec"), namespace)  # noqa: S102  see above
    return namespace


def _pieces(parts: Sequence[str]) -> Iterator[str]:
    """The texts of functions, some together."""
    found: list[str] = []
    size = 0
    for part in parts:
        if found and size + len(part) > PIECE:
            yield "\n".join(found)
            found, size = [], 0
        found.append(part)
        size += len(part)
    if found:
        yield "\n".join(found)
