# SPDX-License-Identifier: Apache-2.0
"""What a user wishes -> a recording that runs: its header, its writer with its files, its tap."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from lanner_agent.enrich.own_threads import OwnThreads
from lanner_agent.recording import counted, layout
from lanner_agent.recording.captures import Captures
from lanner_agent.recording.chunks import Chunker
from lanner_agent.recording.items import VERSION, Header, WatcherAnswer
from lanner_agent.recording.rotating import Rotating
from lanner_agent.recording.tap import Ring, Tap
from lanner_agent.recording.wishes import Wishes
from lanner_agent.recording.writer import Sink, Writer


@dataclass(frozen=True, slots=True)
class Node:
    """Whose records they are. `base`: the cgroup that is its root; `began`: when the watch began, ns since
    boot.
    """

    hostname: bytes
    base: bytes
    began: int


@dataclass(frozen=True, slots=True)
class Recording:
    """One that runs. `counts`: since the start, by the words of `counted`."""

    tap: Tap
    counts: Counter[str]
    waiting: Callable[[], int]
    rules: frozenset[str]  # of whose alerts captures are kept


def start(wishes: Wishes, ring: Ring, node: Node, say: Callable[[str], None]) -> Recording:
    """Raises RecordingError when a file cannot be made."""
    counts: Counter[str] = Counter(dict.fromkeys(counted.EVERY, 0))
    chunker = Chunker()
    made = _header(node)
    sinks: list[Sink] = []
    if wishes.limits is not None:
        sinks.append(Rotating(wishes.limits, made, chunker, counts, say))
    if wishes.wish is not None:
        sinks.append(Captures(wishes.wish, made, chunker, counts, say))
    thread = Writer(chunker, counts, say)
    thread.start(sinks)
    rules = wishes.wish.rules if wishes.wish else frozenset[str]()
    return Recording(Tap(ring, thread), counts, thread.waiting, rules)


def _header(node: Node) -> Header:
    machine, watcher = os.uname(), OwnThreads()
    return Header(
        version=VERSION,
        lanner=metadata.version("lanner"),
        kernel=machine.release,
        machine=machine.machine,
        hostname=node.hostname,
        base=node.base,
        began=node.began,
        layout=layout.own(),
        watcher=WatcherAnswer(
            namespace=watcher.namespace, threads=watcher.numbers(watcher.namespace), parent=os.getppid()
        ),
    )
