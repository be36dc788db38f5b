# SPDX-License-Identifier: Apache-2.0
"""The folder that rules are pulled into: files of one artifact, and the record of its origin.

A folder without a record that has rules in it is refused: files that are not of the artifact are removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
from dataclasses import asdict
from typing import Any, Final

from lanner_agent.policy.bundle.cache import write_whole
from lanner_agent.policy.files import rule_files
from lanner_engine.source import LannerError
from lanner_sources.archive import File
from lanner_sources.fetching import Fetched
from lanner_sources.origin import Origin

RECORD: Final = ".lanner-source.json"
_MAX_RECORD: Final = 64 << 10
_LONGEST: Final = 250  # bytes of a name; a file system takes 255, and a few are put behind it for a moment


class FolderError(LannerError):
    """The folder cannot be used. The message is a sentence that names it."""


class Folder:
    """`origin` is that of the rules in it, None while there are none."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    @property
    def origin(self) -> Origin | None:
        """Raises FolderError for a record that cannot be read."""
        try:
            with open(self.path / RECORD, encoding="utf-8") as file:
                written = json.loads(file.read(_MAX_RECORD))
            found = Origin(**{key: str(value) for key, value in written.items()})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise FolderError(f"{self.path / RECORD} cannot be read: {error}") from None
        return found if found.digest else None  # none: it was ended while the first ones were written

    def require_own(self) -> None:
        """Raises FolderError when it holds rules of others."""
        own = self.origin is not None or (self.path / RECORD).exists()
        if not own and self.path.is_dir() and (strangers := rule_files.expand(self.path)):
            raise FolderError(
                f"{self.path} holds {strangers[0].name} and was not pulled: name another folder"
            )

    def keep(self, fetched: Fetched) -> None:
        """Takes the place of what is there. The record is last: without it the next pull writes all again. Of
        the first rules an empty one is there before them, so that the folder is known for the source's own.

        Raises:
            FolderError: it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if self.origin is None:
                self._record(Origin(fetched.origin.source, ""))
            self._write(named(fetched.files))
            self._record(fetched.origin)
        except OSError as error:
            raise FolderError(f"{self.path} cannot be written: {error.strerror}") from None

    def _record(self, origin: Origin) -> None:
        write_whole(self.path / RECORD, json.dumps(asdict(origin)).encode() + b"\n")

    def _write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            if not _holds(self.path / name, text.encode()):
                write_whole(self.path / name, text.encode())
        for path in rule_files.expand(self.path):
            if path.name not in files:
                os.unlink(path)


def _holds(path: pathlib.Path, content: bytes) -> bool:
    """Whether the file has it already: what is not written anew is not read anew."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        return file.read(len(content) + 1) == content
    return False


def named(files: tuple[File, ...]) -> dict[str, str]:
    """Texts by the names that files have in the folder, which is flat: `base/a.yaml` is `base_a.yaml`."""
    found: dict[str, Any] = {one.name.replace("/", "_"): one.text for one in files}
    if len(found) < len(files):
        raise FolderError("two files of the artifact would have one name in a folder without folders")
    if any(len(name.encode()) > _LONGEST for name in found):
        raise FolderError(f"a file of the artifact has a name of more than {_LONGEST} bytes")
    return found
