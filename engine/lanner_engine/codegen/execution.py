# SPDX-License-Identifier: Apache-2.0
"""Execution: the text of generated functions becomes functions."""

from __future__ import annotations

from lanner_engine.codegen.candidates import all_of, first_of
from lanner_engine.codegen.functions import Functions
from lanner_engine.fields import form, reading, transformers
from lanner_engine.fields.globbing import glob


def execute(functions: Functions) -> dict[str, object]:
    """Run the generated text, which holds generated names and texts of the field table only."""
    namespace: dict[str, object] = {
        **reading.NAMES,
        **functions.constants.values,
        "TRANSFORM": transformers,
        "TEXT": form.as_text,
        "GLOB": glob,
        "FIRST_OF": first_of,
        "ALL_OF": all_of,
        "UNSET": object(),
    }
    exec(compile(functions.source, "<rules>", "exec"), namespace)  # noqa: S102  see above
    return namespace
