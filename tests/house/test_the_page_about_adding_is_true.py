# SPDX-License-Identifier: Apache-2.0
"""docs/adding.md names files that are there, and its diffs fit the files as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

import pytest

from tests.house.rooms import ROOT

PAGE = (ROOT / "docs/adding.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?)`(, new)?")
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def changes() -> Iterator[tuple[str, list[str]]]:
    """Each file of each diff, with its lines."""
    for block in DIFF.findall(PAGE):
        first, *parts = re.split(r"^--- (.*)\n", block, flags=re.MULTILINE)
        assert not first
        yield from zip(parts[::2], (part.splitlines() for part in parts[1::2]), strict=True)


def test_every_path_is_there_unless_it_is_new() -> None:
    named = [(path, bool(new)) for path, new in PATH.findall(PAGE)]
    assert len(named) > 20
    missing = [path for path, new in named if new == _is_there(path)]
    assert missing == []


@pytest.mark.parametrize(
    ("path", "lines"), [*changes()], ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_diff_fits_the_file(path: str, lines: list[str]) -> None:
    """What it keeps or takes away stands there, in one piece and once; what it adds does not."""
    assert all(line[:1] in " +-" for line in lines)
    before = "\n".join(line[1:] for line in lines if line[:1] != "+")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text.count(before + "\n") == 1
    for added, group in groupby(lines, key=lambda line: line[:1] == "+"):
        new = "\n".join(line[1:] for line in group)
        assert not added or new + "\n" not in text


@pytest.mark.parametrize("what", ["field of a process", "system call", "output"])
def test_the_architecture_page_counts_its_files(what: str) -> None:
    """A file is counted once, a new one too, tests not at all."""
    heading = what.split(" of ", maxsplit=1)[0]
    section = re.split(rf"^## An? {heading}\n", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    files = {*re.findall(r"^--- (.*)$", section, re.MULTILINE), *re.findall(r"`([^`]*)`, new", section)}
    counted = re.search(rf"^\| files to touch for an? {what}, .*\| (\d+) \|$", ARCHITECTURE, re.MULTILINE)
    assert counted
    assert int(counted[1]) == len({path for path in files if not path.startswith("tests/")})


def _is_there(path: str) -> bool:
    return (ROOT / path).exists()
