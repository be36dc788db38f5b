# SPDX-License-Identifier: Apache-2.0
"""The alerts in memory as an output. What keeps them is the page's: an agent without one imports nothing of
it.
"""

from __future__ import annotations

from lanner_agent.publish.output import Given, Output


def made(given: Given) -> Output | None:
    """What the agent's page made (publish/remembered), of which it shows alerts."""
    return given.remembered
