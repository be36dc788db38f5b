# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner why EVENT`, and `lanner explain event/NAME`: an Event's rule, with the values that made
each part of it true.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli import alert_lines
from lanner_agent.cli.kubectl import alert_event, event_rule, printing, target
from lanner_agent.cli.kubectl.alert_event import AlertEvent
from lanner_agent.cli.kubectl.asking import Asker, ClusterError, asked
from lanner_agent.cli.kubectl.event_rule import EventRule
from lanner_agent.cli.kubectl.resource import EVENTS
from lanner_agent.cli.kubectl.target import Target
from lanner_agent.publish.events import body, output_fields
from lanner_engine.alerts import explained
from lanner_engine.alerts.reading import Alert

_KINDS: Final = ("event/", "events/")
_CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Answer:
    alert: AlertEvent
    rule: EventRule
    notes: tuple[str, ...]


@click.command("why")
@click.argument("event", metavar="EVENT")
@alert_lines.rules_option
@target.namespace_option
def command(event: str, rules: tuple[pathlib.Path, ...], **given: Any) -> int:
    """Explain the alert of an Event: its rule's condition with the values that made each part true.

    EVENT is its name, as `kubectl get events` and `kubectl lanner alerts -o wide` have it. The rule is read
    from the cluster, and it is said whether it changed since; --rules reads it from files instead. Only what
    the Event's annotation says of the values is known. Exits 1 when the rule is not there any more, or the
    values do not make it true.
    """
    return explain(event, rules, target.taken(given))


def explain(event: str, rules: tuple[pathlib.Path, ...], where: Target) -> int:
    """The exit code. Raises ClusterError."""
    answer = asked(where, lambda asker: _answer(asker, event, rules))
    fits, lines = _explanation(answer)
    for line in lines:
        click.echo(line)
    printing.notes(answer.notes)
    return exits.OK if fits else exits.PROBLEMS


async def _answer(asker: Asker, event: str, rules: tuple[pathlib.Path, ...]) -> Answer:
    alert = await _alert(asker, event)
    found = _of_files(alert, rules) if rules or not alert.owner else await event_rule.find(asker, alert)
    return Answer(alert, found, tuple(asker.notes))


async def _alert(asker: Asker, event: str) -> AlertEvent:
    name = next((event.removeprefix(kind) for kind in _KINDS if event.startswith(kind)), event)
    namespace, slash, inside = name.rpartition("/")
    where = namespace if slash else asker.namespace or ""
    found = await asker.one(EVENTS, inside, where)
    if found is None:
        hint = "the API server keeps Events for an hour; -n names another namespace (of hosts: default)"
        raise ClusterError(f"there is no Event {inside} in namespace {where}", hint)
    alert = alert_event.read(found)
    if found.get("reportingComponent") != body.CONTROLLER or not alert.rule:
        hint = "kubectl lanner alerts -o wide lists those that are, in the column EVENT"
        raise ClusterError(f"the Event {inside} is no alert of Lanner", hint)
    return alert


def _of_files(alert: AlertEvent, rules: tuple[pathlib.Path, ...]) -> EventRule:
    """A rule of no object is one that is built in."""
    written = alert_lines.book(rules).rule(alert.rule)
    if written is None:
        return EventRule(None, (f"these files have no rule {alert.rule}",))
    return EventRule(written, ("the rule is the one in files; whether it was this one is not known",))


def _explanation(answer: Answer) -> tuple[bool, list[str]]:
    """Whether rule and values go together, and lines."""
    alert, rule = answer.alert, answer.rule
    head = [*map(printing.cell, _head(alert)), *(printing.cell(one) for one in rule.said)]
    if rule.written is None:
        return False, [*head, *map(printing.cell, _values(alert))]
    known, cut = _fields(alert.fields or {})
    priority = alert.priority.label if alert.priority is not None else ""
    told = Alert(alert.rule, known, 1, alert.first, priority, alert.node)
    fits, lines = explained.explained(told, rule.written)
    missing = [f"cut in the Event, and taken as not known: {', '.join(cut)}"] if cut else []
    if alert.fields is None:
        missing = ["the Event holds no values of fields that can be read (agent.events.fieldsSize)"]
    return fits, [*head, "", *lines, *map(printing.cell, missing)]


def _head(alert: AlertEvent) -> Iterator[str]:
    times = f", {alert.count:,} times until {alert.last}" if alert.count > 1 else ""
    workload = f" of {alert.workload}" if alert.workload else ""
    where = f"{alert.namespace}/" if alert.kind == "Pod" else ""
    yield f"{alert.kind} {where}{alert.about}{workload}, node {alert.node}{times}"
    yield f"rule {alert.rule}" + (f" of {alert.owner}" if alert.owner else "")


def _values(alert: AlertEvent) -> Iterator[str]:
    for name, value in sorted((alert.fields or {}).items()):
        yield f"{name}: {value}"


def _fields(written: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Those that are whole, and the names of those that are not."""
    cut = [name for name, value in written.items() if _is_cut(value) and name != output_fields.LEFT_OUT]
    known = {name: value for name, value in written.items() if name not in (*cut, output_fields.LEFT_OUT)}
    return known, cut


def _is_cut(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_is_cut, value))
    return isinstance(value, str) and value.endswith(_CUT)
