# SPDX-License-Identifier: Apache-2.0
"""Which rules are in force and what they report: settings -> what the engine takes."""

from __future__ import annotations

from collections.abc import Iterable

import click

from lanner_agent.policy.files import load
from lanner_agent.settings.model import RulesSettings
from lanner_engine import diagnostics
from lanner_engine.output.additions import addition
from lanner_engine.program.selection import Selection


def wanted(rules: RulesSettings) -> load.Wanted:
    """Raises RuleError for a text to append that is no output."""
    selection = Selection(rules.priority, tuple(switch.made() for switch in rules.select))
    return load.Wanted(selection, rules.matching, tuple(addition(text) for text in rules.append_output))


def require_rules(checked: load.Checked) -> None:
    """A switch that names no rule is misspelt. Raises UsageError; says nothing about rules with errors."""
    if checked.ok and checked.idle:
        raise click.UsageError(unknown(checked))


def require_named(checked: load.Checked, option: str, names: Iterable[str]) -> None:
    """Raises UsageError for a name that no rule in force has."""
    known = [rule.name for rule in checked.every]
    for name in names:
        if name not in known:
            hint = diagnostics.suggest(name, known)
            raise click.UsageError(
                f"{option}: no rule has the name {diagnostics.visible(name)}. {hint}".rstrip()
            )


def unknown(checked: load.Checked) -> str:
    """What the first switch that names no rule is about."""
    switch = checked.idle[0]
    what = f"the tag {switch.tag}" if switch.name is None else f"the name {switch.name}"
    return f"--select: no rule has {diagnostics.visible(what)}"
