# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner rules`: which rules are in force, on how many nodes, and which of them fire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli.kubectl import alert_event, printing, reading, rule_state, target
from lanner_agent.cli.kubectl.asking import Asker, asked
from lanner_agent.cli.kubectl.resource import CLUSTER_RULES, EVENTS, NODES, RULES
from lanner_agent.cli.kubectl.rule_state import RuleState
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE

_COLUMNS: Final = ("OBJECT", "RULE", "PRIORITY", "NODES", "ALERTS/H", "LAST")
_MORE: Final = ("ALERTS", "MODE", "ACCEPTED", "PROGRAMMED", "EVENTS", "MESSAGE")
_TYPES: Final = 4  # types of events that are named


@dataclass(frozen=True, slots=True)
class Found:
    """`others`: alerts of the last hour that are told of no rule by name."""

    rules: tuple[RuleState, ...]
    others: int


@click.command("rules")
@click.argument("name", required=False)
@click.option("--firing", is_flag=True, help="Only rules that made an alert, the busiest first.")
@printing.form_option(*printing.FORMS)
@target.namespace_options
def command(name: str | None, firing: bool, form: str | None, **given: Any) -> int:
    """Show the rules of the cluster and of a namespace, and which of them fire.

    NAME is a rule's or an object's. NODES counts the nodes where a rule is in force, of those that should
    have it; ALERTS/H are the alerts of the last hour on all nodes, as these told it at most five minutes ago,
    LAST the age of the last one. Exits 1 when an object is not accepted, or nothing has the name.
    """
    notes: list[str] = []
    found = asked(target.taken(given), lambda asker: _found(asker, notes))
    chosen = _chosen(found.rules, name, firing)
    if form in ("json", "yaml"):
        click.echo(printing.document(form, [one.as_json() for one in chosen]))
    else:
        for line in _text(chosen, wide=form == "wide"):
            click.echo(line)
    if name and not chosen:
        notes.append(f"no rule and no object has the name {name}")
    if found.others:
        notes.append(f"{found.others:,} alerts of the last hour are of rules that nodes had no room to name")
    notes += _refused(chosen)
    printing.notes(notes)
    well = all(one.accepted != "False" for one in chosen) and (chosen or not name)
    return exits.OK if well else exits.PROBLEMS


async def _found(asker: Asker, notes: list[str]) -> Found:
    lost = "the cluster's rules are left out"
    clusters = await asker.listed_if_allowed(CLUSTER_RULES, None, lost)
    own = await asker.listed(RULES, asker.namespace)
    known, others = await _fired(asker)
    sources = ((CLUSTER_RULE, clusters or ()), (NAMESPACED_RULE, own))
    found = [one for kind, items in sources for item in items for one in rule_state.rules(kind, item, known)]
    notes += asker.notes
    return Found(tuple(found), others)


async def _fired(asker: Asker) -> tuple[dict[rule_state.Key, rule_state.Fired] | None, int]:
    """What nodes say; for who may not read that, what Events in the namespace say, which limits hold back."""
    nodes = await asker.listed_if_allowed(NODES, None, "alerts are counted by their Events alone")
    if nodes is not None:
        return rule_state.fired(nodes)
    query = {"fieldSelector": alert_event.BY_AGENTS}
    lost = "which rules fire is not known"
    events = await asker.listed_if_allowed(EVENTS, asker.namespace, lost, query)
    if events is None:
        return None, 0
    return rule_state.told_by(map(alert_event.read, events), datetime.now(UTC)), 0


def _chosen(found: Sequence[RuleState], name: str | None, firing: bool) -> list[RuleState]:
    chosen = [one for one in found if name in (None, one.rule, one.object, one.object.rpartition("/")[2])]
    if not firing:
        return chosen
    fired = [(one.fired.last_hour, one.fired.alerts, one) for one in chosen if one.fired and one.fired.alerts]
    return [one for *_, one in sorted(fired, key=lambda entry: entry[:2], reverse=True)]


def _text(chosen: Sequence[RuleState], wide: bool) -> Iterator[str]:
    now = datetime.now(UTC)
    names = (*_COLUMNS, *_MORE) if wide else _COLUMNS
    if chosen:
        yield from printing.Columns(*names).lines([_row(one, now, wide) for one in chosen])
    else:
        yield "No rules found."


def _row(one: RuleState, now: datetime, wide: bool) -> Sequence[str]:
    fired = one.fired
    row: tuple[object, ...] = (
        one.object,
        one.rule,
        one.priority,
        one.nodes,
        fired.last_hour if fired else None,
        reading.age(fired.last, now) if fired else None,
    )
    if wide:
        total = fired.alerts if fired else None
        row += (total, one.mode, one.accepted, one.programmed, _types(one.event_types))
    end = (printing.cell(one.message, printing.WIDEST),) if wide else ()
    return (*map(printing.cell, row), *end)


def _types(types: Sequence[str]) -> str:
    more = f",+{len(types) - _TYPES}" if len(types) > _TYPES else ""
    return ",".join(types[:_TYPES]) + more


def _refused(chosen: Sequence[RuleState]) -> Iterator[str]:
    """What is wrong, by object: its first line has the place."""
    refused = {one.object: one.message for one in chosen if one.accepted == "False"}
    for key, message in refused.items():
        kind, _, name = key.partition("/")
        what = f"kubectl describe {kind.lower()} {name.rpartition('/')[2]}"
        if "/" in name:
            what += f" -n {name.partition('/')[0]}"
        first = message.partition("\n")[0]
        yield f"{key} is not accepted: {first}; {what}"
