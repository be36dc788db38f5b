# SPDX-License-Identifier: Apache-2.0
"""Reads the files of golden/ (their README says how they look)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent / "golden"


def blocks(pattern: str) -> Iterator[tuple[str, list[str]]]:
    """A name for each block of the files that match, and its lines."""
    for path in sorted(HERE.glob(pattern)):
        lines: list[str] = []
        for number, line in enumerate([*path.read_text().split("\n"), ""], start=1):
            if line.startswith("#"):
                continue
            if line.strip():
                lines.append(line)
            elif lines:
                yield f"{path.stem}:{number - len(lines)}", lines
                lines = []


def expected(document: str) -> list[str]:
    """What a document says about itself: its `#!` comments."""
    return [line[2:].strip() for line in document.splitlines() if line.startswith("#!")]
