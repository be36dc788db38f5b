# SPDX-License-Identifier: Apache-2.0
"""Everything observed and judged -> the status patches to send. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any

from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile.dry_run_pace import DryRunPace
from lanner_operator.reconcile.judgement import Judgement
from lanner_operator.reconcile.observed import Observed, WatchedRule
from lanner_operator.reconcile.status_pace import StatusPace, Wanted
from lanner_operator.status import given_values, rule_status, source_status
from lanner_operator.status.fleet import Fleet, Holdings
from lanner_operator.status.rule_status import Bundle, Status
from lanner_operator.status.source_status import Standing, Told

Standings = Callable[[str], Standing | None]  # of an object's source, by uid


def _nothing(_: str) -> Standing | None:
    """No object follows a source."""
    return None


def statuses(  # noqa: PLR0913, PLR0917  all that a status speaks of
    observed: Observed,
    judgement: Judgement,
    bundle: Bundle,
    fleet: Fleet,
    now: str,
    pace: DryRunPace,
    standing: Standings = _nothing,
) -> Iterator[tuple[WatchedRule, Status]]:
    """The status that each object should have. `now` is RFC 3339: when conditions flip."""
    readers = given_values.readers(judgement.checked.verdicts.values())
    for rule in observed.rules:
        verdict = judgement.checked.verdicts.get(rule.object.key)
        if verdict is not None:  # else its namespace has its turn later
            tried = pace.told(verdict.in_force, fleet)
            source = _source(rule.object, standing, verdict.in_force)
            said = rule_status.status(verdict, rule.status, bundle, fleet, now, tried, source)
            yield rule, given_values.told(said, verdict, readers)
        elif rule.object.uid in judgement.without and (found := standing(rule.object.uid)) is not None:
            yield rule, source_status.alone(rule.object, found, rule.status, now)


def _source(one: RuleObject, standing: Standings, in_force: RuleObject | None) -> Told | None:
    found = standing(one.uid)
    return None if found is None else source_status.told(one, found, in_force)


def patches(
    made: Iterable[tuple[WatchedRule, Status]], pace: StatusPace
) -> list[tuple[RuleObject, Mapping[str, Any]]]:
    """For each object whose status is not what it should be, and is told so now."""
    found = [(rule, status, rule_status.patch(status, rule.status, rule.object.uid)) for rule, status in made]
    wanted = [
        Wanted(rule.object.uid, rule.status, status) for rule, status, patch in found if patch is not None
    ]
    now = pace.now(wanted)
    return [(rule.object, patch) for rule, _, patch in found if patch is not None and rule.object.uid in now]


def fleet(
    observed: Observed, lost: Container[str], away: frozenset[str], holdings: Holdings, missing: str = ""
) -> Fleet:
    """Who is alive, which all are but the `lost`, and what the bundles hold that they may have. `missing`:
    why nodes are without an agent.
    """
    alive = tuple(node for node in observed.nodes if node.name not in lost)
    return Fleet(alive, len(observed.nodes) - len(alive), observed.desired, holdings, away, missing)
