# SPDX-License-Identifier: Apache-2.0
"""Everything observed and judged -> the status patches to send. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile.dry_run_pace import DryRunPace
from lanner_operator.reconcile.judgement import Judgement
from lanner_operator.reconcile.observed import Observed, WatchedRule
from lanner_operator.reconcile.status_pace import StatusPace, Wanted
from lanner_operator.status import rule_status
from lanner_operator.status.fleet import Fleet, Holdings
from lanner_operator.status.rule_status import Bundle, Status


def statuses(  # noqa: PLR0913, PLR0917  all that a status speaks of
    observed: Observed, judgement: Judgement, bundle: Bundle, fleet: Fleet, now: str, pace: DryRunPace
) -> Iterator[tuple[WatchedRule, Status]]:
    """The status that each object should have. `now` is RFC 3339: when conditions flip."""
    for rule in observed.rules:
        verdict = judgement.checked.verdicts.get(rule.object.key)
        if verdict is not None:  # else its namespace has its turn later
            tried = pace.told(verdict.in_force, fleet)
            yield rule, rule_status.status(verdict, rule.status, bundle, fleet, now, tried)


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


def fleet(observed: Observed, lost: Container[str], away: frozenset[str], holdings: Holdings) -> Fleet:
    """Who is alive, which all are but the `lost`, and what the bundles hold that they may have."""
    alive = tuple(node for node in observed.nodes if node.name not in lost)
    return Fleet(alive, len(observed.nodes) - len(alive), observed.desired, holdings, away)
