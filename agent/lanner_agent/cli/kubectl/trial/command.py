# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner try -f FILE --for 5m`: what rules would do in this cluster, without an alert of theirs."""

from __future__ import annotations

import asyncio
import pathlib
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli.kubectl import printing, target
from lanner_agent.cli.kubectl.asking import Asker, asked
from lanner_agent.cli.kubectl.duration import Duration
from lanner_agent.cli.kubectl.trial import objects, proposing, showing
from lanner_agent.cli.kubectl.trial.following import Outcome, Patience, Trial
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE
from lanner_engine.resources.trial import LONGEST_S

_LONGEST: Final = timedelta(seconds=LONGEST_S // 2)
_WORD_BYTES: Final = 3
_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LATE: Final = (
    "agents tell of first matches within 45 s, of later ones at last every five minutes: the last ones of a"
    " short try may be missing"
)


@click.command("try")
@click.option(
    "-f",
    "--filename",
    "paths",
    multiple=True,
    required=True,
    type=click.Path(readable=False, path_type=pathlib.Path),
    metavar="FILE",
    help="Manifests, a rules file, or a folder of them; several times.",
)
@click.option(
    "--for",
    "duration",
    type=Duration(_LONGEST),
    default="5m",
    show_default=True,
    metavar="TIME",
    help="How long: 30s, 5m, 2h.",
)
@click.option(
    "--wait",
    type=Duration(_LONGEST),
    default="60s",
    show_default=True,
    metavar="TIME",
    help="How long to wait until every node has the rules.",
)
@click.option(
    "--kind",
    type=click.Choice([CLUSTER_RULE, NAMESPACED_RULE]),
    default=CLUSTER_RULE,
    show_default=True,
    help="What a plain rules file is tried as.",
)
@printing.form_option("json", "yaml")
@target.namespace_option
def command(
    paths: tuple[pathlib.Path, ...],
    duration: timedelta,
    wait: timedelta,
    kind: str,
    form: str | None,
    **given: Any,
) -> int:
    """Try rules in the cluster for a while, without alerts.

    The rules of the files are created under other names with mode DryRun, beside what is in force. What they
    match is shown as nodes tell it; at the end also the exceptions that would silence each group. Ctrl-C ends
    it early. The objects are deleted at the end, and by the operator if the command cannot.

    Exits 1 when a file or the cluster refuses a rule, or not every node had them; matches are no failure.
    """
    patience = Patience(wait.total_seconds(), duration.total_seconds())
    surface = showing.surface(form)
    made: list[objects.Plan] = []

    async def work(asker: Asker) -> Outcome:
        plan = objects.plan(paths, kind, asker.namespace or "default", secrets.token_hex(_WORD_BYTES))
        made.append(plan)
        trial = Trial(asker, plan, patience, lambda text: printing.notes([text]), surface.show)
        with _stopped_by_signals(trial):
            outcome = await trial.run()
        surface.clear()
        printing.notes(asker.notes)
        return outcome

    return _concluded(made, asked(target.taken(given), work), form)


@contextmanager
def _stopped_by_signals(trial: Trial) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a terminal that is closed end a try in order: what it made must go."""
    loop = asyncio.get_running_loop()
    for number in _ENDS:
        loop.add_signal_handler(number, trial.stop.set)
    try:
        yield
    finally:
        for number in _ENDS:
            loop.remove_signal_handler(number)


def _concluded(made: list[objects.Plan], outcome: Outcome, form: str | None) -> int:
    """Prints what came of it; the exit code."""
    if outcome.refused:
        for name, said in outcome.refused.items():
            click.echo(f"{printing.cell(name)} is refused:\n{said}", err=True)
        return exits.PROBLEMS
    if not outcome.watched:
        printing.notes(["no node had the rules: nothing was tried"])
        return exits.INTERRUPTED if outcome.interrupted else exits.PROBLEMS
    found = proposing.proposed(outcome.counts.rows)
    if form is not None:
        click.echo(printing.document(form, showing.document(made[0].word, outcome, found.text)))
    else:
        _show(outcome, found)
    printing.notes([*found.refused, _LATE])
    everywhere = all(one.programmed == "True" for one in outcome.states)
    return exits.OK if everywhere and not outcome.left else exits.PROBLEMS


def _show(outcome: Outcome, found: proposing.Proposed) -> None:
    for line in showing.table(outcome.counts):
        click.echo(line)
    for line in showing.sums(outcome):
        click.echo(line)
    if found.text:
        click.echo("\n# Exceptions that silence these, as a rules file:")
        click.echo(found.text, nl=False)
