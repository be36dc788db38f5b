# SPDX-License-Identifier: Apache-2.0
"""README.md and docs/ name files, links, verbs of make and options of commands that are there."""

from __future__ import annotations

import importlib
import re
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path, PurePosixPath
from typing import Final

import click
import pytest

from lanner_agent.cli.subcommands import SUBCOMMANDS
from tests.house.rooms import ROOT

PAGES: Final = [ROOT / "README.md", ROOT / "bpf/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PATH: Final = re.compile(r"[a-z_.][\w.-]*(/[\w.-]+)+(?<!\.o)")  # objects are built
QUOTED: Final = re.compile(r"`([^`\n]+)`")
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
BLOCK: Final = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
VERB: Final = re.compile(r"\bmake ([a-z][a-z-]*)\b")
OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]\b(?!-)")
COMMAND_LINE: Final = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")


def test_every_path_is_there() -> None:
    """Of what stands in backticks and begins with a folder of the checkout; docs/adding.md has its own test.

    A path may begin at any folder and leave out the ending of a module: `passes/pipeline`.
    """
    known = set(_tails())
    folders = {part for path in known for part in path.split("/")[:-1]}
    named = [(page.name, word.rstrip("/")) for page, word in _quoted() if page.name != "adding.md"]
    paths = [one for one in named if PATH.fullmatch(one[1]) and one[1].split("/")[0] in folders]
    assert len(paths) > 100
    assert [one for one in paths if one[1] not in known] == []


def test_every_link_leads_somewhere() -> None:
    missing = [(page.name, link) for page, link in _links() if not _leads(page, link)]
    assert missing == []


def test_every_verb_of_make_is_one() -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {(page.name, verb) for page, text in _quoted() for verb in VERB.findall(text)}
    assert len(named) > 20
    assert {one for one in named if one[1] not in known} == set()


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_option_of_a_command_is_one(command: str) -> None:
    """Where a page names it in one breath with the command, or in the command's section."""
    made: click.Command = importlib.import_module(SUBCOMMANDS[command].module).command
    known = {"--help", *(name for option in made.params for name in (*option.opts, *option.secondary_opts))}
    section = COMMAND_LINE.split(f"\n## lanner {command}\n")[1].split("\n## ")[0]
    quoted = [text for text in QUOTED.findall(BLOCK.sub("", section)) if text.startswith("--")]
    calls = [text.split(" | ")[0] for _, text in _quoted() if text.startswith(f"lanner {command} ")]
    named = {option for text in (*calls, *quoted) for option in OPTION.findall(text)}
    assert named <= known


def _quoted() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for text in QUOTED.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
            yield page, text


def _links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        text = BLOCK.sub("", page.read_text(encoding="utf-8"))
        for link in LINK.findall(QUOTED.sub("", text)):  # what is quoted is no link: patterns look like some
            if "://" not in link:
                yield page, link


def _leads(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page if not path else page.parent / path
    if not target.exists():
        return False
    return not anchor or anchor in {*map(_anchor, re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE))}


def _anchor(heading: str) -> str:
    """As GitHub makes them."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _tails() -> Iterator[str]:
    """Every file and folder that git knows, from each folder above it on, with and without its ending."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    for path in map(PurePosixPath, listed.splitlines()):
        parts = path.parts
        for begin, end in combinations(range(len(parts) + 1), 2):
            tail = "/".join(parts[begin:end])
            yield from (tail, re.sub(r"\.(py|bpf\.c|h)$", "", tail))
