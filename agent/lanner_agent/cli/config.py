# SPDX-License-Identifier: Apache-2.0
"""`lanner config`: the settings in force, and where each comes from. Needs no root and no kernel."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import click

from lanner_agent.app import exits
from lanner_agent.cli import setting_options
from lanner_agent.settings import shown
from lanner_agent.settings.part import BOTH


@click.command("config", epilog=exits.HELP)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of YAML with comments.")
@setting_options.every(*sorted(BOTH))
def command(config: pathlib.Path | None, as_json: bool, **given: Any) -> int:
    """Show what would be in force for `lanner run` and `lanner agent`, with this file and environment.

    Each setting has where it comes from: the file with its line, a variable, an option, or `default`. An
    error in any of them is said with its place.
    """
    found = setting_options.read(config, given)
    if as_json:
        click.echo(json.dumps(shown.document(found), indent=2))
    else:
        for line in shown.yaml(found):
            click.echo(line)
    for note in shown.strangers(os.environ):
        click.echo(f"lanner: {note}", err=True)
    return exits.OK
