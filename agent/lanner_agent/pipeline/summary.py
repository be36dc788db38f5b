# SPDX-License-Identifier: Apache-2.0
"""Counts -> the last lines a user sees: events, alerts by rule, what was lost and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.kinds import Kinds
from lanner_agent.publish import escape


class KernelCounter(Protocol):
    """One counter of the kernel side (kernel.probes.Counter): what happened to which class of events, and
    how often.
    """

    @property
    def event_class(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def value(self) -> int: ...
    @property
    def lost(self) -> bool: ...


Undelivered = Mapping[str, Mapping[str, int]]  # by the title of the output, then by reason


def lines(
    counts: Counts, kernel: Sequence[KernelCounter], undelivered: Undelivered, seconds: float
) -> list[str]:
    """A headline, then a block for each kind of thing that happened; nothing for what did not."""
    head, numbers = told(counts, kernel, undelivered, seconds)
    return [head, *blocks(numbers)]


def losses(events: int, undelivered: Undelivered) -> str:
    """In words. An alert that one output lost may stand in another, so each output's are its own number."""
    of_each = {title: sum(reasons.values()) for title, reasons in undelivered.items()}
    words = [f"{number:,} of them LOST by {title}" for title, number in of_each.items() if number]
    if events:
        words.append(f"{_counted(events, 'event')} LOST")
    return ", ".join(words) or "nothing lost"


def told(
    counts: Counts, kernel: Sequence[KernelCounter], undelivered: Undelivered, seconds: float
) -> tuple[str, dict[str, Mapping[str, int]]]:
    """A headline, and the numbers of each kind of thing by its title."""
    drops = {f"{c.event_class}: {c.reason}": c.value for c in kernel if c.value and c.lost}
    partial = {f"{c.event_class}: {c.reason}": c.value for c in kernel if c.value and not c.lost}
    crowded = {"too many others waited": counts.crowded_out} if counts.crowded_out else {}
    outlived = {"read long after other rules came into force": counts.outlived} if counts.outlived else {}
    lost = sum(drops.values()) + sum(counts.failed.values())
    headline = (
        f"{_counted(counts.events, 'event')} in {_duration(seconds)}, "
        f"{_counted(sum(counts.alerts.values()), 'alert')}, "
        f"{losses(lost, undelivered)}"
    )
    return headline, {
        "alerts by rule": counts.alerts,
        "of these, told in another one of the same process": _by_rule(counts.together),
        "matches in mode DryRun by object": {one.object.key: one.matches for one in counts.dry_run.objects()},
        "events lost in the kernel": drops,
        "events known in part": partial,
        "events given up": counts.failed,
        "alerts not delivered": sum(map(Counter, undelivered.values()), Counter[str]()),
        "alerts without container names": counts.unresolved,
        "events in unknown pods, not shown to rules for certain pods": counts.unselected,
        "events that did not wait for names": crowded,
        "events of rules that are gone, shown to all others": outlived,
    }


def _by_rule(kinds: Kinds) -> Counter[str]:
    found: Counter[str] = Counter()
    for kind, number in kinds.counts.items():
        found[kind.rule] += number
    return found


def blocks(numbers: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Further blocks in the same form, by title."""
    return [line for title, values in numbers.items() for line in _block(title, values)]


def _block(title: str, numbers: Mapping[str, int]) -> list[str]:
    if not numbers:
        return []
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    return [f"  {title}:", *(f"    {value:>8,}  {escape.shown(name)}" for name, value in ordered)]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
