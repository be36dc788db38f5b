# SPDX-License-Identifier: Apache-2.0
"""Readings of the event itself: results as names, parameters by name, position and native kind.

Absent is None.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from itertools import islice

from lanner_engine.fields.model import Event
from lanner_engine.fields.tables import event_classes
from lanner_engine.fields.tables.parameters import PARAMETERS, PATHS

# The C library calls some numbers by two names, and never sees the kernel's own.
ERROR_NAMES: dict[int, bytes] = {number: name.encode() for number, name in errno.errorcode.items()} | {
    11: b"EAGAIN",
    35: b"EDEADLK",
    95: b"EOPNOTSUPP",
    512: b"ERESTARTSYS",
    513: b"ERESTARTNOINTR",
    514: b"ERESTARTNOHAND",
    515: b"ENOIOCTLCMD",
    516: b"ERESTART_RESTARTBLOCK",
    524: b"ENOTSUPP",
}

# Values, not absence: specification 3.1.
_NO_TEXT = b"<NA>"
_NO_BYTES = b"NULL"
_IDENTITIES = ("UID", "GID")
_LARGEST_ID = 0x7FFFFFFF  # those above are written with a sign: -1 is none
_WITH_NAMES = ("FLAGS", "ENUMFLAGS", "ERRNO", "FD", "PID", "SIGTYPE", "UID", "GID")  # types of such numbers


def result_name(result: int | None) -> bytes | None:
    """b"SUCCESS", the name of the error, or its number when it has no name."""
    if result is None:
        return None
    if result >= 0:
        return b"SUCCESS"
    return ERROR_NAMES.get(-result, b"%d" % -result)


def argument(arguments: Mapping[str, bytes], wanted: str | int) -> bytes | None:
    """evt.arg by name or by position from 0."""
    name = wanted if isinstance(wanted, str) else next(islice(arguments, wanted, None), "")
    text = arguments.get(name)
    return text if text is None else text or _unread(name)


def _unread(name: str) -> bytes:
    """What stands for a parameter that is empty, as one is that could not be read (specification 3.1)."""
    return _NO_BYTES if PARAMETERS.get(name) == "BYTEBUF" and name != "addr" else _NO_TEXT


def all_arguments(event: Event) -> bytes:
    """`name=raw(text) name=text`: evt.args. The text stands alone where it says the same as the raw value, or
    is all that can be printed of it.
    """
    raw = event.raw_arguments
    return b" ".join(
        b"%s=%s" % (name.encode(), _argument_text(name, raw.get(name), text or _unread(name)))
        for name, text in event.arguments.items()
    )


def _argument_text(name: str, raw: int | bytes | None, text: bytes) -> bytes:
    """Numbers that have names are shown with them, a mode in octal; of the rest only paths are shown as given
    too.
    """
    if isinstance(raw, int):
        given = _number(PARAMETERS.get(name, ""), raw, text)
    else:
        given = raw if name in PATHS else None
    return text if not given or text == given else b"%s(%s)" % (given, text)


def _number(kind: str, raw: int, text: bytes) -> bytes | None:
    """None where the text is the number itself, in whatever base."""
    if text == b"%X" % raw:
        return None
    if kind == "MODE":
        return b"0%o" % raw if text.startswith(b"S_") else None
    if kind in _IDENTITIES and raw > _LARGEST_ID:
        raw -= 2 * _LARGEST_ID + 2
    return b"%d" % raw if kind.startswith(_WITH_NAMES) or b"_" in text else None


def raw_number(raw: Mapping[str, int | bytes], name: str) -> int | None:
    value = raw.get(name)
    return value if isinstance(value, int) else None


def raw_identity(raw: Mapping[str, int | bytes], name: str) -> int | None:
    """A user or a group, of 32 bits: -1, which is none, is the largest number."""
    value = raw_number(raw, name)
    return None if value is None else value & 0xFFFFFFFF


def printed_number(found: int | None, arguments: Mapping[str, bytes], name: str) -> int | None:
    """In an output, a number that the event has, but was not given, is 0; that of other events is absent."""
    return 0 if found is None and arguments.get(name) == b"" else found


def raw_text(raw: Mapping[str, int | bytes], name: str) -> bytes | None:
    """Bytes of length zero are absent (specification 3.3); a text that could not be read is its own."""
    value = raw.get(name)
    if not isinstance(value, bytes):
        return None
    return value or (None if PARAMETERS.get(name) == "BYTEBUF" else _NO_TEXT)


def raw_value(raw: Mapping[str, int | bytes], name: str) -> int | bytes | None:
    """A number where the parameter of that name is one in this event, as addr of brk is, else as raw_text."""
    value = raw.get(name)
    return value if isinstance(value, int) else raw_text(raw, name)


def category(event: Event) -> bytes:
    """A userfaultfd counts as the unix socket whose letter it has."""
    return event_classes.category(event.type, b"" if event.fd is None else event.fd.typechar)


def _letter(event: Event) -> bytes:
    """Of its descriptor; what fails on a userfaultfd, which has a unix socket's, is not of the net."""
    fd = event.fd
    return b"" if fd is None or fd.type == b"userfaultfd" else fd.typechar


def is_read(event: Event) -> bool:
    return event.type in event_classes.READS


def is_write(event: Event) -> bool:
    return event.type in event_classes.WRITES


def is_io(event: Event) -> bool:
    return is_read(event) or is_write(event)


def is_wait(event: Event) -> bool:
    return event.type in event_classes.WAITS


def direction(event: Event) -> bytes | None:
    """What does both, writes."""
    if is_write(event):
        return b"write"
    return b"read" if is_read(event) else None


def is_syslog(event: Event) -> bool:
    return is_write(event) and event.fd is not None and b"/dev/log" in (event.fd.name or b"")


def failed(event: Event) -> bool | None:
    """Absent where nothing is returned."""
    return None if event.result is None else event.result < 0


def error(event: Event, kind: str = "") -> int | None:
    """1 when the event failed, else 0; absent where nothing is returned, and where it is of another kind
    (file, net, memory, other).
    """
    if event.result is None or kind not in ("", event_classes.of_errors(event.type, _letter(event))):
        return None
    return int(event.result < 0)


def moved(event: Event) -> bytes | None:
    """The first bytes that a read or write moved."""
    return raw_text(event.raw_arguments, "data") if is_io(event) else None


def length(event: Event, reads: bool = True, writes: bool = True, kinds: bytes = b"") -> int | None:
    """How many bytes a read or write moved; `kinds`: letters of descriptors, none for all."""
    wanted = (reads and is_read(event)) or (writes and is_write(event))
    if not wanted or event.type in event_classes.WITHOUT_BUFFER or event.result is None or event.result < 0:
        return None
    if kinds and (event.fd is None or event.fd.typechar not in kinds):
        return None
    return event.result
