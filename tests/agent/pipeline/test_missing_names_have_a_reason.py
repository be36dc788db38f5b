# SPDX-License-Identifier: Apache-2.0
"""Containers as events and the loop see them, with real enrichment that finds no runtime: ids stay, the
reason is said once.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator

import pytest

from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.environments import Environments
from lanner_agent.enrich.lookups import NodeLookups
from lanner_agent.enrich.resolved_names import ResolvedNames
from lanner_agent.pipeline.metadata import Metadata

FULL_ID = b"0123456789abcdef" * 4
CGROUP = b"/kubepods/besteffort/pod00000000-0000-0000-0000-000000000001/" + FULL_ID


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def containers(tmp_path: pathlib.Path) -> Iterator[Containers]:
    containers = Containers(str(tmp_path / "none.sock"))
    containers.start()
    yield containers
    containers.close()


@pytest.fixture
def lookups(containers: Containers) -> Iterator[NodeLookups]:
    names = ResolvedNames(print)
    yield NodeLookups(containers, names, Environments())
    names.close()


def test_the_host_is_no_container(lookups: NodeLookups) -> None:
    assert lookups.identify(b"/user.slice/user-0.slice/session-1.scope") is None


def test_without_a_runtime_the_ids_stay_and_the_reason_is_said_once(
    containers: Containers, lookups: NodeLookups, said: list[str]
) -> None:
    metadata = Metadata(containers, said.append)
    assert lookups.identify(CGROUP) == FULL_ID
    deadline = time.monotonic() + 5
    while not metadata.settled(FULL_ID):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    container = lookups.container(FULL_ID)
    assert (container.id, container.full_id, container.name) == (FULL_ID[:12], FULL_ID, None)
    reason = metadata.missing(FULL_ID)
    assert reason is not None
    assert "no container runtime socket found" in reason
    assert "none.sock" not in reason, "which is said and not counted"
    assert metadata.missing(FULL_ID) == reason
    (line,) = said
    assert line.startswith("container 0123456789ab: names stay <NA>: no container runtime socket found")
