# SPDX-License-Identifier: Apache-2.0
"""What several outputs need of an alert, made once for all of them: a form, which is most of what an output
costs; whether there is anything to hide.

Two threads that ask at the same moment both make it, and it is the same; a lock would make outputs wait for
each other. It lives as long as its snapshot, whose size counts it: a form that is longer than what is left of
that is made for each output anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from lanner_agent.publish import redact
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.snapshot import Snapshot


class Form(Protocol):
    """Makes a line. `hide` is what becomes of the event's bytes first."""

    def __call__(self, alert: Snapshot, hide: Hide = ..., /) -> bytes: ...


def shared(make: Callable[[Snapshot, Hide], bytes]) -> Form:
    """The same form; patterns of secrets that come into force later make it anew."""

    def made(alert: Snapshot, hide: Hide = redact.redacted) -> bytes:
        key = make, hide, redact.generation()
        found = alert.made.get(key)
        if found is None:
            found = make(alert, hide)
            if len(found) <= _room(alert):
                alert.made[key] = found
        return bytes(found)

    made.__doc__ = make.__doc__
    return made


def _room(alert: Snapshot) -> int:
    """Bytes for further forms. Escapes make a form six times as long as what it says."""
    kept = dict(alert.made).values()  # in one step: other threads go on adding
    return alert.size - sum(len(one) for one in kept if isinstance(one, bytes))


def hiding(alert: Snapshot, hide: Hide) -> Hide:
    """`hide`, or `redact.shown` where one look at all texts of the alert finds nothing to hide."""
    key = hiding, hide, redact.generation()
    found: Hide | None = alert.made.get(key)
    if found is None:
        found = alert.made[key] = redact.needed(hide, _texts(alert))
    return found


def _texts(alert: Snapshot) -> Iterator[bytes]:
    """All bytes of the event that any form shows."""
    who = alert.process
    yield from (alert.message, who.name, who.exepath, who.command_line)
    yield from _bytes(alert.values.values())


def _bytes(values: Iterable[object]) -> Iterator[bytes]:
    for value in values:
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from _bytes(value)
