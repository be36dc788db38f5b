# SPDX-License-Identifier: Apache-2.0
"""The command `kubectl-lanner`, which kubectl finds by its name as `kubectl lanner`."""

from __future__ import annotations

import sys

from lanner_agent.cli import group
from lanner_agent.cli.kubectl.group import PROGRAM, kubectl_lanner


def main() -> None:
    """The console script. Leaves by SystemExit, never by a traceback."""
    sys.exit(group.run(None, kubectl_lanner, PROGRAM))
