# SPDX-License-Identifier: Apache-2.0
"""`lanner run`: the agent on one machine, with rules from files. Puts the parts together and takes them
down again.
"""

from __future__ import annotations

import logging
import pathlib
import sys
from functools import partial
from typing import Any

import click

from lanner_agent.app import assembly, exits, logs, page, stdout_form
from lanner_agent.app.settings_watch import SettingsWatch
from lanner_agent.app.surface import Surface
from lanner_agent.cli import progress, rule_sources, selecting, setting_options
from lanner_agent.kernel.inotify import Inotify
from lanner_agent.kernel.loading import Loading
from lanner_agent.policy import defaults
from lanner_agent.policy.files import load
from lanner_agent.publish import json_lines, redact
from lanner_agent.publish.forms import FORMS
from lanner_agent.settings.model import RulesSettings
from lanner_agent.settings.page import PageSettings
from lanner_engine import diagnostics
from lanner_engine.source import RuleError


@click.command("run", epilog=exits.HELP)
@setting_options.every("run")
def command(config: pathlib.Path | None, **given: Any) -> int:
    """Watch this machine and print an alert for every event that a rule matches.

    --rules may be given several times: later files override earlier ones, a directory stands for its *.yaml
    and *.yml files, oci://HOST/REPOSITORY:TAG for the rules in a registry that --rules-key verifies and that
    are looked at again and again. Without it the default rules are in force. Files are read again when they
    change and on SIGHUP; a bad edit keeps the old rules. Alerts go to standard output, and where the settings
    say; everything else to standard error. Ctrl-C ends with a summary.
    """
    read = partial(setting_options.read, config, given)
    found = read()
    settings = found.settings
    logs.use(settings.log.format)
    rules = paths(settings.rules)
    following = rule_sources.pulled(settings.rules)
    checked = load.check(rules, selecting.wanted(settings.rules))
    selecting.require_rules(checked)
    if not checked.ok:
        raise RuleError(checked.diagnostics)
    selecting.require_named(checked, "--record-on", settings.recording.on)
    for warning in checked.diagnostics:
        colour = sys.stderr.isatty() and not logs.in_json()
        logs.say(diagnostics.render(warning, colour=colour), logging.WARNING)
    redact.use(settings.redaction.made())
    surface = _surface(settings.output)
    form = stdout_form.StdoutForm(json_lines.line if surface else FORMS[settings.output], settings)
    loading = click.get_current_context().find_object(Loading) or Loading()
    socket = pathlib.Path(settings.cri.socket) if settings.cri.socket else None
    metrics = settings.metrics.made()
    recording = settings.recording.made()
    machine = assembly.Machine(
        *(loading, socket, settings.index, progress.shown, metrics, surface, recording),
        page=_page(settings.page),
    )
    with (
        assembly.standalone(machine, rules, checked, form, settings.outputs) as agent,
        SettingsWatch("run", read, found, agent.notes.say, Inotify()) as watching,
    ):
        agent.configured = watching.counts
        watching.on("rules", lambda new: agent.want(paths(new.rules), selecting.wanted(new.rules)))
        watching.on("secrets", form.take)
        watching.on("log", lambda new: logs.use(new.log.format))
        watching.on("redaction", lambda new: redact.use(new.redaction.made()))
        with rule_sources.followed(following, settings.rules.interval, agent.notes.say):
            return agent.watch()


def _page(settings: PageSettings) -> page.Wanted | None:
    place, keeping = settings.place, settings.made()
    return page.Wanted(*place, keeping) if place and keeping else None


def _surface(output: str) -> Surface | None:
    """The terminal, where there is one to look at."""
    if logs.in_json() or not sys.stdout.isatty():
        return None
    from lanner_agent.cli import screen  # noqa: PLC0415  3 MB, for terminals only

    return screen.Screen() if screen.wanted(output) else None


def paths(rules: RulesSettings) -> tuple[pathlib.Path, ...]:
    """The rules that are named, or the default ones; of a source the folder that its rules are in."""
    return tuple(map(rule_sources.path, rules.files)) or (defaults.directory(),)
