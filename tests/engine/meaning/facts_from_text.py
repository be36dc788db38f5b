# SPDX-License-Identifier: Apache-2.0
"""An event from a line of golden text: `process.comm=cat fd.name=/etc/x` (see golden/README.md)."""

from __future__ import annotations

import shlex
from dataclasses import fields, is_dataclass, replace
from typing import Any

from lanner_engine.fields.facts import HOST
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

_STARTS: dict[str, Any] = {"parent": PlainProcess, "fd": PlainDescriptor, "container": lambda: HOST}


def event(line: str) -> PlainEvent:
    """The boring event with what the line says."""
    made: Any = PlainEvent()
    for word in shlex.split(line.replace("\\", "\\\\")):
        path, _, value = word.partition("=")
        made = _set(made, path.split("."), value)
    assert isinstance(made, PlainEvent)
    return made


def _set(node: Any, path: list[str], text: str) -> Any:
    name, rest = path[0], path[1:]
    if isinstance(node, dict):
        return {**node, ".".join(path): _value(text, "int | bytes")}
    if not rest:
        kind = next(str(f.type) for f in fields(node) if f.name == name)
        return replace(node, **{name: _value(text, kind)})
    inner = getattr(node, name)
    if not is_dataclass(inner) and not isinstance(inner, dict):
        inner = _STARTS[name]()
    return replace(node, **{name: _set(inner, rest, text)})


def _value(text: str, kind: str) -> object:
    if text == "None":
        return None
    if "bool" in kind:
        return {"true": True, "false": False}[text]
    if "int" in kind and text.removeprefix("-").isdigit():
        return int(text)
    if "tuple" in kind:
        return tuple(part.encode() for part in text.split(","))
    if kind == "str":
        return text
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
