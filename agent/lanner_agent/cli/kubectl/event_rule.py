# SPDX-License-Identifier: Apache-2.0
"""The rule that an Event is of, as the cluster has it now, and whether it is still the one of then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lanner_agent.cli.kubectl import reading
from lanner_agent.cli.kubectl.alert_event import AlertEvent
from lanner_agent.cli.kubectl.asking import Asker
from lanner_agent.cli.kubectl.resource import CLUSTER_RULES, OF_KIND, RULES
from lanner_engine import diagnostics
from lanner_engine.explain.of_objects import Found, ObjectBook
from lanner_engine.explain.written import Written
from lanner_engine.program.digest import digest
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject


@dataclass(frozen=True, slots=True)
class EventRule:
    """`written` None: it cannot be told; `said` are sentences about that, or about what changed since."""

    written: Written | None
    said: tuple[str, ...]


async def find(asker: Asker, alert: AlertEvent) -> EventRule:
    """Raises ClusterError."""
    kind, _, name = alert.owner.partition("/")
    if kind not in OF_KIND:
        return EventRule(None, ("the Event names no object that its rule stands in",))
    namespace = name.rpartition("/")[0]
    objects = await _objects(asker, kind, namespace)
    current = next((one for one in objects if one.key == alert.owner), None)
    if current is None:
        return EventRule(None, (f"{alert.owner} is not there any more",))
    book = ObjectBook(objects, namespace)
    found = book.rule(alert.owner, alert.rule)
    if found is None:
        return EventRule(None, tuple(_why_not(book, current, alert)))
    return EventRule(found.written, tuple(_compared(found, current, alert)))


async def _objects(asker: Asker, kind: str, namespace: str) -> list[RuleObject]:
    """Those that can have a say in the rule."""
    if kind == CLUSTER_RULE:
        return [_object(CLUSTER_RULE, one) for one in await asker.listed(CLUSTER_RULES)]
    lost = "lists and macros of the cluster are not known"
    clusters = await asker.listed_if_allowed(CLUSTER_RULES, None, lost) or []
    own = await asker.listed(RULES, namespace)
    return [
        *(_object(CLUSTER_RULE, one) for one in clusters),
        *(_object(NAMESPACED_RULE, one) for one in own),
    ]


def _object(kind: str, item: Mapping[str, Any]) -> RuleObject:
    meta = reading.mapping(item, "metadata")
    return RuleObject(
        kind=kind,
        namespace=reading.text(meta, "namespace"),
        name=reading.text(meta, "name"),
        uid=reading.text(meta, "uid"),
        generation=reading.number(meta, "generation"),
        spec=reading.mapping(item, "spec"),
        created=reading.text(meta, "creationTimestamp"),
    )


def _why_not(book: ObjectBook, current: RuleObject, alert: AlertEvent) -> Iterator[str]:
    errors = book.errors(current.key)
    if errors:
        yield f"{current.key} has an error now, and what was in force before is not kept in it:"
        yield from diagnostics.render(errors[0]).splitlines()
    elif not current.active:
        yield f"{current.key} is Disabled now"
    else:
        yield f"{current.key} has no rule {alert.rule} in force now"


def _compared(found: Found, current: RuleObject, alert: AlertEvent) -> Iterator[str]:
    """Whether it is the rule of then, and what is another since."""
    changed = _changed(current, alert)
    if changed:
        yield changed
    if not alert.digest:
        yield "the Event does not say which version of the rule it was"
    elif alert.digest == digest(found.checked):
        yield "this rule decides and says the same now as then"
    elif not changed:
        yield "a macro or list that the rule uses was changed since, or the agent is of another version"


def _changed(current: RuleObject, alert: AlertEvent) -> str:
    """Of the object; empty where nothing is."""
    if alert.owner_uid and alert.owner_uid != current.uid:
        return f"{current.key} was deleted since and made anew"
    if alert.generation and alert.generation != str(current.generation):
        return (
            f"{current.key} was changed since: generation {alert.generation} then, {current.generation} now"
        )
    return ""
