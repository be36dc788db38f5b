# SPDX-License-Identifier: Apache-2.0
"""`lanner run` or `lanner agent`, with the seconds of each step of its start: `STEPS {...}` on standard error
when it watches.

Run as a program, with the arguments of `lanner`; LANNER_BORN is the monotonic time at which it was started,
where that is not when its process was. Nothing of tests/ is imported: a pod runs it with what its image has.
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
EARLY = "lanner_agent.cli.early"  # begins to load the programs
GROUP = "lanner_agent.cli.group"  # imports the command
PROCESSOR = "processor, all threads"
USER = "processor, outside of the kernel"
RULES = "reading, checking and compiling rules"
# Step -> modules and names of the functions that are all it does; a class's stands behind the class's name.
Steps = dict[str, tuple[tuple[str, str], ...]]
STEPS: Steps = {
    RULES: (
        ("lanner_agent.policy.files.load", "check"),
        ("lanner_agent.policy.files.load", "compiled"),
        ("lanner_engine.index.tables", "build"),
    ),
    "waiting for the programs": (("lanner_agent.kernel.loading", "Loading.take"),),
    "attaching": (("lanner_agent.kernel.probes", "Probes.subscribe"),),
    "reading the processes that run already": (("lanner_agent.kernel.probes", "Probes.scan"),),
    "filling the index": (("lanner_agent.kernel.probes", "Probes.hold_back"),),
}
# An agent of a cluster has them from its node's disk, and waits for the cluster's where there are none.
AGENTS: Steps = {
    **STEPS,
    RULES: (("lanner_agent.policy.bundle.cache_keeper", "CacheKeeper.read"),),
    "waiting for the cluster's rules": (("lanner_agent.policy.bundle.in_force", "InForce.first"),),
}
# By a thread, beside imports and rules; these modules are there before the command's are imported.
BESIDE: Steps = {
    "looking at the kernel": (
        ("lanner_agent.kernel.requirements", "refusal"),
        ("lanner_agent.kernel.optional_programs", "available"),
    ),
    "loading: relocations and verifier": (("lanner_agent.kernel.loader", "load"),),
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


def listen(taken: dict[str, float], steps: Steps) -> None:
    """Let every step add its seconds."""
    for step, functions in steps.items():
        taken[step] = 0.0
        for module, path in functions:
            owner, name = found(module, path)

            def add(seconds: float, step: str = step) -> None:
                taken[step] += seconds

            setattr(owner, name, timed(getattr(owner, name), add))


def listen_when_imported(taken: dict[str, float]) -> None:
    """The command's own modules come by one call of `import_module` after GROUP, while the programs load."""
    original = importlib.import_module

    def add(seconds: float) -> None:
        taken[IMPORTS] += seconds

    def imported(name: str) -> Any:
        importlib.import_module = original  # of what these import in their turn nothing is told
        module = timed(original, add)(name)
        if name in (EARLY, GROUP):
            importlib.import_module = imported  # type: ignore[assignment]
            return module
        if name.endswith(".agent"):
            listen(taken, AGENTS)
            tell_when(taken, "lanner_agent.app.cluster", "Cluster.watching")
        else:
            listen(taken, STEPS)
            tell_when(taken, "lanner_agent.app.first_line", "line")
        return module

    importlib.import_module = imported  # type: ignore[assignment]


def tell_when(taken: dict[str, float], module: str, path: str) -> None:
    """Before the function that is called last is called."""
    owner, name = found(module, path)
    last = getattr(owner, name)

    def work(*arguments: Any, **named: Any) -> Any:
        taken[TOTAL] = time.monotonic() - born()
        taken[PROCESSOR], taken[USER] = time.process_time(), os.times().user
        print(WORD, json.dumps(taken), file=sys.stderr, flush=True)
        return last(*arguments, **named)

    setattr(owner, name, work)


def born() -> float:
    """Monotonic seconds. (A machine that sleeps meanwhile measures nothing.)"""
    if BORN in os.environ:
        return float(os.environ[BORN])
    ticks = int(open("/proc/self/stat").read().rpartition(")")[2].split()[19])  # noqa: SIM115
    return ticks / os.sysconf("SC_CLK_TCK")


def found(module: str, path: str) -> tuple[Any, str]:
    """What holds a function, and its name there."""
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for one in classes:
        owner = getattr(owner, one)
    return owner, name


def main() -> None:
    """Become `lanner`."""
    command = importlib.import_module("lanner_agent.cli.main")
    importlib.import_module(EARLY)
    taken = {IMPORTS: time.monotonic() - born()}
    listen(taken, BESIDE)
    listen_when_imported(taken)
    command.main()


if __name__ == "__main__":
    main()
