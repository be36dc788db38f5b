# SPDX-License-Identifier: Apache-2.0
"""Paths that a user names -> the rule sources behind them, bounded in size.

Specification section 1.1: a directory stands for its *.yaml and *.yml files, sorted by name, not recursive. A
file that cannot be read becomes a diagnostic like any other, so that a user sees all problems in one form and
at once.
"""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lanner_engine.source import Diagnostic, LannerError, Source, Span

FILE_BYTES = 4 * 1024 * 1024  # forty times the longest public rules file
TOTAL_BYTES = 32 * 1024 * 1024
FILES = 1000
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The sources in load order, and why the others are missing."""

    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]


class _UnusableError(LannerError):
    """One path that yields no source."""

    def __init__(self, message: str, hint: str, source: Source, at: int = 0) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic("error", "LOAD_ERR_FILE_READ", message, _mark(source, at), hint)


def expand(path: pathlib.Path) -> list[pathlib.Path]:
    """The files that `path` stands for: itself, or a directory's rule files. OSError if it cannot be
    listed.
    """
    if not path.is_dir():
        return [path]
    names = sorted(name for name in os.listdir(path) if name.endswith(SUFFIXES))
    return [path / name for name in names if (path / name).is_file()]


def gather(paths: Sequence[pathlib.Path]) -> Gathered:
    """Read everything that `paths` stand for. Never raises: problems become diagnostics."""
    sources: list[Source] = []
    diagnostics: list[Diagnostic] = []
    room = TOTAL_BYTES
    for number, file in enumerate(_files(paths, diagnostics)):
        if number >= FILES:
            diagnostics.append(_refusal(file, f"more than {FILES} rule files", "name fewer files").diagnostic)
            break
        try:
            sources.append(_read(file, room))
        except _UnusableError as problem:
            diagnostics.append(problem.diagnostic)
        else:
            room -= len(sources[-1].text)
    return Gathered(tuple(sources), tuple(diagnostics))


def _files(paths: Sequence[pathlib.Path], diagnostics: list[Diagnostic]) -> Iterator[pathlib.Path]:
    for path in paths:
        try:
            files = expand(path)
        except OSError as error:
            diagnostics.append(_system(path, error).diagnostic)
            continue
        if not files:
            hint = "a directory stands for its *.yaml and *.yml files; folders inside it are not read"
            diagnostics.append(_refusal(path, "no rule files in this directory", hint).diagnostic)
        yield from files


def _read(path: pathlib.Path, room: int) -> Source:
    try:
        content = _content(path)
    except OSError as error:
        raise _system(path, error) from error
    if len(content) > FILE_BYTES:
        raise _refusal(path, f"larger than {FILE_BYTES >> 20} MiB", "split it, or name the right file")
    if len(content) > room:
        raise _refusal(path, f"more than {TOTAL_BYTES >> 20} MiB of rule files together", "name fewer files")
    return Source(str(path), _text(path, content))


def _content(path: pathlib.Path) -> bytes:
    """At most one byte more than allowed. A pipe or a device would block or never end: it is refused."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _refusal(path, "not a regular file", "save the rules in a file and name that")
        return file.read(FILE_BYTES + 1)


def _text(path: pathlib.Path, content: bytes) -> str:
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = Source(str(path), content.decode("utf-8", "replace"))
        at = len(content[: error.start].decode("utf-8", "replace"))
        message = f"not UTF-8 text: byte 0x{content[error.start]:02x} at offset {error.start}"
        raise _UnusableError(message, "rules are YAML text in UTF-8", shown, at) from error
    if (at := text.find("\0")) >= 0:
        message = f"not text: a zero byte at offset {at}"
        raise _UnusableError(message, "rules are YAML text in UTF-8", Source(str(path), text), at)
    return text


_HINTS = {
    FileNotFoundError: "check the path; it is taken from the directory the command runs in",
    PermissionError: "run as a user that may read it",
    NotADirectoryError: "a part of the path is a file",
}


def _system(path: pathlib.Path, error: OSError) -> _UnusableError:
    reason = (error.strerror or str(error)).lower()
    return _refusal(path, f"cannot read: {reason}", _HINTS.get(type(error), ""))


def _refusal(path: pathlib.Path, message: str, hint: str) -> _UnusableError:
    return _UnusableError(message, hint, Source(str(path), ""))


def _mark(source: Source, at: int) -> Span:
    return Span(source, at, min(at + 1, len(source.text)))
