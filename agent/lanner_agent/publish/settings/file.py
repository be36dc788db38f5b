# SPDX-License-Identifier: Apache-2.0
"""Settings of the output `file`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from lanner_agent.publish.settings.base import Queued
from lanner_agent.publish.settings.form import FormName


class FileSettings(Queued):
    """A file that alerts are appended to, one line each."""

    path: Path = Field(description="The file. Its folder must be there.")
    form: FormName = Field(default="json", description="Form of a line.")
    mode: str = Field(
        default="0600", pattern=r"^0[0-7]{3}$", description="Who may read a file that is made, in octal."
    )

    @field_validator("path")
    @classmethod
    def _whole(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError("must be a whole path, beginning with /")
        return path
