# SPDX-License-Identifier: Apache-2.0
"""The model as a list: each setting with its key in the file, its variable, its option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lanner_agent.publish.settings.base import PRIORITIES
from lanner_agent.settings.model import Settings
from lanner_agent.settings.part import Use
from lanner_engine.program.rule import Priority

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """`keys` lead to it in the file, `names` in the model."""

    keys: Keys
    names: tuple[str, ...]
    info: FieldInfo = field(repr=False)
    use: Use

    @property
    def key(self) -> str:
        """As people write it: `events.ruleBurst`."""
        return ".".join(self.keys)

    @property
    def parameter(self) -> str:
        """An identifier of its own."""
        return "_".join(self.names)

    @property
    def several(self) -> bool:
        """A list."""
        return get_origin(self.info.annotation) is tuple

    @property
    def structured(self) -> bool:
        """Made of mappings: only the file can say it, and an option that is made for it."""
        return _holds_part(self.info.annotation)

    @property
    def optional_part(self) -> type[BaseModel] | None:
        """What it is made of where it is there, of a part that may be left out."""
        parts = get_args(self.info.annotation)
        found = next((one for one in parts if _is_part(one)), None) if type(None) in parts else None
        return cast("type[BaseModel] | None", found)

    @property
    def variable(self) -> str:
        """Of the environment; empty for what is no single value."""
        if self.several or self.structured:
            return ""
        return self.use.variable or f"LANNER_{self.parameter.upper()}"

    @property
    def option(self) -> str:
        """Of the command line; empty where there is none."""
        named = self.use.option or f"--{self.parameter.replace('_', '-')}"
        return self.use.option if self.structured else named

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the most of a number."""
        low = next((one.ge for one in self.info.metadata if isinstance(one, Ge)), None)
        high = next((one.le for one in self.info.metadata if isinstance(one, Le)), None)
        return None if low is None or high is None else (cast("float", low), cast("float", high))

    @property
    def choices(self) -> tuple[str, ...]:
        """The words it can be."""
        if self.info.annotation is Priority:
            return tuple(PRIORITIES)
        literal = get_origin(self.info.annotation) is Literal
        return get_args(self.info.annotation) if literal else ()

    def value(self, settings: Settings) -> Any:
        """What it is in `settings`, as JSON has it; None for a part that is not there."""
        value: Any = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
        for key in self.keys:
            value = value.get(key)
        return value


def _walk(part: type[BaseModel], keys: Keys, names: tuple[str, ...], above: Use) -> Iterator[Setting]:
    for name, info in part.model_fields.items():
        own = next((one for one in info.metadata if isinstance(one, Use)), above)
        below = (*keys, info.alias or name), (*names, name)
        if _is_part(info.annotation):
            yield from _walk(info.annotation, *below, own)  # type: ignore[arg-type]  # it is one
        else:
            yield Setting(*below, info, own)


def _holds_part(annotation: object) -> bool:
    return _is_part(annotation) or any(map(_holds_part, get_args(annotation)))


def _is_part(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


SETTINGS: Final = tuple(_walk(Settings, (), (), Use()))
DEFAULTS: Final = Settings()


def below(setting: Setting) -> tuple[Setting, ...]:
    """What an optional part is made of; only the file can say it."""
    part = setting.optional_part
    if part is None:
        return ()
    inside = _walk(part, setting.keys, setting.names, setting.use)
    return tuple(found for one in inside for found in (one, *below(one)))


def of(*commands: str) -> tuple[Setting, ...]:
    """Those that one of these commands reads."""
    return tuple(one for one in SETTINGS if one.use.commands & set(commands))


def default(setting: Setting) -> Any:
    """The default, as JSON has it."""
    return setting.value(DEFAULTS)
