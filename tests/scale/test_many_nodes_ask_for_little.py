# SPDX-License-Identifier: Apache-2.0
"""Fifty simulated nodes and thirty objects on a real API server: what each node may ask for, at a start, at a
change and at rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.cluster.binaries import Binaries
from tests.scale import course, goals, measured
from tests.scale.course import Course, Size

pytestmark = pytest.mark.timeout(300)  # the first waits for all that is measured
SIZE = Size(nodes=50, objects=30, rules=100)
REST_S = 5.0
Figures = Mapping[str, Any]


async def figures(binaries: Binaries) -> dict[str, Figures]:
    """A start, a change, a rest, a node that goes."""
    async with course.running(SIZE, binaries, print) as there:
        found: dict[str, Figures] = {"start": await there.start(), "rest": await there.rest(REST_S)}
        found["change"] = await there.changes(0.0, least=1)
        found["swap"] = {"seconds": await one_goes(there)}
        assert not there.fleets.broken
        return found


async def one_goes(there: Course) -> float:
    """Seconds from a change, made when a node is gone, until it is in force on all that are left."""
    (gone, *_) = there.places
    await there.fleets.leave([gone])
    await there.scene.vacate([there.places.pop(gone)])
    there.scene.desire(len(there.places))
    seconds = await there.change(5)
    print(f"in force on all that are left after {seconds:.1f} s")
    return seconds


@pytest.fixture(scope="module")
def found(cluster_binaries: Binaries) -> dict[str, Figures]:
    return asyncio.run(figures(cluster_binaries))


def per_node(asked: Figures) -> float:
    return measured.requests(asked, who="agents") / SIZE.nodes


def test_a_start_takes_a_node_few_requests(found: dict[str, Figures]) -> None:
    assert per_node(found["start"]) <= goals.START_REQUESTS


def test_a_change_takes_a_node_two_requests(found: dict[str, Figures]) -> None:
    leases = measured.requests(found["change"], who="agents", resource="leases") / SIZE.nodes
    assert per_node(found["change"]) - leases <= goals.CHANGE_REQUESTS


def test_at_rest_nodes_renew_their_leases_and_ask_for_nothing_else(found: dict[str, Figures]) -> None:
    asked = found["rest"]
    assert measured.requests(asked, who="agents") == measured.requests(asked, resource="leases", who="agents")
    assert measured.requests(asked, who="operator") == 0


def test_a_node_that_is_gone_is_not_waited_for(found: dict[str, Figures]) -> None:
    assert found["swap"]["seconds"] < goals.GONE_S
