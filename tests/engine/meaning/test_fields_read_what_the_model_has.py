# SPDX-License-Identifier: Apache-2.0
"""The expressions of the field table are text; here mypy reads all of them against the engine's model."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Final

from mypy import api

from lanner_engine.fields import table
from lanner_engine.fields.field import Argument
from lanner_engine.fields.reading import HOLE, NAMES, ROOTS

ROOT: Final = pathlib.Path(__file__).resolve().parents[3]
HEAD: Final = f"""\
from lanner_engine.fields import time_text
from lanner_engine.fields.model import Event
from lanner_engine.fields.readers import {", ".join(name for name in NAMES if name.endswith("_facts"))}
from lanner_engine.fields.tables.event_names import SYSTEM_CALLS
"""
# As table.argument_value makes them.
TYPES: Final = {Argument.TEXT: "bytes", Argument.INDEX: "int", Argument.LEVEL_OR_NAME: "int"}
TYPO: Final = "{p}.comn"


def test_every_expression_fits_the_model(tmp_path: pathlib.Path) -> None:
    """The last one does not, which shows that mypy looks."""
    written = tmp_path / "readers.py"
    written.write_text(HEAD + "\n".join(functions()), encoding="utf-8")
    out, problem, _ = api.run(
        ["--strict", f"--config-file={ROOT / 'pyproject.toml'}", "--no-error-summary", str(written)]
    )
    assert problem == ""
    (error,) = out.splitlines()
    assert '"Process" has no attribute "comn"' in error


def functions() -> Iterator[str]:
    rows = [(TYPES.get(one.argument, "str"), one) for one in table.FIELDS.values()]
    codes = [(of, code) for of, one in rows for code in (one.code, one.argument_code, one.printed) if code]
    assert len(codes) > 300
    for number, (of, code) in enumerate((*codes, ("str", TYPO))):
        filled = HOLE.sub(lambda hole: ROOTS.get(hole[1], hole[1]), code)
        yield f"def read_{number}(e: Event, a: {of}) -> object:\n    return {filled}\n"
