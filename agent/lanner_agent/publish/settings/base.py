# SPDX-License-Identifier: Apache-2.0
"""What every output's settings have in common: a threshold, and how much may wait where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
)
from pydantic.alias_generators import to_camel

from lanner_engine.program.rule import Priority, parse_priority

MIB: Final = 1 << 20


def _priority(value: object) -> object:
    return parse_priority(value) if isinstance(value, str) else value


PRIORITIES: Final = [priority.label for priority in Priority]
# In any case, and INFO for INFORMATIONAL, as rules write it.
PriorityName = Annotated[
    Priority,
    BeforeValidator(_priority),
    PlainSerializer(lambda value: value.label, return_type=str),
    WithJsonSchema({"enum": PRIORITIES}),
]


class Settings(BaseModel):
    """A part of the settings. Keys are in camel case, as everywhere in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True)


class Threshold(Settings):
    """An output that not every alert goes to."""

    minimum_priority: PriorityName = Field(
        default=Priority.DEBUG, description="Alerts that are less severe do not go to this output."
    )


class SpoolSettings(Settings):
    """A folder on disk for what waits while it is away, and for what was not sent when the agent ends."""

    path: Path = Field(description="The folder, of this output alone; it is made where its own folder is.")
    max_bytes: int = Field(
        default=64 * MIB, ge=MIB, le=1024 * MIB, description="Bytes on disk that it may take."
    )

    @field_validator("path")
    @classmethod
    def _whole(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError("must be a whole path, beginning with /")
        return path


class Queued(Threshold):
    """An output with a queue of its own."""

    queue_alerts: int = Field(
        default=10_000, ge=10, le=1_000_000, description="Alerts that may wait while it is slow or away."
    )
    queue_bytes: int = Field(
        default=32 * MIB, ge=MIB, le=1024 * MIB, description="Bytes of memory that they may take, about."
    )
    spool: SpoolSettings | None = Field(default=None, description=SpoolSettings.__doc__)
