# SPDX-License-Identifier: Apache-2.0
"""The command `lanner`: finds the subcommand, and turns every error into a message and an exit code.

A subcommand is imported when it is called: `lanner check` needs neither the kernel's nor the containers'
side, nor the packages of the extra `agent`.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from lanner_agent.app import exits, logs
from lanner_agent.cli import bug_report
from lanner_agent.publish import escape
from lanner_agent.settings.errors import SettingsError
from lanner_engine import diagnostics, extras
from lanner_engine.source import LannerError, RuleError


@dataclass(frozen=True, slots=True)
class Command:
    """`module` holds the click command as `command`; `line` is in --help. `extra` must be installed for it.

    `loads`: the kernel's programs begin to load before the module is imported.
    """

    module: str
    line: str
    extra: str = ""
    loads: bool = False


COMMANDS: Final = {
    "run": Command("lanner_agent.cli.run", "Watch this machine and print alerts.", "agent", loads=True),
    "agent": Command(
        "lanner_agent.cli.agent", "Watch a node of a cluster, with the cluster's rules.", "agent", loads=True
    ),
    "config": Command("lanner_agent.cli.config", "Show the settings in force, and where each comes from."),
    "check": Command("lanner_agent.cli.check", "Check rules files or FalcoRule manifests."),
    "convert": Command("lanner_agent.cli.convert", "Turn rules files into FalcoRule manifests, and back."),
    "fields": Command("lanner_agent.cli.fields", "List the fields that rules can name."),
    "doctor": Command("lanner_agent.cli.doctor", "Say what this machine or user lacks."),
}
EARLY: Final = "lanner_agent.cli.early"
_HELP = {"-h", "--help"}


class _Commands(click.Group):
    """Subcommands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        if found.extra:
            extras.need(found.extra, f"lanner {cmd_name}")
        if found.loads and not _HELP & set(sys.argv):
            ctx.obj = _imported(EARLY).begin()
        command: click.Command = _imported(found.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.line) for name, command in COMMANDS.items()])


def _imported(module: str) -> Any:
    """What modules make stays: a tenth of the time would go into looking for garbage among it."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.enable()


@click.group(cls=_Commands, epilog=exits.HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lanner", prog_name="lanner")
def lanner() -> None:
    """Runtime security: Falco rules in, alerts out, on this machine."""


def main() -> None:
    """The console script. Leaves by SystemExit, never by a traceback."""
    sys.exit(_run())


def _run() -> int:
    try:
        logs.use(logs.early(sys.argv, os.environ) if _watches(sys.argv[1:2]) else "text")
        result = lanner.main(standalone_mode=False)
    except Exception as error:
        return _explained(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return result if isinstance(result, int) else exits.OK


def _watches(words: Sequence[str]) -> bool:
    """Whether it is a command that goes on, whose extra is there."""
    command = COMMANDS.get(words[0]) if words else None
    return command is not None and command.loads and not extras.lacking(command.extra)


def _explained(error: Exception) -> int:
    """Every error's message, said; and its exit code."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return exits.INTERRUPTED
        case click.ClickException():
            if logs.in_json():
                _say(error.format_message())
            else:
                error.show()
            return error.exit_code
        case BrokenPipeError():
            return _reader_gone()
        case LannerError():
            return _known(error)
    _say(bug_report.text(error))  # the last resort: the user gets a message to pass on, never a traceback
    return exits.BUG


def _known(error: LannerError) -> int:
    if isinstance(error, RuleError | SettingsError):
        for diagnostic in error.diagnostics:
            _say(diagnostics.render(diagnostic, colour=sys.stderr.isatty()))
        return exits.PROBLEMS if isinstance(error, RuleError) else exits.USAGE
    if isinstance(error, extras.ExtraError):
        _say(str(error))
        return exits.USAGE
    _say(f"lanner: {escape.shown(str(getattr(error, 'headline', error)), 2000)}")
    if hint := getattr(error, "hint", ""):
        _say(f"  hint: {escape.shown(str(hint), 2000)}")
    return exits.CANNOT_RUN


def _reader_gone() -> int:
    """`lanner check … | head`: nothing more to say, and Python must not try to flush at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exits.PROBLEMS


def _say(text: str) -> None:
    if logs.in_json():
        logs.say(text, logging.ERROR)
    else:
        click.echo(text, err=True)
