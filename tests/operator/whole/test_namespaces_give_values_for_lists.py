# SPDX-License-Identifier: Apache-2.0
"""One rule of the cluster, and tenants who give values for its list: from the API server to what an agent
makes of the bundle.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from lanner_engine.codegen.compile import Program, compile_objects
from lanner_engine.fields.model import Container
from lanner_engine.objects.verdicts import check_objects
from lanner_engine.resources.rule_object import RuleObject
from tests.engine.plain_facts import PlainEvent, PlainProcess
from tests.operator.whole.scene import CLUSTER_RULES, GROUP, Scene, eventually, playing
from tests.operator.whole.server import RefusedError

SPEC: dict[str, Any] = {
    "tenantLists": [{"name": "programs"}],
    "lists": [{"name": "programs", "items": ["/usr/bin/init"]}],
    "rules": [
        {
            "name": "Unknown program",
            "condition": "evt.type = execve and not proc.exepath in (programs)",
            "desc": "d",
            "output": "o",
            "priority": "NOTICE",
        }
    ],
}


@pytest.fixture(scope="module")
def operated(stage: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One operator for all of these, which none of them breaks."""
    with playing(stage, tmp_path_factory.mktemp("operated")) as one:
        yield one


@pytest.fixture
def scene(operated: Scene) -> Iterator[Scene]:
    yield operated
    operated.clean()


def give(scene: Scene, namespace: str, *items: str, of: str = "programs") -> str:
    """The path of a FalcoRule in the namespace, which is made."""
    with contextlib.suppress(RefusedError):
        scene.server.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    path = f"{GROUP}/namespaces/{namespace}/falcorules"
    scene.applied(path, "FalcoRule", "values", {"tenantValues": [{"name": of, "items": list(items)}]})
    return f"{path}/values"


def program(scene: Scene) -> Program:
    """What an agent makes of the bundle in force."""
    return compile_objects(check_objects([RuleObject(**one) for one in scene.bundle().values()]))


def alerts(made: Program, namespace: str, path: str) -> bool:
    pod = namespace.encode()
    where = Container(id=b"0123456789ab", full_id=b"0" * 64, pod_namespace=pod, pod_name=b"p")
    event = PlainEvent(type="execve", process=PlainProcess(exepath=path.encode()), container=where)
    return bool(made.match(event))


def test_two_tenants_each_silence_only_themselves(scene: Scene) -> None:
    scene.applied(CLUSTER_RULES, "ClusterFalcoRule", "programs", SPEC)
    scene.reason(f"{CLUSTER_RULES}/programs", "Accepted", "Valid")
    one, two = give(scene, "values-one", "/one"), give(scene, "values-two", "/two")
    for path in (one, two):
        scene.reason(path, "Accepted", "Valid")
    eventually(lambda: len(scene.bundle()) == 3)
    made = program(scene)
    everywhere = itertools.product(("values-one", "values-two", "values-three"), ("/one", "/two"))
    silent = {(where, path) for where, path in everywhere if not alerts(made, where, path)}
    assert silent == {("values-one", "/one"), ("values-two", "/two")}
    given = {"name": "programs", "items": 1, "readBy": ["ClusterFalcoRule/programs: Unknown program"]}
    assert scene.server.get(one)["status"]["tenantValues"] == [given]
    before = scene.condition(f"{CLUSTER_RULES}/programs", "Accepted")
    give(scene, "values-one", "/three")
    eventually(lambda: not alerts(program(scene), "values-one", "/three"))
    assert alerts(program(scene), "values-one", "/one")
    assert scene.condition(f"{CLUSTER_RULES}/programs", "Accepted") == before


def test_a_list_that_is_not_open_is_refused_with_a_hint(scene: Scene) -> None:
    scene.applied(CLUSTER_RULES, "ClusterFalcoRule", "programs", SPEC)
    path = give(scene, "values-one", "/one", of="program")
    said = scene.reason(path, "Accepted", "OverrideTargetNotFound")
    assert "no ClusterFalcoRule opens a list program to namespaces" in said["message"]
    assert "hint: did you mean programs?" in said["message"]


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        (CLUSTER_RULES, {**SPEC, "tenantLists": [{"name": "programs", "maxItems": 1001}]}),
        (f"{GROUP}/namespaces/default/falcorules", {"tenantValues": [{"name": "l", "items": ["x" * 257]}]}),
        (f"{GROUP}/namespaces/default/falcorules", {"tenantValues": [{"name": "l", "items": ["x"] * 1001}]}),
        (f"{GROUP}/namespaces/default/falcorules", {"loadOrder": 1}),
    ],
)
def test_the_api_server_knows_the_bounds(scene: Scene, path: str, spec: dict[str, Any]) -> None:
    kind = "FalcoRule" if "falcorules" in path and "namespaces" in path else "ClusterFalcoRule"
    with pytest.raises(RefusedError) as refused:
        scene.applied(path, kind, "x", spec)
    assert refused.value.status == 422
