# SPDX-License-Identifier: Apache-2.0
"""`lanner check PATH…`: the engine on the command line. Files in, diagnostics out; needs no root and no
kernel.
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from lanner_agent.app import exits
from lanner_agent.cli import selecting, setting_options
from lanner_agent.policy import defaults
from lanner_agent.policy.files import load, rule_files
from lanner_agent.settings import catalogue, reading
from lanner_engine import diagnostics
from lanner_engine.explain import explanation as explaining
from lanner_engine.explain import text as explained
from lanner_engine.program import result

_EVENTS = 50  # named before "and n more"
_SELECTION = tuple(one for one in catalogue.SETTINGS if one.key in ("rules.priority", "rules.select"))


@click.command("check")
@click.argument(
    "paths", nargs=-1, type=click.Path(readable=False, path_type=pathlib.Path), metavar="[PATH]..."
)
@click.option("--explain", metavar="RULE", help="Show what each pass makes of this rule.")
@click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of what was found.",
)
@setting_options.some(_SELECTION)
def command(paths: tuple[pathlib.Path, ...], explain: str | None, output: str, **given: Any) -> int:
    """Check rules files or FalcoRule manifests, as `lanner run` would load them.

    A directory stands for its *.yaml and *.yml files, sorted by name; later files override earlier ones.
    Without a PATH the default rules are checked. Problems go to standard error, one line of what was
    checked to standard output. With --explain RULE also what became of that rule: its condition with macros
    and lists in place, the events it can be true on, what the kernel can ask and what only user space can,
    and the code that decides. With --output json everything goes to standard output as one JSON document, an
    object for each file.
    """
    paths = paths or (defaults.directory(),)
    chosen = reading.read(None, {}, setting_options.wanted(given)).settings.rules
    checked = load.check(paths, selecting.wanted(chosen))
    selecting.require_rules(checked)
    if output == "json":
        click.echo(_json(paths, checked))
        return exits.OK if checked.ok else exits.PROBLEMS
    for diagnostic in checked.diagnostics:
        click.echo(diagnostics.render(diagnostic, colour=sys.stderr.isatty()), err=True)
    if explain is not None:
        _explain(paths, explain)
    click.echo(_conclusion(checked))
    return exits.OK if checked.ok else exits.PROBLEMS


def _json(paths: Sequence[pathlib.Path], checked: load.Checked) -> str:
    """ASCII only: what a terminal would obey is escaped."""
    found = result.results(rule_files.gather(paths).sources, checked.diagnostics)
    return json.dumps({"falco_load_results": found}, indent=2)


def _explain(paths: Sequence[pathlib.Path], name: str) -> None:
    sources = rule_files.gather(paths).sources
    explanation = explaining.explain(sources, name)
    if explanation is None:
        near = diagnostics.suggest(name, explaining.rule_names(sources))
        raise click.UsageError(f"no rule has the name {diagnostics.visible(name)}. {near}".rstrip())
    for line in explained.lines(explanation):
        click.echo(line)
    click.echo()


def _conclusion(checked: load.Checked) -> str:
    counts = Counter(diagnostic.severity for diagnostic in checked.diagnostics)
    files = _counted(len(checked.files), "file")
    problems = f"{_counted(counts['error'], 'error')}, {_counted(counts['warning'], 'warning')}"
    if not checked.ok:
        return f"{files} checked: {problems}"
    events = sorted({event for rule in checked.every for event in rule.watched})
    more = f" and {len(events) - _EVENTS} more" if len(events) > _EVENTS else ""
    watched = ", ".join(events[:_EVENTS]) + more or "no event"
    return f"{files} checked: {_counted(len(checked.every), 'rule')} for {watched}; {problems}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
