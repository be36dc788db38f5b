# SPDX-License-Identifier: Apache-2.0
"""`lanner explain [ALERT]`: why an alert fired, from its line of JSON and the rules; needs no root and no
kernel. Of an Event it asks the cluster (kubectl/why), which needs the extra `kubectl`.
"""

from __future__ import annotations

import importlib
import pathlib
import sys
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli import alert_lines
from lanner_agent.cli.kubectl import target
from lanner_engine import diagnostics, extras
from lanner_engine.alerts import explained, reading
from lanner_engine.explain.written import Book
from lanner_engine.source import RuleError

_MOST: Final = 100  # alerts of one call
_EVENT: Final = "event/"
_WHY: Final = "lanner_agent.cli.kubectl.why"  # imported for an Event only: the extra may not be there


@dataclass(frozen=True, slots=True)
class _Event:
    """Of a cluster."""

    name: str


class _Alerts(click.File):
    """A file, or event/NAME."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and value.startswith(_EVENT):
            return _Event(value)
        return super().convert(value, param, ctx)


@click.command("explain")
@click.argument("alerts", type=_Alerts("rb"), default="-", metavar="[ALERT]")
@alert_lines.rules_option
@target.namespace_option
def command(alerts: IO[bytes] | _Event, rules: tuple[pathlib.Path, ...], **given: Any) -> int:
    """Explain an alert: the rule's condition with the values that made each part true.

    ALERT is a file with what `lanner run --output json` or the agent printed, one alert a line; without it
    standard input is read. It can also be event/NAME, of a cluster, whose rules are then read from there
    (`kubectl lanner why`); the options of kubectl are for that.

    Only what the alert's output fields say is known: parts that ask for other fields are marked, with what to
    add to the rule's output. Exits 1 when a line is no alert, no rule has its name, or its values do not make
    the rule true.
    """
    where = target.taken(given)
    if isinstance(alerts, _Event):
        extras.need("kubectl", "lanner explain event/NAME")
        return int(importlib.import_module(_WHY).explain(alerts.name, rules, where))
    return _explain_lines(alerts, rules)


def _explain_lines(alerts: IO[bytes], rules: tuple[pathlib.Path, ...]) -> int:
    book = alert_lines.book(rules)
    good, found = True, False
    for line, text in islice(alert_lines.lines(alerts), _MOST):
        if found:
            click.echo()
        found = True
        good &= _explain(alerts.name, line, text, book)
    if not found:
        raise click.UsageError("there is no alert: give a line of `lanner run --output json`")
    if next(alert_lines.lines(alerts), None) is not None:
        click.echo(f"lanner: only the first {_MOST} alerts are explained", err=True)
    return exits.OK if good else exits.PROBLEMS


def _explain(name: str, line: int, text: str, book: Book) -> bool:
    try:
        alert = reading.read(name, text, line)
    except RuleError as error:
        click.echo(diagnostics.render(error.diagnostics[0], colour=sys.stderr.isatty()), err=True)
        return False
    rule = book.rule(alert.rule)
    if rule is None:
        near = diagnostics.suggest(alert.rule, book.names)
        message = f"lanner: no rule has the name {diagnostics.visible(alert.rule[:200])}. {near}".rstrip()
        click.echo(f"{message} --rules names files with other rules", err=True)
        return False
    fits, lines = explained.explained(alert, rule)
    for one in lines:
        click.echo(one)
    return fits
