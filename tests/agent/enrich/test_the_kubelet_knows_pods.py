# SPDX-License-Identifier: Apache-2.0
"""A PodList -> pods and containers, whatever somebody wrote into a pod; and what they add to a container."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.enrich import pods
from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.cluster_facts import ClusterFacts
from lanner_engine.fields.model import Container

ID = b"a" * 64
POD: dict[str, Any] = {
    "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "labels": {"app": "web", "empty": ""}},
    "status": {
        "podIP": "10.0.0.7",
        "containerStatuses": [{"name": "main", "containerID": f"containerd://{ID.decode()}"}],
        "initContainerStatuses": [{"name": "init", "containerID": ""}],
    },
}
RUNTIME = Container(
    id=ID[:12],
    full_id=ID,
    name=b"main",
    pod_name=b"web",
    pod_namespace=b"shop",
    pod_uid=b"u1",
    pod_labels={b"app": b"old"},
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def known(*items: Any) -> ClusterFacts:
    facts = ClusterFacts()
    facts.pods = pods.parse({"items": list(items)})
    return facts


def test_labels_and_address_of_now_win_over_those_of_the_start() -> None:
    completed = known(POD).complete(RUNTIME)
    assert completed.pod_labels == {b"app": b"web", b"empty": b""}
    assert completed.pod_ip == b"10.0.0.7"
    assert completed.name == b"main"


def test_what_is_known_already_stays_the_same_object() -> None:
    facts = known(POD)
    completed = facts.complete(RUNTIME)
    assert facts.complete(completed) is completed


def test_without_the_cluster_nothing_changes_and_nobody_is_asked() -> None:
    facts = ClusterFacts()
    facts.missed = pytest.fail
    assert facts.complete(RUNTIME) is RUNTIME


def test_a_pod_that_is_not_known_is_missed_once_it_is_asked_for() -> None:
    asked: list[None] = []
    facts = known()
    facts.missed = lambda: asked.append(None)
    assert facts.complete(RUNTIME) is RUNTIME
    assert len(asked) == 1


def test_a_container_the_runtime_does_not_know_has_its_pod_by_its_id() -> None:
    found = known(POD).describe(Identity(ID, b"containerd"))
    assert (found.name, found.pod_name, found.pod_namespace) == (b"main", b"web", b"shop")
    assert found.id == ID[:12]


def test_a_sandbox_has_its_pod_by_the_uid_in_its_cgroup() -> None:
    found = known(POD).describe(Identity(b"b" * 64, b"containerd", b"u1"))
    assert (found.name, found.pod_name) == (None, b"web")


def test_a_container_that_a_user_named_has_nothing() -> None:
    found = known(POD).describe(Identity(ID, b"podman", b"u1", rootless=True))
    assert found.pod_name is None


def test_namespace_labels_are_known_while_they_are_watched() -> None:
    facts = ClusterFacts()
    facts.namespaces = {b"shop": {b"team": b"a"}}
    completed = facts.complete(RUNTIME)
    assert completed.namespace_labels == {b"team": b"a"}
    facts.namespaces = {}
    assert facts.complete(completed).namespace_labels is None


def test_labels_are_bounded() -> None:
    written = {f"k{n}": "v" for n in range(1000)} | {"long": "x" * 5000, "number": 7}
    assert len(pods.labels(written)) == pods.MAX_LABELS


@given(JSON, JSON)
def test_whatever_the_kubelet_says_is_read_without_an_error(one: Any, other: Any) -> None:
    assert pods.parse(one) is not None
    for key in ("metadata", "status"):
        spoiled = {**POD, key: other}
        found = pods.parse({"items": [spoiled, POD]})
        assert b"u1" in found.by_uid
