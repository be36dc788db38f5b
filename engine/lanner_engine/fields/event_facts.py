# SPDX-License-Identifier: Apache-2.0
"""Readings of the event itself: results as names, parameters by name, position and native kind.

Called by the expressions of fields/event_fields. Absent is None.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from itertools import islice

from lanner_engine.fields.facts import Event

# The C library calls some numbers by two names, and never sees the kernel's own.
_ERRNO_NAMES: dict[int, bytes] = {number: name.encode() for number, name in errno.errorcode.items()} | {
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


def result_name(result: int | None) -> bytes | None:
    """b"SUCCESS", the name of the error, or its number when it has no name."""
    if result is None:
        return None
    if result >= 0:
        return b"SUCCESS"
    return _ERRNO_NAMES.get(-result, b"%d" % -result)


def argument(arguments: Mapping[str, bytes], wanted: str | int) -> bytes | None:
    """evt.arg by name or by position from 0."""
    if isinstance(wanted, str):
        return arguments.get(wanted)
    return next(islice(arguments.values(), wanted, None), None)


def all_arguments(event: Event) -> bytes:
    """`name=raw(text) name=text`: evt.args. The text stands alone where it says the same as the raw value."""
    raw = event.raw_arguments
    return b" ".join(
        b"%s=%s" % (name.encode(), _argument_text(raw.get(name), text))
        for name, text in event.arguments.items()
    )


def _argument_text(raw: int | bytes | None, text: bytes) -> bytes:
    if not isinstance(raw, int) or text == b"%d" % raw:
        return text
    return b"%d(%s)" % (raw, text)


def raw_number(raw: Mapping[str, int | bytes], name: str) -> int | None:
    value = raw.get(name)
    return value if isinstance(value, int) else None


def raw_text(raw: Mapping[str, int | bytes], name: str) -> bytes | None:
    """Zero-length data is absent (specification 3.3)."""
    value = raw.get(name)
    return value if isinstance(value, bytes) and value else None
