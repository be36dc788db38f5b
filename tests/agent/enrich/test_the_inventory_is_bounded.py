# SPDX-License-Identifier: Apache-2.0
"""Whoever starts containers in a loop fills nothing, delays nobody else, and is counted."""

from __future__ import annotations

import time

from lanner_agent.enrich import answers
from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.containers import MAX_PENDING, Containers, Unknown
from lanner_agent.enrich.cri import facts
from lanner_agent.enrich.cri import runtime_pb2 as pb
from lanner_agent.enrich.cri.failure import CRIError, Reason
from tests.agent.enrich import asking
from tests.containers import runtime


def named(number: int) -> Identity:
    return Identity(b"%064x" % number, b"containerd")


def test_what_is_read_outlives_a_flood_of_others() -> None:
    known = answers.Answers(capacity=100)
    known.put(named(0), answers.Pending(answers.bare(named(0))))
    for number in range(1, 1000):
        known.put(named(number), answers.Pending(answers.bare(named(number))))
        entry = known.find(named(0).full_id)
        assert entry is not None, number
        entry.used = True
    assert len(known) == 100
    assert known.counts["evicted"] == 900
    assert known.find(named(1).full_id) is None
    assert known.find(named(999).full_id) is not None


def test_of_a_pod_nothing_is_kept_but_what_is_asked_for() -> None:
    annotations = b"\x42\x64" + b"x" * 100  # field 8 of the CRI, which is not in runtime.proto here
    known = pb.PodSandboxStatus(
        id=b"a",
        metadata=pb.PodSandboxMetadata(name=b"web", uid=b"u", namespace=b"shop"),
        network=pb.PodSandboxNetworkStatus(ip=b"10.0.0.1"),
        labels=[pb.Pair(key=b"app", value=b"web")],
    )
    said = pb.PodSandboxStatus.FromString(known.SerializeToString() + annotations)
    assert said.ByteSize() > 100
    kept = facts.sandbox_of(pb.PodSandboxStatusResponse(status=said)).status
    assert (kept, kept.ByteSize()) == (known, known.ByteSize())


def test_too_many_questions_at_once_are_refused_and_counted() -> None:
    def never() -> str:
        time.sleep(1)
        raise CRIError(Reason.UNAVAILABLE)

    containers = Containers(find=never)
    containers.start()
    for number in range(MAX_PENDING + 10):
        answer = containers.get(named(number).full_id, named(number))
    assert isinstance(answer, Unknown)
    assert answer.cause is Reason.BUSY
    assert containers.counts()["unresolved_busy"] == 10
    containers.close()


def test_asking_never_waits(containerd: runtime.Containerd) -> None:
    with asking.inventory(str(containerd.socket)) as containers:
        took = []
        for number in range(MAX_PENDING):
            began = time.perf_counter()
            containers.get(named(number).full_id, named(number))
            took.append(time.perf_counter() - began)
        took.sort()  # the slowest waited for the scheduler; a call to the runtime would be all of them
        assert took[-1 - len(took) // 50] < 0.02


def test_a_real_container_is_found_in_the_middle_of_a_flood(containerd: runtime.Containerd) -> None:
    pod = containerd.pods.run("calm")
    app = containerd.pods.start(pod, "app")
    with asking.inventory(str(containerd.socket)) as containers:
        for number in range(200):
            containers.get(named(number).full_id, named(number))
        assert asking.resolved(containers, asking.of_pod(app.id), timeout=2).name == b"app"
    containerd.pods.remove(pod.id)
