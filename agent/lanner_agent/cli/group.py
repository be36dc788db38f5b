# SPDX-License-Identifier: Apache-2.0
"""`lanner` as click has it: finds the subcommand, and turns every error into a message and an exit code.

A subcommand is imported when it is called: `lanner check` needs neither the kernel's nor the containers'
side, nor the packages of the extra `agent`.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from lanner_agent.app import exits, logs
from lanner_agent.cli import bug_report
from lanner_agent.cli.subcommands import SUBCOMMANDS, Subcommand
from lanner_agent.publish import escape
from lanner_agent.settings.errors import SettingsError
from lanner_engine import diagnostics, extras
from lanner_engine.source import LannerError, RuleError

_LANNER: Final = "lanner"


class Commands(click.Group):
    """Subcommands by name; `program` is what a user types before that."""

    def __init__(self, *given: Any, subcommands: Mapping[str, Subcommand], program: str, **more: Any) -> None:
        super().__init__(*given, **more)
        self._subcommands = subcommands
        self._program = program

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = self._subcommands.get(cmd_name)
        if found is None:
            return None
        if found.extra:
            extras.need(found.extra, f"{self._program} {cmd_name}")
        command: click.Command = importlib.import_module(found.module).command
        if not found.loads:
            gc.enable()
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Without importing them, as --help has them."""
        commands = self._subcommands.items()
        named = [CompletionItem(name, help=one.line) for name, one in commands if name.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.line) for name, command in self._subcommands.items()])


def program(name: str, subcommands: Mapping[str, Subcommand]) -> Callable[[Callable[[], None]], click.Group]:
    """Of what is named so on the command line: its help with the exit codes, its version."""
    version = click.version_option(package_name="lanner", prog_name=name)
    group = click.group(
        cls=Commands,
        subcommands=subcommands,
        program=name,
        epilog=exits.HELP,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    return lambda function: group(version(function))


@program(_LANNER, SUBCOMMANDS)
def lanner() -> None:
    """Runtime security: Falco rules in, alerts out, on this machine."""


def run(loading: object | None, group: click.Group = lanner, name: str = _LANNER) -> int:
    """The exit code. `loading`: the kernel's programs, where they load already."""
    try:
        logs.use(logs.early(sys.argv, os.environ) if loading is not None else "text")
        result = group.main(prog_name=name, standalone_mode=False, obj=loading)
    except Exception as error:
        return _explained(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return result if isinstance(result, int) else exits.OK


def _explained(error: Exception) -> int:
    """Every error's message, said; and its exit code."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return exits.INTERRUPTED
        case click.ClickException():
            if logs.in_json() or logs.in_journal():
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
    if logs.in_json() or logs.in_journal():
        logs.say(text, logging.ERROR)
    else:
        click.echo(text, err=True)
