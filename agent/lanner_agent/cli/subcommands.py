# SPDX-License-Identifier: Apache-2.0
"""The subcommands of `lanner`: what each needs, and where it is. Known before anything else is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Subcommand:
    """`module` holds the click command as `command`; `line` is in --help. `extra` must be installed for it.

    `loads`: the kernel's programs begin to load before anything of the command is imported.
    """

    module: str
    line: str
    extra: str = ""
    loads: bool = False


SUBCOMMANDS: Final = {
    "run": Subcommand("lanner_agent.cli.run", "Watch this machine and print alerts.", "agent", loads=True),
    "agent": Subcommand(
        "lanner_agent.cli.agent", "Watch a node of a cluster, with the cluster's rules.", "agent", loads=True
    ),
    "config": Subcommand("lanner_agent.cli.config", "Show the settings in force, and where each comes from."),
    "check": Subcommand("lanner_agent.cli.check", "Check rules files or FalcoRule manifests."),
    "test": Subcommand("lanner_agent.cli.test", "Test rules on events written as text."),
    "replay": Subcommand("lanner_agent.cli.replay", "Print the alerts of a recording, with any rules."),
    "explain": Subcommand("lanner_agent.cli.explain", "Say why an alert fired."),
    "tune": Subcommand("lanner_agent.cli.tune", "Propose exceptions for alerts that repeat."),
    "convert": Subcommand("lanner_agent.cli.convert", "Turn rules files into FalcoRule manifests, and back."),
    "fields": Subcommand("lanner_agent.cli.fields", "List the fields that rules can name."),
    "pull": Subcommand("lanner_agent.cli.pull", "Take signed rules from a registry or a URL.", "sources"),
    "push": Subcommand("lanner_agent.cli.push", "Put rules into a registry, signed.", "sources"),
    "doctor": Subcommand("lanner_agent.cli.doctor", "Say what this machine or user lacks."),
}
