# SPDX-License-Identifier: Apache-2.0
"""Who did more than its share while a ring was filling, in words: `openat of pod shop/web-0, container web`;
and who was busy meanwhile: `dd (/bin/busybox) of pod shop/web-0, container web`.

In: what the kernel counted by origin, and the loop by process. Out: numbers by text, for the notes while the
agent runs, the summary and the Event about lost events. Names are others' choice: `most` and `parts` escape
them, `numbers` and `doers` only cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from lanner_agent.enrich import cgroup
from lanner_agent.publish import escape
from lanner_engine.fields.model import Container

SHOWN = 10  # of the most, in the summary at the end
TOLD = 3  # in a note and in an Event
TITLE = "turned away for the sake of others"
BUSIEST = "most of the events that came are from"
_NAME = 80
_TEXT = 300


class Origin(Protocol):
    """The part of kernel.origins.Origin that is asked here."""

    @property
    def container(self) -> bytes | None: ...
    @property
    def path(self) -> bytes: ...


class Doer(Protocol):
    """The same of pipeline.busy.Doer."""

    @property
    def container(self) -> bytes | None: ...
    @property
    def name(self) -> bytes: ...
    @property
    def exepath(self) -> bytes: ...


class TurnedAway(Protocol):
    """The same of kernel.turned_away.TurnedAway."""

    @property
    def origin(self) -> Origin: ...
    @property
    def event_type(self) -> str: ...
    @property
    def value(self) -> int: ...


D = TypeVar("D", bound=Doer)


def numbers(found: Iterable[TurnedAway], container: Callable[[bytes], Container | None]) -> Counter[str]:
    """Events by type and origin. `container`: what is known of the one with this key (enrich.cgroup)."""
    told: Counter[str] = Counter()
    for one in found:
        told[f"{one.event_type} of {words(one.origin, container)}"] += one.value
    return told


def doers(found: Mapping[D, int], container: Callable[[bytes], Container | None]) -> Counter[str]:
    """Looks by process and its container."""
    told: Counter[str] = Counter()
    for doer, number in found.items():
        told[f"{_process(doer)} of {_where(doer, container)}"] += number
    return told


def words(origin: Origin, container: Callable[[bytes], Container | None]) -> str:
    if origin.container is not None:
        return _container(origin.container, container(origin.container))
    if origin.path:
        return f"host {_shown(origin.path)}"
    return "containers not known yet"


def parts(told: Counter[str]) -> str:
    """`dd (/bin/dd) of … 97 %, …`: the first three."""
    total = told.total()
    shown = (
        f"{escape.shown(what, _TEXT)} {number * 100 // total} %" for what, number in told.most_common(TOLD)
    )
    return ", ".join(shown)


def most(told: Counter[str], number_of: int = SHOWN) -> str:
    """`1,200 openat of …, 3 connect of … and 5 of others`."""
    shown = told.most_common(number_of)
    rest = told.total() - sum(number for _, number in shown)
    text = ", ".join(f"{number:,} {escape.shown(what, _TEXT)}" for what, number in shown)
    return f"{text} and {rest:,} of others" if rest else text


def _process(doer: Doer) -> str:
    if not doer.name and not doer.exepath:
        return "other processes"
    return f"{_shown(doer.name)} ({_shown(doer.exepath)})"


def _where(doer: Doer, container: Callable[[bytes], Container | None]) -> str:
    if doer.container is None:
        return "the host"
    return _container(doer.container, container(doer.container)) if doer.container else "other containers"


def _container(key: bytes, known: Container | None) -> str:
    if known is None or known.name is None:
        pod = _pod(known) if known else ""
        return f"{pod}container {_shown(cgroup.of_key(key).full_id[:12])}"
    return f"{_pod(known)}container {_shown(known.name)}"


def _pod(known: Container) -> str:
    if known.pod_name is None:
        return ""
    return f"pod {_shown(known.pod_namespace or b'')}/{_shown(known.pod_name)}, "


def _shown(name: bytes) -> str:
    plain = escape.decode(name)
    return plain if len(plain) <= _NAME else plain[: _NAME - 1] + "…"
