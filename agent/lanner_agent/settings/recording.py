# SPDX-License-Identifier: Apache-2.0
"""The part `recording`: records of the kernel kept in files, of all time or around alerts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, field_validator

from lanner_agent.recording.wishes import Limits, Wish, Wishes
from lanner_agent.settings.part import RUN, Part, Use

_MIB: Final = 1 << 20


class RecordingSettings(Part):
    """Sizes in bytes, times in seconds."""

    file: Annotated[str, Use(RUN, option="--record", variable="LANNER_RECORD", chart=False)] = Field(
        default="",
        description="Keep the kernel's records in this file, for `lanner replay`: raw arguments and paths, "
        "secrets among them.",
    )
    max_bytes: Annotated[int, Use(RUN, chart=False)] = Field(
        default=64 * _MIB,
        ge=_MIB,
        le=1024 * _MIB,
        description="Bytes of a file, compressed; then another begins. A capture ends with as many behind "
        "the alert.",
    )
    files: Annotated[int, Use(RUN, chart=False)] = Field(
        default=4, ge=1, le=1000, description="Files that are kept: FILE, FILE.1, which is older, and so on."
    )
    on: Annotated[tuple[str, ...], Use(RUN, option="--record-on", chart=False)] = Field(
        default=(), description="Keep a capture of the seconds before and after an alert of this rule."
    )
    folder: Annotated[Path, Use(RUN, option="--record-folder", chart=False)] = Field(
        default=Path("/var/lib/lanner/captures"), description="Where captures are kept."
    )
    before: Annotated[float, Use(RUN, chart=False)] = Field(
        default=10.0, ge=0, le=3600, description="Seconds before an alert that a capture has."
    )
    after: Annotated[float, Use(RUN, chart=False)] = Field(
        default=10.0, ge=0, le=3600, description="Seconds after it."
    )
    captures: Annotated[int, Use(RUN, chart=False)] = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Captures that the folder may hold; further ones are refused.",
    )
    memory_bytes: Annotated[int, Use(RUN, chart=False)] = Field(
        default=16 * _MIB,
        ge=_MIB,
        le=1024 * _MIB,
        description="Bytes of memory for the seconds before an alert, compressed; where they are more, fewer "
        "seconds are kept.",
    )

    @field_validator("file")
    @classmethod
    def _named(cls, file: str) -> str:
        if file and not Path(file).name:
            raise ValueError("names no file")
        return file

    def made(self) -> Wishes | None:
        """As the recorder takes them; None when nothing is to be recorded."""
        limits = Limits(Path(self.file), self.max_bytes, self.files) if self.file else None
        wish = None
        if self.on:
            rules = frozenset(self.on)
            times, most = (self.before, self.after), self.captures
            wish = Wish(rules, self.folder, *times, most, self.memory_bytes, self.max_bytes)
        return Wishes(limits, wish) if limits or wish else None
