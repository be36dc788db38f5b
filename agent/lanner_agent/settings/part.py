# SPDX-License-Identifier: Apache-2.0
"""What every part of the model is made of: its base, and who uses a setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

RUN: Final = frozenset({"run"})
AGENT: Final = frozenset({"agent"})
BOTH: Final = RUN | AGENT
NOBODY: Final = frozenset[str]()


class Part(BaseModel):
    """Keys are in camel case, as the chart's values are; a key that is not here is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


@dataclass(frozen=True, slots=True)
class Use:
    """Of one setting: the commands that read it, and those of them that take a change over without a restart.

    `option` and `variable` stand where they do not follow from its name. `chart`: whether `agent.config` of
    the chart may have it; what the pod itself is made of has a value of its own there.
    """

    commands: frozenset[str] = BOTH
    live: frozenset[str] = NOBODY
    option: str = ""
    variable: str = ""
    chart: bool = True
