# SPDX-License-Identifier: Apache-2.0
"""The event of a tree of facts: what was told, and what follows from it as it does in the kernel.

An open that tells no flags is one for reading; a descriptor has a number; who made a process is its parent
unless another user is told; an event that names a container's pod or image happens in a container.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from lanner_engine.facts.placing import Tree
from lanner_engine.facts.said import NO_ACCOUNT, Descriptor, Event, Process
from lanner_engine.fields import addresses
from lanner_engine.fields.model import (
    HOST,
    Container,
    Endpoint,
    ExecSession,
    NamedPath,
    Owners,
    Socket,
    Usage,
    User,
)
from lanner_engine.fields.tables.event_names import SYSTEM_CALLS
from lanner_engine.fields.tables.socket_kinds import FAMILIES
from lanner_engine.passes.outcomes import OPENS

SOME_CONTAINER: Final = b"0123456789ab"  # where an event tells of a container but no id
_FIRST_FREE: Final = 3  # the descriptor that an open returns where nothing is told
_LETTERS: Final[dict[bytes | None, bytes]] = {
    **{kind: letter for letter, kind in FAMILIES.values()},
    b"file": b"f",
    b"directory": b"d",
    b"memfd": b"m",
    b"pipe": b"p",
}
_READING, _WRITING, _BOTH = b"O_RDONLY", b"O_WRONLY", b"O_RDWR"


def event(tree: Tree) -> Event:
    """`tree` holds the type at least."""
    told = dict(tree)
    kind: str = told.pop("type").decode()
    paths: Tree = {name: _path(told.pop(name, None)) for name in ("fs_path", "fs_source", "fs_target")}
    result = _result(kind, told)
    opened = _opened(kind, result, told)
    user, container = told.pop("user", {}), told.pop("container", {})
    fd, hosts = _descriptor(kind, result, told.pop("fd", None), told)
    return Event(
        type=kind,
        result=result,
        process=process(told.pop("process", {})),
        fd=fd,
        host_names=hosts,
        container=_container(container),
        exec_session=_exec_session(told.pop("exec_session", None)),
        user=User(*(user.get(name, NO_ACCOUNT) for name in ("name", "homedir", "shell", "loginname"))),
        at_paths=_at_paths(told.pop("at_paths", {})),
        **paths,
        **opened,
        **told,  # the rest, whose attributes have the names that fields give them
    )


def _path(told: Tree | None) -> NamedPath | None:
    return None if told is None else NamedPath(told.get("path"), told.get("raw", told.get("path")))


def _at_paths(told: Mapping[bool, bytes]) -> tuple[bytes | None, ...]:
    return tuple(told.get(second) for second in ((False, True) if True in told else (False,))) if told else ()


def _result(kind: str, told: Tree) -> int | None:
    found: int | None = told.pop("result", None)
    if found is not None or kind not in SYSTEM_CALLS:
        return found
    number: int = told.get("fd", {}).get("num", _FIRST_FREE)
    return number if kind in OPENS else 0


def _opened(kind: str, result: int | None, told: Tree) -> Tree:
    """How it was opened: as it is told, else by its flags, else for reading."""
    asked = {name: told.pop(name, None) for name in ("open_read", "open_write", "open_exec", "open_create")}
    if kind not in OPENS:
        return asked
    arguments = told.setdefault("arguments", {})
    flags = arguments.get("flags", b"O_WRONLY" if kind == "creat" else b"").split(b"|")
    write = asked["open_write"]
    if write is None:
        write = _WRITING in flags or _BOTH in flags
    read = asked["open_read"]
    if read is None:
        read = _BOTH in flags or not write
    arguments.setdefault("flags", _BOTH if read and write else _WRITING if write else _READING)
    created = asked["open_create"]
    if created is None:
        created = b"O_F_CREATED" in flags or (b"O_TMPFILE" in flags and (result or 0) >= 0)
    return {
        "open_read": read,
        "open_write": write,
        "open_exec": bool(asked["open_exec"]),
        "open_create": created,
    }


def process(told: Tree) -> Process:
    told = dict(told)
    told |= _named(told.pop("cmdline", None), told.pop("exeline", None), told)
    at: Mapping[int, bytes] = told.pop("args_at", {})
    if at:
        args = [*told.get("args", ()), *[b""] * (1 + max(at))]
        length = max(len(told.get("args", ())), 1 + max(at))
        told["args"] = tuple(at.get(number, one) for number, one in enumerate(args[:length]))
    variables: Mapping[bytes, bytes] = told.pop("variables", {})
    if variables:
        told["env"] = (*told.get("env", ()), *(b"%s=%s" % pair for pair in variables.items()))
    if "usage" in told:
        told["usage"] = Usage(**{part.name: told["usage"].get(part.name, 0) for part in fields(Usage)})
    if "standards" in told:
        told["standards"] = {number: Descriptor(number, **one) for number, one in told["standards"].items()}
    for role in ("parent", "creator", "session_leader", "group_leader"):
        if role in told:
            told[role] = process(told[role])
    relatives = _maker(told)
    return Process(**told, **relatives)


def _maker(told: Tree) -> Tree:
    """Takes parent and creator out of what is told."""
    parent, creator = told.pop("parent", None), told.pop("creator", None)
    apart = parent is not None and creator is not None and creator != parent
    return {
        "parent": parent or creator,
        "creator": creator or parent,
        "creators": (creator,) if apart else (),
    }


def _named(command: bytes | None, line: bytes | None, told: Tree) -> Tree:
    """Name and arguments of a line that has both."""
    made: Tree = {}
    for text, name in ((line, "exe"), (command, "comm")):
        if text is None:
            continue
        first: bytes = told.get(name) or text.partition(b" ")[0]
        made[name] = first
        rest = text[len(first) + 1 :]
        made["args"] = told.get("args", tuple(rest.split(b" ")) if rest else ())
    return made


def _container(told: Tree) -> Container:
    if not told or told.get("id") == HOST.id:
        return HOST
    told = dict(told)
    full = told.pop("full_id", None)
    short: bytes = told.pop("id", None) or (full or SOME_CONTAINER)[:12]
    if "owners" in told:
        told["owners"] = Owners(**told["owners"])
    return Container(id=short, full_id=full or short, **told)


def _exec_session(told: Tree | None) -> ExecSession | None:
    return None if told is None else ExecSession(**{"verb": b"exec", "user": b"", **told})


def _descriptor(
    kind: str, result: int | None, told: Tree | None, all_told: Tree
) -> tuple[Descriptor | None, Mapping[bytes, bytes]]:
    if told is None and kind not in OPENS:
        return None, {}
    fd = dict(told or {})
    ends = fd.pop("socket", None)
    socket, hosts = (None, {}) if ends is None else _socket(dict(ends))
    if socket is not None and "type" not in fd:
        fd["type"] = b"ipv6" if any(len(ip) == 16 for ip in _ips(socket)) else b"ipv4"  # noqa: PLR2004
    if fd.get("name") is not None:
        fd.setdefault("type", b"file")
    if socket is not None:
        fd.setdefault("name", _connection(socket))
    if kind in OPENS:
        fd.setdefault("num", result if result is not None and result >= 0 else -1)
        fd.setdefault("nameraw", fd.get("name"))
    number = all_told.get("raw_arguments", {}).get("fd", _FIRST_FREE)
    fd.setdefault("num", number)
    fd.setdefault("typechar", _LETTERS.get(fd.get("type"), b"o"))
    return Descriptor(**fd, socket=socket), hosts


def _socket(told: Tree) -> tuple[Socket, Mapping[bytes, bytes]]:
    """Ends by their place (l, r) or by their role (c, s)."""
    server = told.get("is_server", False)
    roles = {"l": "s" if server else "c", "r": "c" if server else "s"}
    ends = {place: {**told.get(role, {}), **told.get(place, {})} for place, role in roles.items()}
    local, remote = (_endpoint(ends[place]) for place in ("l", "r"))
    hosts = {
        addresses.text_of(end["ip"]): end["ip.name"]
        for end in ends.values()
        if {"ip", "ip.name"} <= end.keys()
    }
    socket = Socket(
        l4proto=told.get("l4proto", b"tcp"),
        local=local,
        remote=remote,
        is_server=server,
        connected=told.get("connected", remote is not None),
        name_changed=told.get("name_changed", False),
    )
    return socket, hosts


def _endpoint(told: Mapping[str, Any]) -> Endpoint | None:
    if not told:
        return None
    return Endpoint(told.get("ip", bytes(4)), told.get("port", 0))


def _ips(socket: Socket) -> list[bytes]:
    return [end.ip for end in (socket.local, socket.remote) if end is not None]


def _connection(socket: Socket) -> bytes:
    """As fd.name prints it: who calls, an arrow, who is called."""
    ends = [socket.remote, socket.local] if socket.is_server else [socket.local, socket.remote]
    return b"->".join(b"%s:%d" % (addresses.text_of(end.ip), end.port) for end in ends if end is not None)
