# SPDX-License-Identifier: Apache-2.0
"""A form that several outputs send, made once for all of them: making it is most of what an output costs.

Two threads that ask at the same moment both make it, and it is the same; a lock would make outputs wait for
each other. It lives as long as its snapshot, whose size counts it.
"""

from __future__ import annotations

from collections.abc import Callable
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
            found = alert.made[key] = make(alert, hide)
        return found

    made.__doc__ = make.__doc__
    return made
