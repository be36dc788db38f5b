# SPDX-License-Identifier: Apache-2.0
"""A configuration with a mistake: file, line, column, the marked text, a hint. The cases are text: golden/.

A case is a file and variables (lines `$NAME=value`), then `---`, then what is said, then a line of `====`.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.settings import reading
from lanner_agent.settings.errors import SettingsError
from lanner_engine import diagnostics
from lanner_engine.source import Diagnostic

GOLDEN = Path(__file__).parent / "golden/complaints.txt"
CASES = [tuple(case.split("\n---\n")) for case in GOLDEN.read_text().split("\n====\n") if case.strip()]


def said(folder: Path, text: str) -> str:
    lines = text.splitlines()
    variables = dict(line[1:].split("=", 1) for line in lines if line.startswith("$"))
    (folder / "lanner.yaml").write_text("\n".join(line for line in lines if not line.startswith("$")))
    with pytest.raises(SettingsError) as refused:
        reading.read(folder / "lanner.yaml", variables, {})
    found = "\n".join(map(diagnostics.render, refused.value.diagnostics))
    return found.replace(str(folder), "").strip()


@pytest.mark.parametrize(("text", "expected"), CASES, ids=lambda text: text.splitlines()[0])
def test_in_words(text: str, expected: str, tmp_path: Path) -> None:
    assert said(tmp_path, text.strip()) == expected.strip()


@pytest.mark.parametrize("file", ["/nowhere/lanner.yaml", "/etc", "/dev/zero"])
def test_what_is_no_file_is_named(file: str) -> None:
    with pytest.raises(SettingsError) as refused:
        reading.read(Path(file), {}, {})
    assert file in diagnostics.render(refused.value.diagnostics[0])


@given(st.text(max_size=300))
def test_any_text_is_taken_or_refused_with_places(text: str) -> None:
    refused: tuple[Diagnostic, ...] = ()
    with NamedTemporaryFile("w", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.flush()
        try:
            reading.read(Path(file.name), {}, {})
        except SettingsError as error:
            refused = error.diagnostics
    assert all(diagnostics.render(one).startswith(file.name) for one in refused)
