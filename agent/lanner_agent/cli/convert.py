# SPDX-License-Identifier: Apache-2.0
"""`lanner convert FILE…`: rules files to manifests and back; what the result cannot say is told."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence

import click

from lanner_agent.app import exits
from lanner_agent.policy.files import rule_files
from lanner_agent.publish import escape
from lanner_engine import diagnostics
from lanner_engine.convert.converted import Converted, Document
from lanner_engine.convert.to_manifests import Target, manifests
from lanner_engine.convert.to_rules import rules_files
from lanner_engine.documents import yaml_reader
from lanner_engine.documents.nodes import Mapping
from lanner_engine.documents.problems import Problems
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE
from lanner_engine.source import LannerError, RuleError, Source


class OutputError(LannerError):
    """A file that cannot be written."""


@click.command("convert")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(readable=False, path_type=pathlib.Path),
    metavar="FILE...",
)
@click.option(
    "--to", type=click.Choice(["manifest", "rules"]), help="What to make; else the other of what comes in."
)
@click.option(
    "--kind", type=click.Choice([CLUSTER_RULE, NAMESPACED_RULE]), default=CLUSTER_RULE, show_default=True
)
@click.option("--namespace", default="", metavar="NAME", help="The namespace of a FalcoRule.")
@click.option("--name", default="", metavar="NAME", help="The object's name; else the file's.")
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    metavar="DIR",
    help="Write one file for each object instead of everything to standard output.",
)
def command(
    paths: tuple[pathlib.Path, ...], to: str | None, output_dir: pathlib.Path | None, **target: str
) -> int:
    """Turn Falco rules files into FalcoRule manifests, or manifests into rules files.

    Comments, order, appends and overrides stay. The result is read again before it is written: it defines the
    same. A directory stands for its *.yaml and *.yml files.
    """
    if target["namespace"] and target["kind"] == CLUSTER_RULE:
        raise click.UsageError("a ClusterFalcoRule has no namespace; did you mean --kind FalcoRule?")
    gathered = rule_files.gather(paths)
    for diagnostic in gathered.diagnostics:
        click.echo(diagnostics.render(diagnostic, colour=sys.stderr.isatty()), err=True)
    if gathered.diagnostics:
        return exits.PROBLEMS
    if to is None:
        to = "rules" if are_manifests(gathered.sources) else "manifest"
    made = rules_files(gathered.sources) if to == "rules" else manifests(gathered.sources, Target(**target))
    _write(made, output_dir)
    return exits.OK


def are_manifests(sources: Sequence[Source]) -> bool:
    """As the first of them is; of others the engine says what is wrong."""
    try:
        roots = yaml_reader.read(yaml_reader.whole(sources[0]), Problems())
    except RuleError:
        return False
    return bool(roots) and isinstance(roots[0], Mapping)


def _write(made: Converted, folder: pathlib.Path | None) -> None:
    if folder is None:
        click.echo("---\n".join(one.text for one in made.documents), nl=False)
    else:
        for one in made.documents:
            _save(folder / _file_name(one), one)
    for note in made.notes:
        click.echo(f"note: {escape.harmless(note)}", err=True)


def _file_name(document: Document) -> str:
    """A manifest's name is its writer's choice: it must not lead out of the folder. Raises OutputError."""
    name = document.name
    if "/" in name or escape.harmless(name) != name:
        raise OutputError(f"{name} cannot be the name of a file: nothing was written for it")
    return f"{name}.yaml"


def _save(path: pathlib.Path, document: Document) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(document.text)
    except FileExistsError:
        raise OutputError(f"{path} is there already; nothing was overwritten") from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    click.echo(path)
