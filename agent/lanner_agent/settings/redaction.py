# SPDX-License-Identifier: Apache-2.0
"""The part `redaction`: patterns of one's own for what is a secret, beside the agent's."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

from pydantic import Field, field_validator

from lanner_agent.publish import redact
from lanner_agent.settings.part import BOTH, Part, Use

MOST: Final = 32
LONGEST: Final = 500


class SecretPattern(Part):
    """A name for counts, and what is hidden."""

    name: Annotated[str, Field(pattern="^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$")]
    pattern: Annotated[str, Field(max_length=LONGEST)]

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in redact.NAMES:
            raise ValueError("is the name of a pattern that the agent has")
        return name

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        redact.own("", pattern)
        return pattern


class RedactionSettings(Part):
    """What is `***` in every output."""

    patterns: Annotated[tuple[SecretPattern, ...], Use(live=BOTH)] = Field(
        default=(),
        max_length=MOST,
        description="What else is a secret: `name` and `pattern` in RE2's syntax, whose first group, or "
        "without a group the whole match, is *** wherever secrets are. The summary counts them by name.",
    )

    @field_validator("patterns")
    @classmethod
    def _have_names_of_their_own(cls, patterns: tuple[SecretPattern, ...]) -> tuple[SecretPattern, ...]:
        for name, number in Counter(one.name for one in patterns).items():
            if number > 1:
                raise ValueError(f"has {number} patterns with the name {name}")
        return patterns

    def made(self) -> tuple[redact.Pattern, ...]:
        """As every output uses them."""
        return tuple(redact.own(one.name, one.pattern) for one in self.patterns)
