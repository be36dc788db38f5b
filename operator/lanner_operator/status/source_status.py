# SPDX-License-Identifier: Apache-2.0
"""What a rule object that follows a source says of it: the condition SourceReady, and the digests. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from lanner_engine.resources.origin import Origin
from lanner_engine.resources.rule_object import SOURCE, RuleObject
from lanner_operator.status import conditions, words
from lanner_operator.status.conditions import Said

SOURCE_READY: Final = "SourceReady"
PENDING: Final = "Pending"
LONGEST: Final = 1_000  # characters of a message


@dataclass(frozen=True, slots=True)
class Standing:
    """How it is with a source. `seen`: the digest there was last; `reason` and `trouble`: why that is not
    taken, both "" when it is. Before the first answer `reason` is PENDING.
    """

    place: str
    seen: str = ""
    reason: str = PENDING
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The condition without its time, and what stands under `source`."""

    said: Said
    written: Mapping[str, str]


def told(one: RuleObject, standing: Standing, in_force: RuleObject | None) -> Told:
    """`in_force`: the version of the object that is; None when none is."""
    origin = in_force.origin if in_force is not None else None
    generation = one.generation
    if standing.reason:
        status = "Unknown" if standing.reason == PENDING else "False"
        message = f"{_trouble(standing)}; {_stays(origin)}"
        said = Said(status, standing.reason, words.line(message, LONGEST), generation)
    elif origin is not None and (origin.digest, origin.path) == (standing.seen, _path(one)):
        said = Said("True", "InForce", words.line(f"{origin} of {standing.place}", LONGEST), generation)
    else:
        message = f"{standing.seen} of {standing.place} was fetched, and the engine has not taken it"
        said = Said("False", "NotAccepted", words.line(f"{message}; {_stays(origin)}", LONGEST), generation)
    return Told(said, _written(standing, origin))


def _path(one: RuleObject) -> str:
    """The part of its source that is wanted."""
    source = one.spec.get(SOURCE)
    return str(source.get("path") or "") if isinstance(source, Mapping) else ""


def alone(one: RuleObject, standing: Standing, before: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The whole status of an object of which nothing ever came."""
    source = told(one, standing, None)
    waits = replace(source.said, status="Unknown", reason="SourceNotReady")
    said = {
        conditions.ACCEPTED: waits,
        conditions.PROGRAMMED: Said("False", "NotAccepted", "no node has its rules", one.generation),
        conditions.READY: replace(waits, status="False"),
        conditions.STALLED: Said("False", "SourceNotReady", "the source is tried again", one.generation),
        SOURCE_READY: source.said,
    }
    return {
        "observedGeneration": one.generation,
        "conditions": conditions.dated(said, before.get("conditions"), now),
        **({"source": source.written} if source.written else {}),
    }


def _trouble(standing: Standing) -> str:
    if standing.reason == PENDING:
        return f"{standing.place} was not asked yet"
    return f"{standing.place}: {standing.trouble}"


def _stays(origin: Origin | None) -> str:
    return "nothing of it is in force" if origin is None else f"{origin} stays in force"


def _written(standing: Standing, origin: Origin | None) -> dict[str, str]:
    found = {"seen": standing.seen}
    if origin is not None:
        found |= {"inForce": origin.digest, "version": origin.version, "place": origin.source}
    return {key: words.line(value) for key, value in found.items() if value}
