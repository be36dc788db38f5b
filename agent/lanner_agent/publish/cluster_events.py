# SPDX-License-Identifier: Apache-2.0
"""Events of the cluster as an output. The publisher itself is the cluster's: an agent without one imports
nothing of it.
"""

from __future__ import annotations

from lanner_agent.publish.output import Given, Output


def made(given: Given) -> Output | None:
    """The publisher (publish/events) that the agent's cluster made, for its node and its API server."""
    return given.events
