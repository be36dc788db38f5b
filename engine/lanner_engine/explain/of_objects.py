# SPDX-License-Identifier: Apache-2.0
"""API objects to the rules that they have in force, each as it is written and as it is checked.

Objects are judged as agents and operator do it, without the last good versions of those with errors, which
only the bundle has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lanner_engine.explain.written import Shelf, Written
from lanner_engine.objects.acceptance import Contender, Settled, settle
from lanner_engine.objects.versions import Versions, weigh
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.source import Diagnostic


@dataclass(frozen=True, slots=True)
class Found:
    """One rule of one object."""

    written: Written
    checked: CheckedRule


class ObjectBook:
    """The rules of the cluster, and those of one namespace on top of them."""

    def __init__(self, objects: Sequence[RuleObject], namespace: str = "") -> None:
        """Objects of other namespaces are left out."""
        cluster = _settled(one for one in objects if not one.namespace)
        own = [one for one in objects if one.namespace and one.namespace == namespace]
        self._sets = [cluster, _settled(own, cluster)] if own else [cluster]

    def rule(self, owner: str, name: str) -> Found | None:
        """By the object's key and the rule's name; None where it is not in force."""
        for made in self._sets:
            definition = made.definitions.rules.get(name)
            checked = next((one for one in made.rules if (one.owner_key, one.name) == (owner, name)), None)
            if definition is not None and checked is not None:
                written = Shelf(made.definitions).written(definition)
                return None if written is None else Found(written, checked)
        return None

    def errors(self, owner: str) -> tuple[Diagnostic, ...]:
        """Why the object as it is now is not in force."""
        return tuple(one for made in self._sets for one in made.refused.get(owner, ()))


def every(objects: Sequence[RuleObject]) -> Iterator[tuple[CheckedRule, str]]:
    """All rules in force, each with its condition as it is written; the cluster's first."""
    cluster = _settled(one for one in objects if not one.namespace)
    yield from _with_conditions(cluster)
    for namespace in sorted({one.namespace for one in objects if one.namespace}):
        own = (one for one in objects if one.namespace == namespace)
        yield from _with_conditions(_settled(own, cluster))


def _with_conditions(made: Settled) -> Iterator[tuple[CheckedRule, str]]:
    for rule in made.rules:
        definition = made.definitions.rules.get(rule.name)
        yield rule, definition.condition.value if definition else ""


def _settled(objects: Iterable[RuleObject], cluster: Settled | None = None) -> Settled:
    versions = Versions()
    ordered = sorted((one for one in objects if one.active), key=lambda one: one.order)
    contenders = [Contender(versions.read(weigh(one))) for one in ordered]
    return settle(contenders, None if cluster is None else cluster.definitions.usable())
