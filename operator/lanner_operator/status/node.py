# SPDX-License-Identifier: Apache-2.0
"""A FalcoNode as the operator reads it. In: JSON of the API server, written by an agent. Out: Node, bounded.

An agent of another version may write what this one does not know: a part without the expected shape counts as
not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lanner_operator.status import dry_run, reported, words
from lanner_operator.status.dry_run import Tried, Version

FAILURES: Final = 64
CONDITIONS: Final = 16
SKIPPED: Final = 1_000
READY: Final = "Ready"
LOST: Final = "lost_"  # of the names of counters
REASONS: Final = 64  # of losses
TEXT: Final = 64  # characters of a version or a time


@dataclass(frozen=True, slots=True)
class NodeFailure:
    """What an agent could not do: `rule` is the key of an object, "" for the bundle as a whole."""

    rule: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent says that nothing is decided by. `lost`: events by reason; `loaded_at`: RFC 3339, when
    its bundle came into force.
    """

    version: str = ""
    loaded_at: str = ""
    alerts: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """`bundle` is the hash of what the agent has in force, "" for nothing; `refusal` why it has no newer
    one. `ready` is the status of that condition, `skipped` are keys of objects that are for other nodes.
    `conditions` and `version` are for writing it, `tried`, `said` and `reports` (see status/reported) are
    asked for now and then: they change without being news; two are equal when they are the same version.
    """

    name: str
    uid: str
    bundle: str
    refusal: NodeFailure | None
    failures: tuple[NodeFailure, ...]
    ready: str = ""
    skipped: frozenset[str] = frozenset()
    version: str = ""
    conditions: tuple[Mapping[str, Any], ...] = field(default=(), compare=False, repr=False)
    tried: Mapping[Version, Tried] = field(default_factory=dict, compare=False, repr=False)
    said: Said = field(default=Said(), compare=False, repr=False)
    reports: bytes = field(default=b"", compare=False, repr=False)

    @property
    def news(self) -> Node:
        """What others look at."""
        return replace(self, version="")

    def failure_of(self, key: str) -> NodeFailure | None:
        return next((failure for failure in self.failures if failure.rule == key), None)


def read(written: Mapping[str, Any]) -> Node:
    """Never fails for what stands in the status."""
    meta, status = written["metadata"], _mapping(written.get("status"))
    failures = [_failure(one) for one in _mappings(status.get("failures"))][:FAILURES]
    conditions = tuple(_mappings(status.get("conditions")))[:CONDITIONS]
    return Node(
        name=str(meta["name"]),
        uid=str(meta.get("uid", "")),
        bundle=_text(_mapping(status.get("bundle")).get("sha256")),
        refusal=_refusal(status),
        failures=tuple(failures),
        ready=next((_text(one.get("status")) for one in conditions if one.get("type") == READY), ""),
        skipped=_skipped(status.get("skipped")),
        version=_text(meta.get("resourceVersion")),
        conditions=conditions,
        tried=dry_run.read(status.get("dryRun")),
        said=_said(status),
        reports=reported.packed(status.get("reports")),
    )


def _said(status: Mapping[str, Any]) -> Said:
    counters = _mapping(status.get("counters"))
    lost = {key.removeprefix(LOST): _number(counters[key]) for key in counters if key.startswith(LOST)}
    return Said(
        version=_text(_mapping(status.get("agent")).get("version"))[:TEXT],
        loaded_at=_text(_mapping(status.get("bundle")).get("loadedAt"))[:TEXT],
        alerts=_number(counters.get("alerts")),
        lost={key: number for key, number in list(lost.items())[:REASONS] if number},
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _skipped(written: object) -> frozenset[str]:
    listed = written[:SKIPPED] if isinstance(written, list) else []
    return frozenset(one[: words.LINE * 2] for one in listed if isinstance(one, str))


def _refusal(status: Mapping[str, Any]) -> NodeFailure | None:
    for condition in _mappings(status.get("conditions")):
        if condition.get("type") == "RulesLoaded" and condition.get("status") == "False":
            return _failure({**condition, "rule": ""})
    return None


def _failure(written: Mapping[str, Any]) -> NodeFailure:
    reason = words.word(_text(written.get("reason")) or "?", "Failed")
    return NodeFailure(_text(written.get("rule")), reason, words.line(_text(written.get("message"))))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else iter(())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
