# SPDX-License-Identifier: Apache-2.0
"""The command `lanner`: begins what takes longest, then does what was asked for (group).

Garbage is looked for once a command is imported, or once it watches: what modules and rules are made of
stays, and a tenth of the time would go into looking through it.
"""

from __future__ import annotations

import gc
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

from lanner_agent.cli.subcommands import SUBCOMMANDS
from lanner_engine import extras

EARLY: Final = "lanner_agent.cli.early"
GROUP: Final = "lanner_agent.cli.group"
_HELP: Final = {"-h", "--help"}


def main() -> None:
    """The console script. Leaves by SystemExit, never by a traceback."""
    gc.disable()
    _ignore_hangup(sys.argv[1:])
    try:
        loading = _begun(sys.argv[1:])
        sys.exit(importlib.import_module(GROUP).run(loading))
    finally:
        gc.enable()


def _ignore_hangup(arguments: Sequence[str]) -> None:
    """SIGHUP asks an agent to read its files again; one that is about to read them for the first time has
    nothing to do, and must not end by it. Its watch takes the signal later.
    """
    command = SUBCOMMANDS.get(arguments[0]) if arguments else None
    if command is not None and command.loads:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _begun(arguments: Sequence[str]) -> Any:
    """The kernel's programs, which load from here on; None where the command does not need them."""
    command = SUBCOMMANDS.get(arguments[0]) if arguments else None
    if command is None or not command.loads or _HELP & set(arguments) or extras.lacking(command.extra):
        return None
    return importlib.import_module(EARLY).begin()
