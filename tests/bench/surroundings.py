# SPDX-License-Identifier: Apache-2.0
"""What else ran on the machine when a measurement began: its load, and programs of others in its kernel.

A second agent adds its whole cost to the time with nothing attached, and hides every ratio.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

MAX_LOAD: Final = 0.5
PATIENCE_S: Final = 120.0  # a load of three, of what was built just now, is below a half by then
_LOOK_S: Final = 2.0
# Links on what every process does. Those of cgroups, networks and filters are on a few.
_WATCHING: Final = ("tracing", "raw_tracepoint", "kprobe_multi", "uprobe_multi", "perf_event")
_OF_SYSTEMD: Final = "lsm_mac"  # restrict_filesystems, on one hook that no loop reaches


def load() -> float:
    """Of the last minute."""
    return os.getloadavg()[0]


def attached() -> list[str]:
    """`program 12 on sys_exit`, of every program that watches processes, with who holds it."""
    said = subprocess.run(["bpftool", "-j", "link", "show"], check=True, capture_output=True, text=True)
    return list(described(json.loads(said.stdout)))


def described(links: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """In words, of what bpftool says."""
    for link in links:
        if link["type"] in _WATCHING and link.get("attach_type") != _OF_SYSTEMD:
            where = link.get("tp_name") or link.get("attach_type") or link["type"]
            holders = sorted({f"{one['comm']} ({one['pid']})" for one in link.get("pids", ())})
            yield f"program {link.get('prog_id', '?')} on {where}" + "".join(f", {one}" for one in holders)


def wait_for_quiet(say: Callable[[str], None], patience_s: float = PATIENCE_S) -> None:
    """Until the load is low, or PATIENCE_S are over."""
    end = time.monotonic() + patience_s
    while load() > MAX_LOAD and time.monotonic() < end:
        say(f"waiting for other work to end: the load is {load():.2f}, {MAX_LOAD} at most is wanted")
        time.sleep(_LOOK_S)


def sentence(seen: Mapping[str, Any]) -> str:
    """For the page: `seen` has `load`, and what was `attached` before and after."""
    others = sorted({*seen["attached"], *seen["attached_after"]})
    listed = f"**programs of others were attached: {'; '.join(others)}**"
    load_was = f"a load of {seen['load']:.2f}"
    if seen["load"] > MAX_LOAD:
        load_was = f"**{load_was}: other work ran**"
    return f"When it began: {load_was}; {listed if others else 'nothing else attached'}."
