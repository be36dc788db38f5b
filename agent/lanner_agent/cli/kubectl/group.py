# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner` as click has it: its subcommands, of which some are those of `lanner`."""

from __future__ import annotations

from typing import Final

from lanner_agent.cli.group import program
from lanner_agent.cli.subcommands import SUBCOMMANDS, Subcommand

PROGRAM: Final = "kubectl lanner"
EXTRA: Final = "kubectl"
_OF_LANNER: Final = ("check", "test", "convert", "explain", "tune", "fields")
_ROOM: Final = "lanner_agent.cli.kubectl"
KUBECTL: Final = {
    "status": Subcommand(f"{_ROOM}.status", "Show which nodes are watched, and what is weaker where.", EXTRA),
    "rules": Subcommand(f"{_ROOM}.rules", "Show the rules in force, and which of them fire.", EXTRA),
    "alerts": Subcommand(f"{_ROOM}.alerts", "Show alerts, also as they come.", EXTRA),
    "page": Subcommand(f"{_ROOM}.page", "Open the page of the cluster in a browser.", EXTRA),
    "why": Subcommand(f"{_ROOM}.why", "Say why an Event's alert fired.", EXTRA),
    "try": Subcommand(f"{_ROOM}.trial.command", "Try rules without alerts, and see what they match.", EXTRA),
    **{name: SUBCOMMANDS[name] for name in _OF_LANNER},
}


@program(PROGRAM, KUBECTL)
def kubectl_lanner() -> None:
    """What Lanner sees in a cluster, with the rights that you have there."""
