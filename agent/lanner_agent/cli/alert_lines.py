# SPDX-License-Identifier: Apache-2.0
"""Lines of a file or of standard input that may be alerts, and the rules that they are of."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

import click

from lanner_agent.policy import defaults
from lanner_agent.policy.files import rule_files
from lanner_engine.alerts.reading import MOST_CHARACTERS
from lanner_engine.explain.written import Book
from lanner_engine.program import load as engine
from lanner_engine.source import RuleError, Source

Command = TypeVar("Command", bound=Callable[..., Any])


def rules_option(command: Command) -> Command:
    return click.option(
        "--rules",
        multiple=True,
        type=click.Path(readable=False, path_type=pathlib.Path),
        help="Rules file, manifest or folder that was in force; several times. Else the default rules.",
    )(command)


def sources(paths: tuple[pathlib.Path, ...]) -> tuple[Source, ...]:
    """The sources of rules without errors. Raises RuleError for others."""
    gathered = rule_files.gather(paths or (defaults.directory(),))
    found = (*gathered.diagnostics, *engine.check(gathered.sources).diagnostics)
    errors = tuple(one for one in found if one.severity == "error")
    if errors:
        raise RuleError(errors)
    return gathered.sources


def book(paths: tuple[pathlib.Path, ...]) -> Book:
    """Raises RuleError for rules that do not load."""
    return Book(sources(paths))


def lines(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Each line that is not empty, with its number. Of one that never ends a piece that is too long to be an
    alert.
    """
    number = 0
    while text := file.readline(MOST_CHARACTERS + 2):
        number += 1
        whole = text.endswith(b"\n")
        while not whole and (more := file.readline(MOST_CHARACTERS)):
            whole = more.endswith(b"\n")
        if text.strip():
            yield number, text.decode("utf-8", "replace").rstrip("\r\n")
