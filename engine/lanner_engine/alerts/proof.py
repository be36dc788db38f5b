# SPDX-License-Identifier: Apache-2.0
"""Proof: the rules with the exceptions, asked of the same alerts. Those that are named vanish, the others
stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanner_engine.alerts.gathered import Gathered, Kind
from lanner_engine.alerts.known import AlertFacts
from lanner_engine.alerts.proposals import Proposal
from lanner_engine.explain.answers import answers
from lanner_engine.explain.written import Book
from lanner_engine.source import Source


@dataclass(frozen=True, slots=True)
class Proof:
    """Numbers of alerts; `wrong` are kinds that vanish though nobody named them, or stay though somebody
    did.
    """

    vanish: int
    stay: int
    wrong: tuple[tuple[str, Kind], ...]


def prove(
    sources: Sequence[Source], written: Source, found: Gathered, proposed: Mapping[str, Sequence[Proposal]]
) -> Proof:
    """The engine reads the exceptions as they are written, and the reference evaluator asks them."""
    before, after = Book(sources), Book((*sources, written))
    vanish = stay = 0
    wrong: list[tuple[str, Kind]] = []
    for name, kinds in found.kinds.items():
        old, new = before.rule(name), after.rule(name)
        if old is None or new is None:
            stay += sum(kinds.values())
            continue
        for kind, count in kinds.items():
            facts = AlertFacts(dict(kind))
            gone = answers(new, facts).outcome is False and answers(old, facts).outcome is not False
            named = any(one.holds(dict(kind)) for one in proposed.get(name, ()))
            vanish, stay = (vanish + count, stay) if gone else (vanish, stay + count)
            if gone != named:
                wrong.append((name, kind))
    return Proof(vanish, stay, tuple(wrong))
