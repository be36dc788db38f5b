# SPDX-License-Identifier: Apache-2.0
"""A container whose cgroup is made is looked up before its first event; what nobody knows then is asked about
anew when it does something.
"""

from __future__ import annotations

import time

from lanner_agent.enrich.containers import Pending, Unknown
from lanner_engine.fields.model import Container
from tests.agent.enrich import asking
from tests.containers import runtime


def test_announced_is_known_when_it_is_asked_for(containerd: runtime.Containerd) -> None:
    pod = containerd.pods.run("early")
    with asking.inventory(str(containerd.socket)) as containers:
        asking.eventually(lambda: containers.counts().get("resolved", 0) > 0)  # the pod, which runs
        resolved = containers.counts()["resolved"]
        later = containerd.pods.start(pod, "later")
        for _ in range(12):  # on cgroup v1 once for each controller
            containers.announce(asking.of_pod(later.id))
        asking.eventually(lambda: containers.counts().get("resolved", 0) > resolved)
        containerd.pods.remove_container(later)
        found = containers.get(later.id.encode(), asking.of_pod(later.id))
    assert isinstance(found, Container)
    assert (found.name, found.pod_name) == (b"later", b"early")
    containerd.pods.remove(pod.id)


def test_unknown_when_announced_is_asked_for_again(containerd: runtime.Containerd) -> None:
    with asking.inventory(str(containerd.socket)) as containers:
        known = containers.counts()["known"]
        identity = asking.lone(runtime.new_id())
        containers.announce(identity)
        asking.eventually(lambda: containers.counts()["known"] == known + 1)
        asking.eventually(lambda: containers.counts()["known"] == known)
        assert isinstance(containers.get(identity.full_id, identity), Pending)
        assert isinstance(asking.settled(containers, identity)[0], Unknown)


def test_announced_and_asked_for_meanwhile_is_answered_in_time(containerd: runtime.Containerd) -> None:
    with asking.inventory(str(containerd.socket)) as containers:
        identity = asking.lone(runtime.new_id())
        containers.announce(identity)
        time.sleep(0.1)
        answer, seconds = asking.settled(containers, identity)
    assert isinstance(answer, Unknown)
    assert seconds < 1 + asking.LATE_S
