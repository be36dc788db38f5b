# SPDX-License-Identifier: Apache-2.0
"""What the kernel counted by origin, in words: pods and containers by names, the host by its cgroups."""

from __future__ import annotations

from lanner_agent.kernel.origins import UNKNOWN, Origin
from lanner_agent.kernel.turned_away import TurnedAway
from lanner_agent.pipeline import crowds
from lanner_agent.pipeline.busy import Doer
from lanner_engine.fields.model import Container

FULL_ID = b"8b1cf63fa90b" + b"0" * 52
CONTAINERS = {
    FULL_ID: Container(FULL_ID[:12], FULL_ID, b"web", pod_name=b"web-0", pod_namespace=b"shop"),
    b"alone": Container(b"alone", b"alone", b"box"),
    b"asked": Container(b"asked", b"asked"),
    b"nameless": Container(b"nameless", b"nameless", pod_name=b"web-1", pod_namespace=b"shop"),
    b"hostile": Container(b"hostile", b"hostile", b"a\x1b[2J\n\xff" + b"x" * 500),
}


def named(origin: Origin) -> str:
    return crowds.words(origin, CONTAINERS.get)


def test_each_origin_has_a_name() -> None:
    assert named(Origin(FULL_ID)) == "pod shop/web-0, container web"
    assert named(Origin(b"alone")) == "container box"
    assert named(Origin(b"asked")) == "container asked"
    assert named(Origin(b"nameless")) == "pod shop/web-1, container nameless"
    assert named(Origin(b"0123456789abcdef")) == "container 0123456789ab"
    assert named(Origin(b"/0123456789abcdef")) == "container 0123456789ab", "a user's claim"
    assert named(Origin(None, b"/system.slice/ssh.service")) == "host /system.slice/ssh.service"
    assert named(UNKNOWN) == "containers not known yet"


def test_events_of_one_name_are_one_number() -> None:
    found = [
        TurnedAway(UNKNOWN, "openat", 3),
        TurnedAway(Origin(b"alone"), "openat", 2),
        TurnedAway(UNKNOWN, "openat", 4),
        TurnedAway(UNKNOWN, "connect", 1),
    ]
    assert crowds.numbers(found, CONTAINERS.get) == {
        "openat of containers not known yet": 7,
        "openat of container box": 2,
        "connect of containers not known yet": 1,
    }


def test_the_most_are_told_the_rest_is_counted() -> None:
    found = [TurnedAway(Origin(None, b"/%d" % number), "openat", number + 1) for number in range(12)]
    told = crowds.most(crowds.numbers(found, CONTAINERS.get))
    assert told.startswith("12 openat of host /11, 11 openat of host /10, ")
    assert told.endswith("3 openat of host /2 and 3 of others")


def test_a_hostile_name_is_cut_and_escaped() -> None:
    told = crowds.most(crowds.numbers([TurnedAway(Origin(b"hostile"), "openat", 1)], CONTAINERS.get))
    assert told.startswith("1 openat of container a\\u001b[2J\\n\ufffdxxx")
    assert told.isprintable()
    assert len(told) < 150


def test_processes_are_named_with_their_pods_and_parts() -> None:
    found = {
        Doer(FULL_ID, b"dd", b"/bin/busybox"): 70,
        Doer(None, b"make", b"/usr/bin/make"): 20,
        Doer(b""): 8,
        Doer(b"alone"): 1,
        Doer(b"hostile", b"\x1b[2J", b"/\n"): 1,
    }
    told = crowds.doers(found, CONTAINERS.get)
    assert crowds.parts(told) == (
        "dd (/bin/busybox) of pod shop/web-0, container web 70 %, make (/usr/bin/make) of the host 20 %, "
        "other processes of other containers 8 %"
    )
    assert told["other processes of container box"] == 1
    assert crowds.parts(crowds.doers({Doer(b"hostile", b"\x1b[2J", b"/\n"): 1}, CONTAINERS.get)).isprintable()
