# SPDX-License-Identifier: Apache-2.0
"""What a user wants recorded. Light: every reader of the settings imports it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a recording without an end. `max_bytes` of one file, about; `files` with the one being written."""

    path: Path
    max_bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Wish:
    """Of captures. `rules` by name; seconds; `most` files in the folder; `max_bytes` of memory for the
    seconds before; `file_bytes` of a file for the seconds after.
    """

    rules: frozenset[str]
    folder: Path
    before: float
    after: float
    most: int
    max_bytes: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """At least one of them."""

    limits: Limits | None
    wish: Wish | None
