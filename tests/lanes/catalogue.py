# SPDX-License-Identifier: Apache-2.0
"""Which test runs in which lane, and what a lane needs before it can start.

A lane is one pytest process. Lanes run beside each other, the tests of one lane one after the other. A file
is in the lane that names the longest part of its path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KUBERNETES, IMAGES, GUESTS = "kubernetes", "images", "guest parts"
COLLECTOR, REGISTRY = "collector", "registry"


@dataclass(frozen=True, slots=True)
class Lane:
    """`paths` are files and folders below tests/; `needs` names builds; of the lanes that watch the whole
    machine one runs at a time; `plain` tests need no root, no cluster and no guest; `processors`: how many it
    keeps busy."""

    name: str
    paths: tuple[str, ...]
    needs: tuple[str, ...] = ()
    watches: bool = False
    plain: bool = False
    processors: int = 1


LANES = (
    # kernels that boot
    Lane("guests", ("kernels",), (GUESTS,), processors=2),
    # probes and agents on the running kernel
    Lane("machine", (
        "kernel", "story", "noise", "agent/kernel_requirements", "agent/wheel", "deb",
        "agent/enrich/test_cgroups_announce_containers.py",
    ), watches=True),
    # a whole cluster, with agents and images in it
    Lane("cluster", (
        "cluster", "agent/cluster", "image",
    ), (KUBERNETES, IMAGES), watches=True),
    # API servers, container runtimes, registries, Helm, and a browser
    Lane("services", (
        "chart", "operator/whole", "agent/cli/kubectl", "sources", "scale/test_many_nodes_ask_for_little.py",
        "agent/enrich/test_containers_leave_no_trace.py",
        "agent/enrich/test_events_announce_containers.py",
        "agent/enrich/test_metadata_is_what_the_runtime_says.py",
        "agent/enrich/test_names_of_users.py",
        "agent/enrich/test_the_inventory_is_bounded.py",
        "agent/enrich/test_the_runtime_restarts.py",
        "agent/enrich/test_unanswered_containers_say_why.py",
        "agent/publish/test_a_real_collector_takes_alerts.py",
        "agent/publish/events/test_a_real_server_allows_more_or_less.py",
        "agent/publish/events/test_a_real_server_refuses_and_goes_away.py",
        "agent/publish/events/test_a_real_server_takes_events.py",
        "cluster/test_a_control_plane_comes_and_goes.py",
        "metrics/test_promtool_has_nothing_to_say.py",
        "cluster/test_builds_are_whole_or_absent.py",
        "cluster/test_resource_definitions_hold.py",
        "operator/test_the_chart_grants_what_is_asked_for.py",
        "page/browser",
    ), (KUBERNETES, COLLECTOR, REGISTRY)),
    # the rule language
    Lane("engine", ("engine", "fuzz"), plain=True),
    # all else that needs neither root nor a cluster nor a guest
    Lane("plain", ("", "deb/test_the_unit_is_tight.py"), plain=True),
)  # fmt: skip


def lane_of(path: str) -> Lane:
    """The lane of a file, by its path below tests/. LookupError when several name it alike."""
    named = [(len(own), lane) for lane in LANES for own in lane.paths if _is_in(path, own)]
    longest = max(length for length, _ in named)
    found = [lane for length, lane in named if length == longest]
    if len(found) != 1:
        raise LookupError(f"{path} is in several lanes: {', '.join(lane.name for lane in found)}")
    return found[0]


def lanes(names: Sequence[str]) -> tuple[Lane, ...]:
    """Those of these names, in the catalogue's order. LookupError with all names when one is unknown."""
    known = [lane.name for lane in LANES]
    for name in names:
        if name not in known:
            raise LookupError(f"there is no lane {name}; there are {', '.join(known)}")
    return tuple(lane for lane in LANES if lane.name in names)


def _is_in(path: str, place: str) -> bool:
    return not place or path == place or path.startswith(f"{place}/")
