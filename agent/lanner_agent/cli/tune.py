# SPDX-License-Identifier: Apache-2.0
"""`lanner tune [ALERTS]`: exceptions for alerts that repeat, from lines of JSON; needs no root and no
kernel.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence
from typing import IO, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli import alert_lines
from lanner_engine import diagnostics
from lanner_engine.alerts import proof, reading, written
from lanner_engine.alerts.gathered import Gathered
from lanner_engine.alerts.proposals import Proposal, proposals
from lanner_engine.explain.written import Book
from lanner_engine.program import load as engine
from lanner_engine.source import RuleError, Source

_SHOWN: Final = 5  # lines that are no alerts
_NAME: Final = "exceptions.yaml"


@click.command("tune")
@click.argument("alerts", type=click.File("rb"), default="-", metavar="[ALERTS]")
@alert_lines.rules_option
@click.option(
    "--at-least",
    type=click.IntRange(2),
    default=10,
    show_default=True,
    help="Propose nothing for fewer alerts than this.",
)
@click.option(
    "--check", is_flag=True, help="Prove on the same alerts that the named ones vanish and no others."
)
def command(alerts: IO[bytes], rules: tuple[pathlib.Path, ...], at_least: int, check: bool) -> int:
    """Propose exceptions for alerts that repeat.

    ALERTS is a file with what `lanner run --output json` or the agents printed, one alert a line; without it
    standard input is read. The exceptions go to standard output as a rules file that is loaded after the
    rules, each with what it silences, what else it hides, and what it lets an attacker do unseen. Nothing is
    proposed that rests on names which any process can take. Exits 1 when --check finds that other alerts
    vanish.
    """
    sources = alert_lines.sources(rules)
    found = _gathered(alerts)
    proposed = _proposed(found, Book(sources), at_least)
    counts = {rule: sum(kinds.values()) for rule, kinds in found.kinds.items()}
    text = written.document([one for ones in proposed.values() for one in ones], counts)
    source = Source(_NAME, text)
    _require_loadable(sources, source)
    click.echo(text, nl=False)
    _say(_sums(found, proposed))
    return _check(sources, source, found, proposed) if check and text else exits.OK


def _gathered(alerts: IO[bytes]) -> Gathered:
    found, strange = Gathered(), 0
    for line, text in alert_lines.lines(alerts):
        try:
            found.add(reading.read(alerts.name, text, line))
        except RuleError as error:
            strange += 1
            if strange <= _SHOWN:
                _say(diagnostics.render(error.diagnostics[0], colour=sys.stderr.isatty()))
    if strange:
        are = "is no alert; it is" if strange == 1 else "are no alerts; they are"
        _say(f"lanner: {_counted(strange, 'line')} {are} left out")
    return found


def _proposed(found: Gathered, book: Book, at_least: int) -> dict[str, list[Proposal]]:
    made: dict[str, list[Proposal]] = {}
    for rule, kinds in found.kinds.items():
        shown = diagnostics.visible(rule[:200])
        if book.rule(rule) is None:
            _say(f"lanner: no rule has the name {shown}: --rules names the files that were in force")
            continue
        for one in proposals(rule, kinds, at_least):
            if one.refused:
                _say(f"lanner: nothing proposed for {one.silenced} alerts of {shown}: {one.refused}")
            else:
                made.setdefault(rule, []).append(one)
    return made


def _require_loadable(sources: Sequence[Source], source: Source) -> None:
    """What is proposed must load. Raises RuleError."""
    found = engine.check((*sources, source)).diagnostics
    errors = tuple(one for one in found if one.severity == "error")
    if errors:
        raise RuleError(errors)


def _sums(found: Gathered, proposed: dict[str, list[Proposal]]) -> str:
    number = sum(map(len, proposed.values()))
    silenced = sum(one.silenced for ones in proposed.values() for one in ones)
    crowded = f"; {found.crowded} were too many different ones to be looked at" if found.crowded else ""
    return (
        f"lanner: {_counted(found.alerts, 'alert')} of {_counted(len(found.kinds), 'rule')}: "
        f"{_counted(number, 'exception')} would silence {silenced}{crowded}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _check(
    sources: Sequence[Source], source: Source, found: Gathered, proposed: dict[str, list[Proposal]]
) -> int:
    proved = proof.prove(sources, source, found, proposed)
    _say(f"lanner: checked: {proved.vanish} alerts vanish, {proved.stay + found.crowded} stay")
    for rule, kind in proved.wrong[:_SHOWN]:
        values = ", ".join(f"{name}={value}" for name, value in kind)
        _say(f"  not as named: {diagnostics.visible(f'{rule}: {values}')}")
    if proved.wrong:
        _say(f"lanner: {len(proved.wrong)} kinds of alerts are not as named: do not use these exceptions")
        return exits.PROBLEMS
    _say("lanner: these are the ones that are named, and no others")
    return exits.OK


def _say(text: str) -> None:
    click.echo(text, err=True)
