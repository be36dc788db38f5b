# SPDX-License-Identifier: Apache-2.0
"""What is weaker on nodes with long names, as clouds give them, is said to its end."""

from __future__ import annotations

from datetime import UTC, datetime

from lanner_agent.cli.kubectl import status
from lanner_agent.cli.kubectl.node_state import NodeState

WORDS = "Forbidden: the agent may not write Events, its role needs: " + "x" * 100 + " create, patch"


def test_long_names_of_nodes_hide_no_words() -> None:
    names = [f"ip-10-0-{number}-17.{'a' * 60}.compute.internal" for number in range(5)]
    weaker = {"EventsPublished": WORDS}
    nodes = [NodeState(name, "True", "", "", "", "", 0, 0, {}, weaker, 0) for name in names]
    (line,) = status._troubles(nodes, datetime.now(UTC))
    assert line == f"{', '.join(names[:3])} and 2 more: EventsPublished: {WORDS}"
