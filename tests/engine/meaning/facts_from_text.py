# SPDX-License-Identifier: Apache-2.0
"""An event from a line of golden text: `process.comm=cat fd.name=/etc/x` (see golden/README.md)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from ipaddress import ip_address
from typing import Any

from lanner_engine.fields.model import HOST, Endpoint, Socket, Usage
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

_STARTS: dict[str, Any] = {
    **dict.fromkeys(("parent", "creator"), PlainProcess),
    "fd": PlainDescriptor,
    "container": lambda: HOST,
}


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
    if not rest and name in _OPENED:
        return replace(node, **_OPENED[name](node, text))
    if not rest:
        kind = next(str(f.type) for f in fields(node) if f.name == name)
        return replace(node, **{name: _value(text, kind)})
    inner = getattr(node, name)
    if isinstance(inner, tuple):
        at = int(rest[0])
        one = inner[at] if at < len(inner) else PlainProcess()
        return replace(node, **{name: (*inner[:at], _set(one, rest[1:], text), *inner[at + 1 :])})
    if name == "host_names":
        return replace(node, host_names={**inner, ".".join(rest).encode(): text.encode()})
    if not is_dataclass(inner) and not isinstance(inner, dict):
        inner = _STARTS[name]()
    return replace(node, **{name: _set(inner, rest, text)})


def _socket(text: str) -> Socket:
    """`a:1->b:2` called b, `a:1<-b:2` was called by b, `a:1` listens."""
    local, arrow, remote = re.fullmatch(r"(.+?)(?:(->|<-)(.+))?", text).groups()  # type: ignore[union-attr]
    other = None if remote is None else _endpoint(remote)
    return Socket(b"tcp", _endpoint(local), other, is_server=arrow != "->", connected=other is not None)


def _endpoint(text: str) -> Endpoint:
    host, _, port = text.rpartition(":")
    return Endpoint(ip_address(host.strip("[]")).packed, int(port))


def _descriptors(process: PlainProcess, text: str) -> dict[str, object]:
    """What follows from `number:kind:name,...`; None: they are not known."""
    if text == "None":
        return {"descriptor_kinds": None, "standards": {}, "usage": None}
    parts = (entry.split(":") for entry in text.split(",") if entry)
    made = {
        int(number): PlainDescriptor(int(number), kind.encode(), name=name.encode())
        for number, kind, name in parts
    }
    return {
        "descriptor_kinds": {number: one.type for number, one in made.items()},
        "standards": made,
        "usage": replace(process.usage or _USES_NOTHING, descriptors=len(made)),
    }


def _limit(process: PlainProcess, text: str) -> dict[str, object]:
    return {"usage": replace(process.usage or _USES_NOTHING, descriptors_limit=int(text))}


_USES_NOTHING = Usage(0, 0, 0, 0, 0, 0, 0)
_OPENED = {"descriptors": _descriptors, "fdlimit": _limit}
_READERS: dict[str, Callable[[str], object]] = {
    "Socket": _socket,
    "bool": {"true": True, "false": False}.__getitem__,
    "tuple": lambda text: tuple(part.encode() for part in text.split(",")),
    "str": str,
}


def _value(text: str, kind: str) -> object:
    if text == "None":
        return None
    reader = next((read for part, read in _READERS.items() if part in kind), None)
    if reader is not None:
        return reader(text)
    if "int" in kind and text.removeprefix("-").isdigit():
        return int(text)
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
