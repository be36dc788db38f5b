# SPDX-License-Identifier: Apache-2.0
"""Every file of golden/documents: all of its problems, each with its place, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanner_engine.documents.collect import collect
from lanner_engine.source import Source
from tests.engine.text import golden
from tests.engine.text.documents import said

FILES = sorted((golden.HERE / "documents").glob("*.yaml"))


def test_there_are_files() -> None:
    assert len(FILES) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_document(path: Path) -> None:
    text = path.read_text()
    _, found = collect([Source(path.name, text)])
    assert [said(one) for one in found] == golden.expected(text)
