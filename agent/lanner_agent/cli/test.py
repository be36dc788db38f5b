# SPDX-License-Identifier: Apache-2.0
"""`lanner test CASES…`: cases of events and expected alerts, on the rules they are about; needs no root, no
kernel and no cluster.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import click

from lanner_agent.app import exits
from lanner_agent.policy import defaults
from lanner_agent.policy.files import rule_files
from lanner_engine import diagnostics
from lanner_engine.cases import junit, reading, report, running
from lanner_engine.cases.running import Bench, Outcome
from lanner_engine.cases.suite import Case, Suite
from lanner_engine.codegen.compile import Matching, compile_rules
from lanner_engine.explain.written import Book
from lanner_engine.facts.reading import Told
from lanner_engine.program import load as engine
from lanner_engine.source import Diagnostic, LannerError, Source

RECORDING: Final = "CASE_ERR_RECORDING"
_Paths = tuple[pathlib.Path, ...]


class ReportError(LannerError):
    """A report that cannot be written."""


@dataclass(slots=True)
class _Run:
    """What all files of cases together came to."""

    matching: Matching
    named: _Paths  # rules for cases that name none
    benches: dict[tuple[str, ...], Bench | None] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    own: list[Bench] = field(default_factory=list)  # of rules that a suite names


@click.command("test")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(readable=False, path_type=pathlib.Path),
    metavar="CASES...",
)
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(readable=False, path_type=pathlib.Path),
    help="Rules file, manifest or folder, for cases that name none; several times. Else the default rules.",
)
@click.option(
    "--match",
    type=click.Choice(["first", "all"]),
    default="first",
    show_default=True,
    help="What `lanner run --match` reports of an event that several rules match.",
)
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="Also write a report in JUnit's XML.",
)
def command(paths: _Paths, rules: _Paths, match: Matching, junit_file: pathlib.Path | None) -> int:
    """Test rules on events that are written as text.

    A file of cases names rules, events by their fields or by a recording, and the alerts that are expected;
    a directory stands for its *.yaml and *.yml files. What is not as expected is shown with the part of the
    condition that was true or false, and the values it asked for. Exits 1 when a case fails, or cannot be
    read.
    """
    run = _Run(match, rules)
    gathered = rule_files.gather(paths)
    run.diagnostics += gathered.diagnostics
    for source in gathered.sources:
        _file(source, run)
    for diagnostic in run.diagnostics:
        click.echo(diagnostics.render(diagnostic, colour=sys.stderr.isatty()), err=True)
    if junit_file is not None:
        _write(junit_file, junit.document(run.outcomes, run.diagnostics))
    for line in report.lines(run.outcomes, run.own):
        click.echo(line)
    errors = sum(one.severity == "error" for one in run.diagnostics)
    click.echo(report.conclusion(run.outcomes, errors))
    return exits.PROBLEMS if errors or report.failed(run.outcomes) else exits.OK


def _file(source: Source, run: _Run) -> None:
    suite, unread = reading.read(source)
    run.diagnostics += unread
    bench = _bench(suite, run) if suite.cases else None
    if bench is None:
        return
    unknown = list(running.unknown(suite, bench))
    run.diagnostics += unknown
    if not unknown:
        cases = (_with_events(case, suite, run) for case in suite.cases)
        run.outcomes[source.name] = [running.run(case, bench) for case in cases if case]


def _with_events(case: Case, suite: Suite, run: _Run) -> Case | None:
    """With those of its recording, if it names one; None, and an error, when that cannot be read."""
    if case.recording is None:
        return case
    from lanner_agent.recording import gathering  # noqa: PLC0415  half of the agent, for those who have one
    from lanner_agent.recording.errors import RecordingError  # noqa: PLC0415

    place = case.recording.whole
    try:
        events = gathering.events(pathlib.Path(suite.source.name).parent / case.recording.value)
    except RecordingError as error:
        run.diagnostics.append(Diagnostic("error", RECORDING, str(error), place, error.hint))
        return None
    return replace(case, events=tuple(Told(event, frozenset(), place, whole=True) for event in events))


def _bench(suite: Suite, run: _Run) -> Bench | None:
    """The compiled rules, once for all files that are about the same; None, and errors, when they have
    some.
    """
    beside = pathlib.Path(suite.source.name).parent
    paths = tuple(beside / path.value for path in suite.paths)
    if not paths and suite.inline is None:
        paths = run.named
    gathered = rule_files.gather(paths or (() if suite.inline else (defaults.directory(),)))
    sources = gathered.sources + (() if suite.inline is None else (suite.inline,))
    key = (str(suite.disabled), *(f"{one.name}\0{one.text}" for one in sources))
    if key not in run.benches:
        run.benches[key] = bench = _compiled(sources, gathered.diagnostics, run, disabled=suite.disabled)
        if bench is not None and (paths or suite.inline):
            run.own.append(bench)
    return run.benches[key]


def _compiled(
    sources: Sequence[Source], unread: Iterable[Diagnostic], run: _Run, *, disabled: bool
) -> Bench | None:
    checked = engine.check(sources, disabled=disabled)
    found = [*unread, *checked.diagnostics]
    run.diagnostics += found
    if any(one.severity == "error" for one in found):
        return None
    return Bench(
        compile_rules(checked.rules, checked.namespaces, run.matching),
        compile_rules(checked.rules, checked.namespaces, "all"),
        Book(sources),
    )


def _write(path: pathlib.Path, text: bytes) -> None:
    try:
        path.write_bytes(text)
    except OSError as error:
        raise ReportError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error
