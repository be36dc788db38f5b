# SPDX-License-Identifier: Apache-2.0
"""Verdict and progress -> the status of one rule object, and the patch that brings it about. Pure.

Nothing in a status depends on when it was computed, but the times of conditions that flipped: what has not
changed gives no patch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lanner_engine.diagnostics import render
from lanner_engine.objects.verdicts import Verdict
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject, Version
from lanner_operator.status import conditions, source_status, words
from lanner_operator.status.dry_run import Tried
from lanner_operator.status.fleet import Fleet, Progress
from lanner_operator.status.source_status import Told

FAILURES: Final = 10
WARNINGS: Final = 20
RULES: Final = 256
EVENT_TYPES: Final = 32  # a rule of all types has hundreds

Status = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The one in force: its name, what it holds, and why it is not the wanted one ("" when it is)."""

    name: str
    holds: frozenset[Version]
    problem: str = ""

    def lacks(self, version: RuleObject | None) -> str:
        """Why this version is not in it; "" when it is."""
        if version is None or version.version in self.holds:
            return ""
        return self.problem


def status(  # noqa: PLR0913, PLR0917  all that a status speaks of
    verdict: Verdict,
    before: Mapping[str, Any],
    bundle: Bundle,
    fleet: Fleet,
    now: str,
    tried: Tried | None = None,
    source: Told | None = None,
) -> Status:
    """The whole status; `before` is the one there is, `now` RFC 3339, `tried` what is told of a DryRun,
    `source` what of what it follows.
    """
    version = verdict.in_force
    progress = fleet.progress(version) if version is not None else None
    accepted = conditions.accepted(verdict)
    programmed = conditions.programmed(verdict, progress, bundle.lacks(version))
    said = {
        conditions.ACCEPTED: accepted,
        conditions.PROGRAMMED: programmed,
        **conditions.summary(verdict, accepted, programmed),
        **({source_status.SOURCE_READY: source.said} if source is not None else {}),
    }
    made: Status = {
        "observedGeneration": verdict.object.generation,
        "conditions": conditions.dated(said, before.get("conditions"), now),
    }
    if version is not None and progress is not None:
        made["bundle"] = _bundle(version, before, bundle.name)
        made |= _nodes(progress)
        made["rules"] = _rules(verdict.rules)
    if tried is not None:
        made["dryRun"] = tried.written()
    if source is not None:
        made["source"] = source.written
    warnings = [one for one in verdict.diagnostics if one.severity == "warning"]
    made["warnings"] = [words.block(render(one)) for one in warnings[:WARNINGS]]
    return {key: value for key, value in made.items() if value not in ([], "", {})}


def patch(made: Status, before: Mapping[str, Any], uid: str) -> dict[str, Any] | None:
    """A merge patch of what differs; None when nothing does. The uid keeps it from a successor of that
    name.
    """
    changed = {key: value for key, value in made.items() if before.get(key) != value}
    gone = {key: None for key in before if key not in made}
    if not changed and not gone:
        return None
    return {"metadata": {"uid": uid}, "status": {**changed, **gone}}


def _bundle(version: RuleObject, before: Mapping[str, Any], name: str) -> str:
    """The first bundle that carried this version: a later one is no news about this object."""
    known = before.get("bundle")
    programmed = [one for one in before.get("conditions") or () if one.get("type") == conditions.PROGRAMMED]
    same = any(one.get("observedGeneration") == version.generation for one in programmed)
    source = before.get("source")
    followed = str(source.get("inForce", "")) if isinstance(source, Mapping) else ""
    same = same and followed == (version.origin.digest if version.origin is not None else "")
    return known if same and isinstance(known, str) and known else name


def _nodes(progress: Progress) -> Status:
    failures = sorted(progress.failures.items())[:FAILURES]
    return {
        "nodes": {
            "desired": progress.desired,
            "loaded": progress.loaded,
            "skipped": progress.skipped,
            "failed": len(progress.failures),
            "pending": progress.pending,
        },
        "summary": f"{progress.loaded}/{progress.desired}",
        "failures": [
            {"node": node, "reason": failure.reason, "message": failure.message} for node, failure in failures
        ],
    }


def _rules(rules: Sequence[CheckedRule]) -> list[dict[str, Any]]:
    return [
        {
            "name": words.line(rule.name, 128),
            "priority": rule.priority.label,
            "eventTypes": _event_types(sorted(rule.watched)),
        }
        for rule in rules[:RULES]
    ]


def _event_types(names: Sequence[str]) -> list[str]:
    if len(names) <= EVENT_TYPES:
        return list(names)
    return [*names[:EVENT_TYPES], f"and {len(names) - EVENT_TYPES} more"]
