# SPDX-License-Identifier: Apache-2.0
"""Everything observed and judged -> the status patches to send. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile.judgement import Judgement
from lanner_operator.reconcile.observed import Observed
from lanner_operator.status import rule_status
from lanner_operator.status.fleet import Fleet, Holdings
from lanner_operator.status.rule_status import Bundle


def patches(
    observed: Observed, judgement: Judgement, bundle: Bundle, fleet: Fleet, now: str
) -> Iterator[tuple[RuleObject, Mapping[str, Any]]]:
    """For each object whose status is not what it should be. `now` is RFC 3339: when conditions flip."""
    for rule in observed.rules:
        verdict = judgement.checked.verdicts.get(rule.object.key)
        if verdict is None:  # its namespace has its turn later
            continue
        made = rule_status.status(verdict, rule.status, bundle, fleet, now)
        patch = rule_status.patch(made, rule.status, rule.object.uid)
        if patch is not None:
            yield rule.object, patch


def fleet(observed: Observed, lost: Container[str], holdings: Holdings) -> Fleet:
    """Who is alive, which all are but the `lost`, and what the bundles hold that they may have."""
    alive = tuple(node for node in observed.nodes if node.name not in lost)
    return Fleet(alive, len(observed.nodes) - len(alive), observed.desired, holdings)
