# SPDX-License-Identifier: Apache-2.0
"""Lists, macros and rules of a spec: each defines its name, or changes what an earlier object defined.

Keys have the names they have in Falco's rules files, so that an element of a file can be pasted.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lanner_engine.resources.shape import ATOMIC, Shape, checks, keyed

Change = Literal["append", "replace"]
Replace = Literal["replace"]
RuleName = Annotated[str, Field(min_length=1, max_length=128)]
Condition = Annotated[str, Field(min_length=1, max_length=8192)]
FieldName = Annotated[str, Field(min_length=1, max_length=256)]
Value = Annotated[str, Field(max_length=1024)]
SeveralValues = Annotated[tuple[Value, ...], Field(max_length=256)]
Values = Annotated[tuple[Value | SeveralValues, ...], Field(max_length=16, json_schema_extra=ATOMIC)]
Tag = Annotated[str, Field(min_length=1, max_length=63)]

_PRIORITIES = (
    "EMERGENCY",
    "ALERT",
    "CRITICAL",
    "ERROR",
    "WARNING",
    "NOTICE",
    "INFORMATIONAL",
    "INFO",
    "DEBUG",
)
# The language takes any case; people write these.
SPELLINGS: list[Any] = [*_PRIORITIES, *(name.capitalize() for name in _PRIORITIES)]
Priority = Annotated[str, Field(max_length=16, json_schema_extra={"enum": SPELLINGS})]

_AT_LEAST_ONE: dict[str, Any] = {"minProperties": 1}


class ListOverride(Shape):
    """How a list of this name that an earlier object defined is changed."""

    items: Change | None = Field(
        default=None,
        description="append: the items come behind the earlier ones. replace: they stand in their place.",
    )


class ListItem(Shape):
    """A name for values, used as `field in (name)`."""

    name: str = Field(
        min_length=1,
        max_length=128,
        pattern=r"""^[^()"'\s=,]+$""",
        description="What conditions and other lists call it. An earlier list of this name is redefined.",
    )
    items: tuple[Annotated[str, Field(max_length=256)], ...] = Field(
        max_length=2048,
        description="Its values, and names of other lists, which stand for their values.",
        json_schema_extra=ATOMIC,
    )
    override: ListOverride | None = Field(
        default=None,
        description="Changes the earlier list instead of defining a new one.",
        json_schema_extra=_AT_LEAST_ONE,
    )


class MacroOverride(Shape):
    """How a macro of this name that an earlier object defined is changed."""

    condition: Change | None = Field(
        default=None,
        description="append: the text comes behind the earlier one, so it begins with and, or. "
        "replace: it stands in its place.",
    )


class MacroItem(Shape):
    """A name for a condition."""

    name: str = Field(
        min_length=1,
        max_length=128,
        pattern="^[a-zA-Z][a-zA-Z0-9_]*$",
        description="What conditions call it. An earlier macro of this name is redefined.",
    )
    condition: Condition = Field(description="A condition, or the text to append to one.")
    override: MacroOverride | None = Field(
        default=None,
        description="Changes the earlier macro instead of defining a new one.",
        json_schema_extra=_AT_LEAST_ONE,
    )


class RuleOverride(Shape):
    """Which keys of an earlier rule are changed, and how; all others stay as they are."""

    condition: Change | None = Field(
        default=None, description="append (the text begins with and, or), or replace."
    )
    desc: Change | None = Field(default=None, description="append or replace.")
    output: Change | None = Field(default=None, description="append or replace.")
    tags: Change | None = Field(default=None, description="append or replace.")
    exceptions: Change | None = Field(
        default=None, description="append (values to those of the same name), or replace."
    )
    priority: Replace | None = Field(default=None, description="replace.")
    enabled: Replace | None = Field(default=None, description="replace.")
    warn_evttypes: Replace | None = Field(default=None, description="replace.")
    skip_if_unknown_filter: Replace | None = Field(
        default=None, alias="skip-if-unknown-filter", description="replace."
    )


REQUIRED = ("condition", "desc", "output", "priority")


class ExceptionItem(Shape):
    """What a rule passes over."""

    name: str = Field(min_length=1, max_length=128, description="What later objects append values to it by.")
    fields: tuple[FieldName, ...] | None = Field(
        default=None, max_length=16, description="Fields whose values are compared.", json_schema_extra=ATOMIC
    )
    comps: tuple[FieldName, ...] | None = Field(
        default=None,
        max_length=16,
        description="How each field is compared. Without it: = for each.",
        json_schema_extra=ATOMIC,
    )
    values: tuple[Values, ...] | None = Field(
        default=None,
        max_length=256,
        description="Each entry has a value for each field, or a list of values where the comparison takes "
        "one. The rule does not match where all fields of one entry compare.",
        json_schema_extra=ATOMIC,
    )


def _in_both_or_neither(key: str) -> tuple[str, str]:
    """With override a key of the rule stands there too; CEL has its own way to write a dash in a name."""
    name = key.replace("-", "__dash__")
    message = f"with override, {key} stands in the rule and under override, or in neither of them"
    return f"!has(self.override) || has(self.{name}) == has(self.override.{name})", message


class RuleItem(Shape):
    """A rule: a complete one, or a change of an earlier one."""

    model_config = checks(
        (
            f"has(self.override) || ({' && '.join(f'has(self.{key})' for key in REQUIRED)})",
            "a rule has condition, desc, output and priority; one that changes an earlier rule has override",
        ),
        *(_in_both_or_neither(one.alias or key) for key, one in RuleOverride.model_fields.items()),
    )

    name: RuleName = Field(
        description="What alerts call it. An earlier rule of this name is redefined; with override it is "
        "changed."
    )
    condition: Condition | None = Field(
        default=None,
        description="When the rule fires: checks of an event's fields, joined by and, or, not; macros by "
        "name.",
    )
    desc: str | None = Field(
        default=None, min_length=1, max_length=4096, description="What it finds and why that matters."
    )
    output: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        description="The alert's text. %name stands for a field's value: user=%user.name file=%fd.name.",
    )
    priority: Priority | None = Field(
        default=None,
        description="How severe an alert is, from EMERGENCY down to DEBUG. EMERGENCY to WARNING become "
        "Events of type Warning, the others of type Normal.",
    )
    tags: tuple[Tag, ...] | None = Field(
        default=None, max_length=32, description="Words to find alerts by.", json_schema_extra=ATOMIC
    )
    exceptions: tuple[ExceptionItem, ...] | None = Field(
        default=None, max_length=32, description="What the rule passes over.", json_schema_extra=keyed("name")
    )
    enabled: bool | None = Field(default=None, description="Whether the rule takes part. Without it: true.")
    warn_evttypes: bool | None = Field(
        default=None,
        description="Whether to warn when the rule can match so many types of events that it costs every "
        "process time. Without it: true.",
    )
    skip_if_unknown_filter: bool | None = Field(
        default=None,
        alias="skip-if-unknown-filter",
        description="Whether the rule is skipped, with a warning, when it names a field or a type of event "
        "that does not exist, instead of being an error. Without it: false.",
    )
    override: RuleOverride | None = Field(
        default=None,
        description="Changes an earlier rule instead of defining one: for each key that stands here the "
        "operation, append or replace.",
        json_schema_extra=_AT_LEAST_ONE,
    )
