# SPDX-License-Identifier: Apache-2.0
"""`lanner run`, with the seconds of each step of its start: `STEPS {...}` on standard error when it watches.

Run as a program, with the arguments of `lanner`; LANNER_BORN is the monotonic time at which it was started.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

BORN = "LANNER_BORN"
WORD = "STEPS"
IMPORTS = "interpreter and imports"
TOTAL = "all"
# Step -> modules and names of the functions that are all it does; a class's stands behind the class's name.
STEPS = {
    "reading, checking and compiling rules": (
        ("lanner_agent.policy.load", "check"),
        ("lanner_agent.policy.load", "compiled"),
        ("lanner_engine.index.tables", "build"),
    ),
    "looking at the kernel": (
        ("lanner_agent.kernel.requirements", "refusal"),
        ("lanner_agent.kernel.optional", "available"),
    ),
    "loading: relocations and verifier": (("lanner_agent.kernel.loader", "load"),),
    "attaching": (("lanner_agent.kernel.probes", "Probes.want"),),
    "reading the processes that run already": (("lanner_agent.kernel.probes", "Probes.scan"),),
    "filling the index": (("lanner_agent.kernel.probes", "Probes.hold_back"),),
}


def timed(function: Callable[..., Any], add: Callable[[float], None]) -> Callable[..., Any]:
    """The same function, which says how long it took."""

    def work(*arguments: Any, **named: Any) -> Any:
        began = time.monotonic()
        try:
            return function(*arguments, **named)
        finally:
            add(time.monotonic() - began)

    return work


def listen(taken: dict[str, float]) -> None:
    """Let every step add its seconds."""
    for step, functions in STEPS.items():
        taken[step] = 0.0
        for module, path in functions:
            owner: Any = importlib.import_module(module)
            *classes, name = path.split(".")
            for one in classes:
                owner = getattr(owner, one)

            def add(seconds: float, step: str = step) -> None:
                taken[step] += seconds

            setattr(owner, name, timed(getattr(owner, name), add))


def tell_when_watching(taken: dict[str, float]) -> None:
    """The line that says so is made last."""
    watching: Any = importlib.import_module("lanner_agent.cli.watching")
    line = watching.line

    def say(program: Any) -> str:
        taken[TOTAL] = time.monotonic() - float(os.environ[BORN])
        print(WORD, json.dumps(taken), file=sys.stderr, flush=True)
        return str(line(program))

    watching.line = say


def main() -> None:
    """Become `lanner`."""
    command = importlib.import_module("lanner_agent.cli.main")
    importlib.import_module("lanner_agent.cli.run")
    taken = {IMPORTS: time.monotonic() - float(os.environ[BORN])}
    listen(taken)
    tell_when_watching(taken)
    command.main()


if __name__ == "__main__":
    main()
