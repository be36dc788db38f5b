# SPDX-License-Identifier: Apache-2.0
"""The option --secrets: whether secrets in an event stay out of standard output. Used by run and agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from lanner_agent.publish import redact
from lanner_agent.publish.output import Form
from lanner_agent.publish.snapshot import Snapshot

Command = TypeVar("Command", bound=Callable[..., Any])

_HIDES: Final[dict[str, redact.Hide]] = {"hide": redact.redacted, "show": redact.shown}


def option(command: Command) -> Command:
    """--secrets, as the parameter `secrets`."""
    return click.option(
        "--secrets",
        envvar="LANNER_SECRETS",
        type=click.Choice(list(_HIDES)),
        default="hide",
        show_default=True,
        help="Whether standard output has *** for obvious secrets, as Events always have.",
    )(command)


def applied(line: Callable[[Snapshot, redact.Hide], bytes], secrets: str) -> Form:
    """A form of alerts that hides or shows them."""
    hide = _HIDES[secrets]
    return lambda alert: line(alert, hide)
