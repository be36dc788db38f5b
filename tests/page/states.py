# SPDX-License-Identifier: Apache-2.0
"""Nodes and a change of rules for tests: one node lost events, one has an old kernel."""

from __future__ import annotations

import time
from typing import Final

from lanner_page.source import Node, Propagation
from lanner_page.words import NS

NODES: Final = (
    Node("node-1", "0.1.0", True, {}, 0.004, (), 214),
    Node("node-2", "0.1.0", True, {"the ring of records was full": 1204}, 0.031, (), 96),
    Node(
        "node-3", "0.1.0", True, {}, 0.006,
        ("Linux 5.17 has no hook for io_uring's opens: they are seen when they are closed.",), 90,
    ),
)  # fmt: skip
CHANGE: Final = Propagation(
    bundle="lanner-rules-5f1c9e",
    changed_at_ns=time.time_ns() - 190 * NS,
    nodes=3,
    done=3,
    p50_s=0.84,
    p99_s=1.91,
    slowest=(("node-3", 1.91), ("node-2", 0.84), ("node-1", 0.71)),
)
