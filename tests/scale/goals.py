# SPDX-License-Identifier: Apache-2.0
"""What is wanted of a cluster of a thousand nodes; the bounds for one node hold at any size, and are asserted
by a test.
"""

from __future__ import annotations

from typing import Final

# Requests of one node, the opening of watches among them; without Leases where nothing starts.
START_REQUESTS: Final = 16.0
CHANGE_REQUESTS: Final = 2.0
LEASE_EVERY_S: Final = 20.0
GONE_S: Final = 30.0  # half the time after which an agent that says nothing is called silent

PROGRAMMED_P50_S: Final = 3.0
PROGRAMMED_P99_S: Final = 10.0
OPERATOR_MIB: Final = 250.0
EVENTS_PER_H: Final = 10_000
