# SPDX-License-Identifier: Apache-2.0
"""Options that say which rules are in force and what they report: --priority, --select, --match,
--append-output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lanner_agent.policy.files import load
from lanner_engine import diagnostics
from lanner_engine.output.additions import addition
from lanner_engine.program.rule import Priority
from lanner_engine.program.selection import Selection, Switch

Command = TypeVar("Command", bound=Callable[..., Any])

MATCHING = (
    "Of an event that several rules of one object or of the rules files match: report the first or all. "
    "Objects do not shadow each other."
)
_TAG = "tag:"
_PRIORITIES = [priority.label for priority in Priority]


def options(command: Command) -> Command:
    """--priority and --select."""
    select = click.option(
        "--select",
        "switches",
        nargs=2,
        multiple=True,
        type=(click.Choice(["enable", "disable"]), str),
        metavar="enable|disable NAME|tag:TAG",
        help="Turn rules on or off by name (* stands for anything) or by tag; in order, the last one wins.",
    )
    priority = click.option(
        "--priority",
        type=click.Choice(_PRIORITIES, case_sensitive=False),
        default=Priority.DEBUG.label,
        show_default=True,
        help="Leave out rules that are less severe.",
    )
    return priority(select(command))


def reporting(command: Command) -> Command:
    """--match and --append-output."""
    append = click.option(
        "--append-output",
        "appended",
        multiple=True,
        metavar="TEXT",
        help="Put this text with its %fields behind the output of every rule.",
    )
    match = click.option(
        "--match",
        type=click.Choice(["first", "all"]),
        default="first",
        show_default=True,
        help=MATCHING,
    )
    return match(append(command))


def wanted(
    switches: tuple[tuple[str, str], ...],
    priority: str,
    match: str = "first",
    appended: tuple[str, ...] = (),
) -> load.Wanted:
    """What the options ask for. Raises RuleError for text that is no output."""
    selection = Selection(Priority[priority.upper()], tuple(_switch(*one) for one in switches))
    additions = tuple(addition(text) for text in appended)
    return load.Wanted(selection, "all" if match == "all" else "first", additions)


def require_rules(checked: load.Checked) -> None:
    """A switch that names no rule is misspelt. Raises UsageError; says nothing about rules with errors."""
    if not checked.ok or not checked.idle:
        return
    switch = checked.idle[0]
    what = f"the tag {switch.tag}" if switch.name is None else f"the name {switch.name}"
    raise click.UsageError(f"--select: no rule has {diagnostics.visible(what)}")


def _switch(action: str, name: str) -> Switch:
    on = action == "enable"
    if name.startswith(_TAG):
        return Switch(on, tag=name.removeprefix(_TAG))
    return Switch(on, name)
