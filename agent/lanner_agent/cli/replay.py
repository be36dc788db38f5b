# SPDX-License-Identifier: Apache-2.0
"""`lanner replay RECORDING…`: the alerts of a recording, with any rules; needs no root, no kernel and no
cluster.
"""

from __future__ import annotations

import logging
import os
import pathlib
import sys
from typing import Any, Final

import click

from lanner_agent.app import exits, logs, replaying, stdout_form
from lanner_agent.cli import selecting, setting_options
from lanner_agent.pipeline import summary
from lanner_agent.policy import defaults
from lanner_agent.policy.files import load
from lanner_agent.publish import redact
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.forms import FORMS
from lanner_agent.recording.errors import RecordingError
from lanner_agent.settings.model import Settings
from lanner_engine import diagnostics
from lanner_engine.codegen.compile import Program
from lanner_engine.source import RuleError

_SETTINGS: Final = (
    *("rules.files", "rules.priority", "rules.select", "rules.matching", "rules.appendOutput"),
    *("output", "secrets"),
)


@click.command("replay", epilog=exits.HELP)
@click.argument(
    "recordings",
    nargs=-1,
    required=True,
    type=click.Path(readable=False, path_type=pathlib.Path),
    metavar="RECORDING...",
)
@setting_options.named(*_SETTINGS)
def command(recordings: tuple[pathlib.Path, ...], config: pathlib.Path | None, **given: Any) -> int:
    """Print the alerts of what `lanner run --record` kept, as if it happened now.

    Several files of one recording are named from the oldest to the newest: FILE.2 FILE.1 FILE. Without
    --rules the default rules are asked. A recording holds what the rules in force then asked for; where
    others ask for more, that is said. Alerts go to standard output, all else to standard error. Exits 1 when
    a file is damaged or ends in the middle.
    """
    settings = setting_options.read(config, given).settings
    program = _program(settings)
    redact.use(settings.redaction.made())
    form = stdout_form.StdoutForm(FORMS[settings.output], settings)
    write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush

    def deliver(alert: Alert) -> None:
        write(form(alert.snapshot))

    try:
        replayed = replaying.run(recordings, program, deliver, _say)
        flush()
    except RecordingError as error:
        flush()
        _say(str(error))
        if error.hint:
            logs.say(f"  hint: {error.hint}")
        return exits.PROBLEMS
    except BrokenPipeError:
        raise  # `lanner replay … | head`: cli/group has that
    except OSError as error:
        _say(f"cannot write the output: {(error.strerror or str(error)).lower()}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what waits is flushed at the end
        return exits.PROBLEMS
    _say(replayed.head)
    for line in summary.blocks(replayed.blocks):
        logs.say(line)
    return exits.OK if replayed.whole else exits.PROBLEMS


def _program(settings: Settings) -> Program:
    """Raises RuleError, UsageError."""
    rules = settings.rules.files or (defaults.directory(),)
    checked = load.check(rules, selecting.wanted(settings.rules))
    selecting.require_rules(checked)
    if not checked.ok:
        raise RuleError(checked.diagnostics)
    for warning in checked.diagnostics:
        logs.say(diagnostics.render(warning, colour=sys.stderr.isatty()), logging.WARNING)
    return load.compiled(checked)


def _say(text: str) -> None:
    logs.say(f"lanner: {text}")
