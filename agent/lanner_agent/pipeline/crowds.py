# SPDX-License-Identifier: Apache-2.0
"""Who did more than its share while a ring was filling, in words: `openat of pod shop/web-0, container web`.

In: what the kernel counted by origin. Out: numbers by text, for the notes while the agent runs, the summary
and the Event about lost events. Names are others' choice: `most` escapes them, `numbers` only cuts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from lanner_agent.publish import escape
from lanner_engine.fields.facts import Container

SHOWN = 10  # of the most
TITLE = "turned away for the sake of others"
_NAME = 80
_TEXT = 300


class Origin(Protocol):
    """The part of kernel.origins.Origin that is asked here."""

    @property
    def container(self) -> bytes | None: ...
    @property
    def path(self) -> bytes: ...


class TurnedAway(Protocol):
    """The same of kernel.turned_away.TurnedAway."""

    @property
    def origin(self) -> Origin: ...
    @property
    def event_type(self) -> str: ...
    @property
    def value(self) -> int: ...


def numbers(found: Iterable[TurnedAway], container: Callable[[bytes], Container | None]) -> Counter[str]:
    """Events by type and origin. `container`: what is known of the one with this full id."""
    told: Counter[str] = Counter()
    for one in found:
        told[f"{one.event_type} of {words(one.origin, container)}"] += one.value
    return told


def words(origin: Origin, container: Callable[[bytes], Container | None]) -> str:
    if origin.container is not None:
        return _container(origin.container, container(origin.container))
    if origin.path:
        return f"host {_shown(origin.path)}"
    return "containers not known yet"


def most(told: Counter[str]) -> str:
    """`1,200 openat of …, 3 connect of … and 5 of others`."""
    shown = told.most_common(SHOWN)
    rest = told.total() - sum(number for _, number in shown)
    text = ", ".join(f"{number:,} {escape.shown(what, _TEXT)}" for what, number in shown)
    return f"{text} and {rest:,} of others" if rest else text


def _container(full_id: bytes, known: Container | None) -> str:
    if known is None or known.name is None:
        pod = _pod(known) if known else ""
        return f"{pod}container {_shown(full_id[:12])}"
    return f"{_pod(known)}container {_shown(known.name)}"


def _pod(known: Container) -> str:
    if known.pod_name is None:
        return ""
    return f"pod {_shown(known.pod_namespace or b'')}/{_shown(known.pod_name)}, "


def _shown(name: bytes) -> str:
    plain = escape.decode(name)
    return plain if len(plain) <= _NAME else plain[: _NAME - 1] + "…"
