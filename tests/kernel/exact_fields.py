# SPDX-License-Identifier: Apache-2.0
"""What is asked of an event by rules that want exactly it: the fields of its class, and of which of them the
index says that it knows them (decision 0013). Of a field that it does not know, a near miss may pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.decode.event import Event
from lanner_agent.decode.opened_file import OpenedFile
from lanner_agent.kernel.record_layout import ANCESTORS, CREATORS
from lanner_engine.ast import FieldRef
from lanner_engine.fields.model import EXE_FROM_MEMFD
from lanner_engine.fields.tables.socket_kinds import CALLED, CALLING, FAMILIES
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.places import KEY_BYTES
from lanner_engine.syscalls import fast_open
from lanner_engine.syscalls.forms import Bits, Node
from lanner_engine.syscalls.table import NUMBERS

Known = Callable[[Event, bytes], bool]  # whether the kernel knows it, of an event with this value
_MAX_TEXT: Final = 180  # bytes of a text that is looked at
_CHOSEN: Final = 32768  # and above: ports that the kernel chooses
_SOCKETS: Final = frozenset(letter for letter, _ in FAMILIES.values())
_OF_MESSAGES: Final = frozenset({"sendmmsg", "recvmmsg"})
_DIGITS: Final = b"-0123456789ABCDEFabcdef"


@dataclass(frozen=True, slots=True)
class Asked:
    """A field. `group`: of the fields that say the same; `number`: it is one of those that the index asks a
    few of; `path`: its last name is missed; `by_not`: it is missed by a check that it is something else.
    """

    ref: FieldRef
    group: str
    known: Known
    number: bool = False
    path: bool = False
    by_not: bool = False

    @property
    def name(self) -> str:
        argument = self.ref.argument
        return self.ref.name if argument is None else f"{self.ref.name}.{argument.decode()}"


def of(event: Event) -> Iterator[Asked]:
    """The fields of an event's class, and its parameters."""
    found = CLASS_OF[event.type]
    yield from _COMMON
    if event.result is not None and event.result <= 0 and found != "fork":
        yield from _RESULT  # of descriptors and processes the numbers differ from time to time
    yield from _OF_CLASS.get(found, ())
    if found in _WITH_PARAMETERS:
        yield from (_parameter(event, name) for name in event.arguments if name not in _UNSTEADY)


def is_known(asked: Asked, event: Event, value: bytes) -> bool:
    """To the kernel. Of a request whose end is not seen only who acts is, of an open into a ring's own table
    neither how it was made nor of what.
    """
    if _may_be_of_a_worker(event) and asked.group in _SUBMITTER:
        return False
    if asked.name in _PARENT and not _parent_was_found(event):
        return False
    blind = event.unfinished or (
        event.through_io_uring and CLASS_OF[event.type] == "open" and not event.result
    )
    return asked.known(event, value) and (not blind or asked in _COMMON)


def _may_be_of_a_worker(event: Event) -> bool:
    """Of io_uring, whose credentials are not those of the record; one may be the last to end."""
    ended = event.type == "procexit" and event.process.tid != event.process.pid
    return event.through_io_uring or ended


def _parent_was_found(event: Event) -> bool:
    """By its exec or by the start-up scan. The kernel learns the name of any other when rules ask for it."""
    return event.process.parent is None or bool(event.process.parent.exepath)


def last_compared(path: bytes) -> int:
    """Where the last byte is that the kernel compares of a path's last name; -1: there is none."""
    whole = path.rstrip(b"/")
    first = whole.rfind(b"/") + 1
    return min(len(whole), first + KEY_BYTES) - 1 if whole[first:] else -1


def of_the_moment(asked: Asked, event: Event) -> bool:
    """A port that the kernel chose, and what is written with it; a name that is no path."""
    socket = None if event.fd is None else event.fd.socket
    if asked.group not in ("port", "unix name") or event.fd is None:
        return False
    if socket is None:
        return not (event.fd.name or b"").startswith(b"/")
    ports = [end.port for end in (socket.local, socket.remote) if end is not None]
    return any(port >= _CHOSEN for port in ports)


def _always(event: Event, value: bytes) -> bool:
    return True


def _never(event: Event, value: bytes) -> bool:
    return False


def _how(event: Event, value: bytes) -> bool:
    """How it was opened is known of whatever was, but for a mere place (O_PATH)."""
    return not _failed(event) and type(event.fd) is OpenedFile and not event.fd.flags & os.O_PATH


def _kind(event: Event, value: bytes) -> bool:
    return _how(event, value) and event.fd is not None and event.fd.typechar in (b"f", b"d")


def _mode(event: Event, value: bytes) -> bool:
    """openat2 has it in memory."""
    return event.type != "openat2" and not _failed(event)


def _of_tree(event: Event, value: bytes) -> bool:
    """Of a failed open there is no file to look at; some files are in no tree of names."""
    return not _failed(event) and event.fd is not None and (event.fd.name or b"").startswith(b"/")


def _of_socket(event: Event, value: bytes) -> bool:
    return event.fd is not None and event.fd.typechar in _SOCKETS


def _of_peer(event: Event, value: bytes) -> bool:
    """Of a unix socket's name it is known whom a call went to."""
    return event.type in CALLING and event.fd is not None and event.fd.typechar == b"u" and value[:1] == b"/"


def _connected(event: Event, value: bytes) -> bool:
    """Of an end that the address of a call names, as a datagram's may, nothing is known."""
    socket = None if event.fd is None else event.fd.socket
    return socket is not None and socket.l4proto == b"tcp" and socket.connected and not _failed(event)


def _of_role(event: Event, value: bytes) -> bool:
    """Which end is the server's is told by these calls alone."""
    return event.type in CALLING | CALLED and _connected(event, value)


def _ordinary(event: Event, value: bytes) -> bool:
    """Of a send that asks for a connection it is not known whether its socket can be connected so."""
    return event.type not in fast_open.FLAGS or not fast_open.is_asked(event.type, event.call.args)


def _failed(event: Event) -> bool:
    return event.result is not None and event.result < 0


def _result(event: Event, value: bytes) -> bool:
    """Of an exec that succeeds the result is not asked, nor where each message has one of its own."""
    return event.type not in _OF_MESSAGES and (_failed(event) or CLASS_OF[event.type] != "exec")


def _all_forebears(event: Event, value: bytes) -> bool:
    """Of more than a record holds nothing is known."""
    process, count = event.process.parent, 0
    while process is not None:
        process, count = process.parent, count + 1
    return count < ANCESTORS and len(event.process.creators) < CREATORS


def _image(event: Event, value: bytes) -> bool:
    """A script in a memfd is let through whatever is asked."""
    return not (event.process.script_flags or 0) & EXE_FROM_MEMFD


def _outcome(event: Event, value: bytes) -> bool:
    return CLASS_OF[event.type] != "exec" or _image(event, value)


def _text_of_exec(event: Event, value: bytes) -> bool:
    texts = (event.process.exepath, event.process.exe, event.process.cwd or b"")
    return _image(event, value) and all(len(one) <= _MAX_TEXT for one in texts) and _plain(value)


def _plain(path: bytes) -> bool:
    """An absolute path that is as it would be cleaned."""
    names = path.rstrip(b"/").split(b"/")[1:]
    return path[:1] == b"/" and bool(names) and not {b"", b".", b".."}.intersection(names)


def _text_of_call(event: Event, value: bytes) -> bool:
    """The names in the texts of a call are known when they are short, and written as they are meant; those of
    a mount that failed pass.
    """
    if event.type == "mount" and _failed(event):
        return False
    written = [one for one in event.raw_arguments.values() if isinstance(one, bytes)]
    clean = all(len(one) <= _MAX_TEXT and _plain(b"/" + one.removeprefix(b"/")) for one in written)
    return clean and _plain(value) and not any(one.endswith(b"/") for one in written)


def _one_flag(event: Event, value: bytes) -> bool:
    """Of several flags together it is not asked whether these are set and no others."""
    return b"|" not in value and bool(value.strip(_DIGITS))


def _no_terminal(event: Event, value: bytes) -> bool:
    """Which terminal it is, is not known."""
    return value == b"0"


def _field(name: str, group: str = "", known: Known = _always, **more: bool) -> Asked:
    return Asked(FieldRef(name), group or name, known, **more)


def _path(name: str, known: Known) -> Asked:
    return _field(name, "path", known, path=True)


_COMMON: Final = (
    _field("proc.name"),
    _field("proc.pname"),
    Asked(FieldRef("proc.aname", b"2"), "forebears", _all_forebears),
    _field("user.uid", "user"),
    _field("user.name", "user"),
    _field("user.loginuid"),
    _field("proc.tty", known=_no_terminal, by_not=True),
    _field("container.id", by_not=True),
    _field("proc.args", known=_never),
    _field("evt.is_io_uring", known=_never),
    _field("evt.is_unfinished", known=_never),
)
_PARENT: Final = frozenset({"proc.pname", "proc.aname.2"})
_SUBMITTER: Final = frozenset({"user", "user.loginuid", "proc.tty"})
_RESULT: Final = (
    _field("evt.failed", "result", _outcome),
    _field("evt.rawres", "result", _result, number=True),
    _field("evt.res", "result", _result, number=True),
)
_CALLS: Final = tuple(_path(f"fs.path.{name}", _text_of_call) for name in ("name", "source", "target"))
_OF_CLASS: Final = {
    "open": (
        *(_path(f"fd.{name}", _of_tree) for name in ("name", "directory")),
        _path("fd.filename", _of_tree),
        _field("fd.nameraw", "given", _never),  # but for two dots
        *(_field(f"evt.is_open_{how}", f"open {how}", _how) for how in ("read", "write", "create")),
        _field("evt.is_open_exec", known=_never),
        _field("fd.typechar", "kind", _kind),
        _field("fd.type", "kind", _kind),
        Asked(FieldRef("evt.arg", b"mode"), "mode", _mode, number=True),
        Asked(FieldRef("evt.arg", b"flags"), "flags", _never),
    ),
    "exec": (
        *(_path(f"proc.{name}", _text_of_exec) for name in ("exepath", "exe", "cwd")),
        *(
            _field(f"proc.is_exe_{what}", known=_image)
            for what in ("writable", "upper_layer", "lower_layer", "from_memfd")
        ),
    ),
    "fork": (Asked(FieldRef("evt.arg", b"flags"), "flags", _one_flag, number=True),),
    "path": (*_CALLS, _path("evt.abspath", _text_of_call)),
    "other": _CALLS,
    "socket": (
        *(_field(f"fd.{letter}port", "port", _connected, number=True) for letter in "lr"),
        *(_field(f"fd.{letter}port", "port", _of_role, number=True) for letter in "cs"),
        *(_field(f"fd.{letter}ip", "address", _connected, number=True) for letter in "lr"),
        *(_field(f"fd.{letter}ip", "address", _of_role, number=True) for letter in "cs"),
        *(_field(f"fd.{name}", "kind", _of_socket, number=True) for name in ("type", "typechar", "l4proto")),
        _field("fd.name", "unix name", _of_peer, number=True),
        _field("evt.is_fast_open", known=_ordinary, number=True),
    ),
}
_WITH_PARAMETERS: Final = ("path", "other", "socket")
_UNSTEADY: Final = frozenset(
    {"res", "fd", "pid", "tid", "pid_fd", "tuple", "addr", "pgoffset"}
)  # which differ from time to time, or are asked as fields
_PATHS: Final = frozenset(
    {
        *("path", "name", "oldpath", "newpath", "target", "linkpath", "filename", "pathname"),
        *("dev", "dir", "frompath", "topath"),
    }
)


def _parameter(event: Event, name: str) -> Asked:
    ref = FieldRef("evt.arg", name.encode())
    number = NUMBERS.get(event.type, {}).get(name)
    if number is not None:
        known = _always if number.shown is not None else _never
        known = _one_flag if isinstance(number.shown, Bits | Node) else known
        return Asked(ref, f"parameter {name}", known, number=True)
    if name in _PATHS and CLASS_OF[event.type] != "socket":
        known = _never if CLASS_OF[event.type] == "other" and name == "path" else _text_of_call
        return Asked(ref, "path", known, path=True)
    return Asked(ref, f"parameter {name}", _never)
