# SPDX-License-Identifier: Apache-2.0
"""`lanner run`: the agent on one machine, with rules from files. Puts the parts together and takes them
down again.
"""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import click

from lanner_agent.app import assembly, exits
from lanner_agent.cli import indexing, output_options, progress, selecting
from lanner_agent.cli import secrets as secrets_option
from lanner_agent.kernel.loading import Loading
from lanner_agent.policy import defaults
from lanner_agent.policy.files import load
from lanner_agent.publish.forms import FORMS
from lanner_agent.publish.settings.form import FormName
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_engine import diagnostics
from lanner_engine.source import RuleError

# readable=False: access(2) knows no capabilities, and policy says it in the form of all problems with rules.
_FILE = click.Path(readable=False, path_type=pathlib.Path)


@click.command("run", epilog=exits.HELP)
@click.option(
    "--rules", "paths", multiple=True, type=_FILE, metavar="PATH", help="Rules file, manifest or directory."
)
@click.option(
    "--output", type=click.Choice(list(FORMS)), default="text", show_default=True, help="Form of an alert."
)
@click.option(
    "--cri-socket", type=_FILE, metavar="PATH", help="Container runtime; found by itself in the usual places."
)
@output_options.option
@indexing.option
@secrets_option.option
@selecting.options
@selecting.reporting
def command(  # noqa: PLR0913  (one for each option)
    *,
    paths: tuple[pathlib.Path, ...],
    output: FormName,
    outputs: OutputsSettings,
    cri_socket: pathlib.Path | None,
    secrets: str,
    index: bool,
    **wanted: Any,
) -> int:
    """Watch this machine and print an alert for every event that a rule matches.

    --rules may be given several times: later files override earlier ones, a directory stands for its *.yaml
    and *.yml files. Without it the default rules are in force. Files are read again when they change and on
    SIGHUP; a bad edit keeps the old rules. Alerts go to standard output, and where --outputs says; everything
    else to standard error.
    Ctrl-C ends with a summary.
    """
    rules = paths or (defaults.directory(),)
    checked = load.check(rules, selecting.wanted(**wanted))
    selecting.require_rules(checked)
    if not checked.ok:
        raise RuleError(checked.diagnostics)
    for warning in checked.diagnostics:
        click.echo(diagnostics.render(warning, colour=sys.stderr.isatty()), err=True)
    form = secrets_option.applied(FORMS[output], secrets)
    loading = click.get_current_context().find_object(Loading) or Loading()
    machine = assembly.Machine(loading, cri_socket, index, progress.shown)
    with assembly.standalone(machine, rules, checked, form, outputs) as agent:
        return agent.watch()
