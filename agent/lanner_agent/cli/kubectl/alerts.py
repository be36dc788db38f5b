# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner alerts`: alerts of all nodes, from the Events that their agents made, also as they come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli.kubectl import alert_event, following, printing, reading, target
from lanner_agent.cli.kubectl.alert_event import AlertEvent
from lanner_agent.cli.kubectl.alert_filter import AlertFilter
from lanner_agent.cli.kubectl.asking import Asker, asked
from lanner_agent.cli.kubectl.duration import Duration
from lanner_agent.cli.kubectl.resource import EVENTS
from lanner_engine.program.rule import Priority, parse_priority

_COLUMNS: Final = ("LAST SEEN", "PRIORITY", "OBJECT", "RULE", "COUNT")
_MORE: Final = ("WORKLOAD", "NODE", "EVENT")
_END: Final = "MESSAGE"
_MESSAGE: Final = 100  # characters without -o wide
_TAIL: Final = 100


def _priority(_ctx: click.Context, param: click.Parameter, value: str | None) -> Priority | None:
    try:
        return None if value is None else parse_priority(value)
    except ValueError:
        known = ", ".join(one.label.lower() for one in Priority)
        raise click.BadParameter(f"one of {known}", param=param) from None


@click.command("alerts")
@click.option("-f", "--follow", "-w", "--watch", "follow", is_flag=True, help="Go on as alerts come.")
@click.option("--rule", metavar="NAME", help="Only of this rule.")
@click.option("--pod", metavar="NAME", help="Only in this pod.")
@click.option(
    "--workload", metavar="[KIND/]NAME", help="Only in pods of this Deployment, DaemonSet, CronJob, …"
)
@click.option("--node", metavar="NAME", help="Only of this node.")
@click.option("--priority", metavar="PRIORITY", callback=_priority, help="Only this severe, or more.")
@click.option("--since", type=Duration(), metavar="TIME", help="Only of the last 30s, 5m, 2h, …")
@click.option(
    "--tail", type=click.IntRange(0), default=_TAIL, show_default=True, help="So many of the latest; 0: all."
)
@printing.form_option("wide", "json", "yaml")
@printing.colour_option
@target.namespace_options
def command(follow: bool, tail: int, form: str | None, colour: str, **given: Any) -> int:
    """Show alerts, the latest last, from the Events of all agents; with --follow those to come, too.

    The API server keeps Events for an hour. COUNT is how often an alert came; what limits held back or a node
    lost stands among them. With -o json each is an object on one line, which `lanner explain` and `lanner
    tune` read.
    """
    where = target.taken(given)
    wanted = AlertFilter(**given)
    show = _Shown(form, printing.coloured(colour))

    async def work(asker: Asker) -> None:
        if follow:
            await _follow(asker, wanted, tail, show)
        else:
            events = await asker.listed(EVENTS, asker.namespace, wanted.query())
            show(_latest(events, wanted, tail))
            _conclude(show, asker)

    asked(where, work)
    return exits.OK


async def _follow(asker: Asker, wanted: AlertFilter, tail: int, show: _Shown) -> None:
    first = True
    async for events in following.changes(asker, EVENTS, wanted.query(), lambda note: printing.notes([note])):
        show(_latest(events, wanted, tail if first else 0))
        first = False


def _conclude(show: _Shown, asker: Asker) -> None:
    if not show.shown and show.form is None:
        where = f" in namespace {asker.namespace}" if asker.namespace else ""
        asker.notes.append(
            f"no alerts found{where}; Events are kept for an hour" + ("; -A looks in all" if where else "")
        )
    printing.notes(asker.notes)


def _latest(events: Sequence[dict[str, Any]], wanted: AlertFilter, tail: int) -> list[AlertEvent]:
    """The latest last."""
    now = datetime.now(UTC)
    found = [one for one in map(alert_event.read, events) if wanted.wants(one, now)]
    found.sort(key=lambda one: one.last)
    return found[-tail:] if tail else found


class _Shown:
    """Prints alerts in one form; a heading before the first of them."""

    def __init__(self, form: str | None, colour: bool) -> None:
        self.form = form
        self.shown = 0
        self._paint: Callable[[str], str] = printing.painted if colour else str
        self._columns = printing.Columns(*_COLUMNS, *(_MORE if form == "wide" else ()), _END)

    def __call__(self, alerts: Sequence[AlertEvent]) -> None:
        self.shown += len(alerts)
        for line in self._lines(alerts) if alerts else ():
            click.echo(line, color=True if self._paint is printing.painted else None)

    def _lines(self, alerts: Sequence[AlertEvent]) -> Iterator[str]:
        if self.form == "json":
            yield from (json.dumps(one.as_json()) for one in alerts)
        elif self.form == "yaml":
            yield from (f"---\n{printing.document('yaml', one.as_json())}" for one in alerts)
        else:
            now = datetime.now(UTC)
            rows = [_row(one, now, wide=self.form == "wide") for one in alerts]
            yield from self._columns.lines(rows, self._paint)


def _row(one: AlertEvent, now: datetime, wide: bool) -> Sequence[str]:
    about = "/".join(filter(None, (one.namespace if one.kind == "Pod" else "", one.kind.lower(), one.about)))
    priority = one.priority.label if one.priority is not None else ""
    message = printing.cell(one.message, printing.WIDEST if wide else _MESSAGE)
    row = (reading.age(one.last, now), priority, about, one.rule or one.reason, one.count)
    more = (one.workload, one.node, f"{one.namespace}/{one.name}") if wide else ()
    return (*map(printing.cell, (*row, *more)), message)
