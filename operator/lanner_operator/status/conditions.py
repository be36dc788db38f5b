# SPDX-License-Identifier: Apache-2.0
"""The conditions Accepted, Programmed, Ready and Stalled of a rule object. Pure.

Programmed speaks of the version that is in force, which is the previous one when an edit broke the rules:
its observedGeneration is that version's, so that `kubectl wait` for the edited one does not end too early.

Ready and Stalled sum up the others for tools that know no other conditions (kstatus, by which Argo CD, Flux
and `helm --wait` go). To kstatus, Ready that is not True means in progress, and Stalled that is True means
failed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from lanner_engine.objects.verdicts import Verdict
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.status import words
from lanner_operator.status.fleet import Progress

ACCEPTED: Final = "Accepted"
PROGRAMMED: Final = "Programmed"
READY: Final = "Ready"
STALLED: Final = "Stalled"
DISABLED: Final = "Disabled"
PENDING: Final = "Pending"
NO_AGENTS: Final = "NoAgents"


@dataclass(frozen=True, slots=True)
class Said:
    """A condition without its time."""

    status: str
    reason: str
    message: str
    generation: int


def accepted(verdict: Verdict) -> Said:
    """Whether the spec as it is now has no error."""
    generation = verdict.object.generation
    if verdict.accepted:
        disabled = verdict.reason == DISABLED
        message = "mode is Disabled: its rules are not in force" if disabled else "its rules have no errors"
        return Said("True", words.word(verdict.reason, "Valid"), message, generation)
    errors = [one for one in verdict.diagnostics if one.severity == "error"]
    return Said("False", words.word(verdict.reason, "Invalid"), _with_previous(verdict, errors), generation)


def _with_previous(verdict: Verdict, errors: Sequence[Any]) -> str:
    message = words.rendered(errors) or "its rules have errors"
    if verdict.in_force is None:
        return message
    return f"{message}\n{_version(verdict.in_force)}, which had no errors, stays in force"


def _version(one: RuleObject) -> str:
    return f"generation {one.generation}" if one.origin is None else words.line(str(one.origin))


def programmed(verdict: Verdict, progress: Progress | None, carried: str) -> Said:
    """Whether the version in force is so on every node; `progress` None when there is none.

    `carried` is "" when the bundle holds the version, else why it does not.
    """
    if verdict.in_force is None or progress is None:
        return _nothing(verdict)
    said = _progress(progress) if not carried else ("False", "NotInBundle", carried)
    if verdict.in_force.version != verdict.object.version and said[0] == "True":
        message = f"{_version(verdict.in_force)} is in force, the last one without errors: "
        said = (said[0], "UsingPrevious", message + said[2])
    return Said(*said, verdict.in_force.generation)


def summary(verdict: Verdict, accepted: Said, programmed: Said) -> dict[str, Said]:
    """Ready and Stalled of the spec as it is now. A mode that puts nothing in force is ready when it is
    accepted. Who does not wait for nodes does not wait for ever: only an edit helps a spec with errors.
    """
    if not verdict.accepted:
        return refused(accepted)
    generation = verdict.object.generation
    ready = accepted if verdict.reason == DISABLED else programmed
    said = Said(ready.status, ready.reason, _first_line(ready.message), generation)
    return {READY: said, STALLED: Said("False", accepted.reason, "the spec has no errors", generation)}


def refused(accepted: Said) -> dict[str, Said]:
    """Ready and Stalled of an object that is not accepted."""
    said = replace(accepted, message=_first_line(accepted.message))
    return {READY: said, STALLED: replace(said, status="True")}


def _first_line(message: str) -> str:
    return message.partition("\n")[0]


def _nothing(verdict: Verdict) -> Said:
    if verdict.accepted:
        return Said("False", DISABLED, "mode is Disabled: no node has its rules", verdict.object.generation)
    message = "no version of it was without errors: no node has its rules"
    return Said("False", "NotAccepted", message, verdict.object.generation)


def _progress(progress: Progress) -> tuple[str, str, str]:
    counts = f"in force on {progress.loaded} of {progress.desired} nodes"
    if progress.skipped:
        counts += f", skipped by {progress.skipped} that nodeSelector does not select"
    if progress.failures:
        names = sorted(progress.failures)
        first = progress.failures[names[0]]
        message = f"{counts}; failed on {words.listed(names)}: {first.reason}: {first.message}"
        return "False", "NodesFailed", message
    if not progress.loaded and not progress.waiting:
        return _on_none(progress, counts)
    if progress.lost:
        counts += f"; nothing is heard of the other {progress.lost}"
    if progress.waiting:
        if progress.missing and not progress.known:
            return "False", NO_AGENTS, progress.missing
        return "Unknown", PENDING, _with_missing(counts, progress)
    return "True", "Programmed", counts


def _on_none(progress: Progress, counts: str) -> tuple[str, str, str]:
    """Where no node has it, and none is waited for."""
    if progress.skipped and not progress.lost:
        message = f"nodeSelector selects none of the {progress.skipped} nodes with an agent"
        return "True", "Skipped", message
    if progress.lost:
        return "Unknown", "NodesSilent", _with_missing(f"{counts}: nothing is heard of any of them", progress)
    if progress.missing:
        return "False", NO_AGENTS, progress.missing
    return "Unknown", "NoNodes", "no node has an agent"


def _with_missing(counts: str, progress: Progress) -> str:
    return f"{counts}; {progress.missing}" if progress.missing else counts


def timestamp() -> str:
    """RFC 3339, in whole seconds, as conditions have it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dated(said: Mapping[str, Said], before: object, now: str) -> list[dict[str, Any]]:
    """The list as it stands in the status: a time changes only when that condition's status does."""
    listed = before if isinstance(before, list) else []
    known = {one.get("type"): one for one in listed if isinstance(one, Mapping)}
    return [_dated(kind, one, known.get(kind, {}), now) for kind, one in said.items()]


def _dated(kind: str, said: Said, before: Mapping[str, Any], now: str) -> dict[str, Any]:
    same = before.get("status") == said.status and isinstance(before.get("lastTransitionTime"), str)
    return {
        "type": kind,
        "status": said.status,
        "reason": said.reason,
        "message": said.message,
        "observedGeneration": said.generation,
        "lastTransitionTime": before["lastTransitionTime"] if same else now,
    }
