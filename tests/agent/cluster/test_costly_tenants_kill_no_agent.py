# SPDX-License-Identifier: Apache-2.0
"""Ten namespaces attack with costly rules, through the real operator: the agent lives far below its limit, a
rule of the platform still fires, and the statuses say with figures what was too much.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.agent.cluster.installation import Installation, rule, until
from tests.bench import resident
from tests.cluster.daemon import Daemon
from tests.engine.cost.shapes import excepted
from tests.story.agent import Agent

ROOM_MIB = 300  # of the chart's 512 for the agent, its rings apart
OPERATOR = pathlib.Path(sys.executable).with_name("lanner-operator")


@contextmanager
def operator(lanner: Installation) -> Iterator[Daemon]:
    """Writes this installation's bundle."""
    command = [str(OPERATOR), "run", "--kubeconfig", str(lanner.plane.kubeconfig), "--health-port", "0"]
    running = Daemon(lanner.folder, "operator", [*command, "--namespace", lanner.name, "--name", lanner.name])
    running.start()
    try:
        yield running
    finally:
        running.stop()


def falco_rule(namespace: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "lanner.dev/v1alpha1", "kind": "FalcoRule", "metadata": meta, "spec": spec}


def attacks(lanner: Installation, namespaces: list[str]) -> None:
    """In each: exceptions that become tables, and later some that cannot."""
    for number, namespace in enumerate(namespaces):
        lanner.admin.kubectl("create", "namespace", namespace)
        for name, comparison, exceptions in (("early", "=", 15), ("late", "startswith", 3)):
            spec = excepted(comparison, exceptions, seed=str(number))
            spec["rules"][0]["name"] = name
            made = falco_rule(namespace, name, spec)
            lanner.admin.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(made))


def accepted(lanner: Installation, name: str) -> dict[str, dict[str, Any]]:
    """The condition of the objects of that name, by namespace, where there is one."""
    listed = json.loads(lanner.admin.kubectl("get", "falcorules", "-A", "-o", "json"))["items"]
    found = {}
    for one in listed:
        conditions = (one.get("status") or {}).get("conditions", [])
        said = next((kind for kind in conditions if kind["type"] == "Accepted"), None)
        if said is not None and one["metadata"]["name"] == name:
            found[one["metadata"]["namespace"]] = said
    return found


@pytest.fixture
def namespaces(lanner: Installation) -> Iterator[list[str]]:
    made = [f"{lanner.name}-t{number}" for number in range(10)]
    yield made
    lanner.admin.kubectl("delete", "clusterfalcorule", "platform", "--ignore-not-found")
    lanner.admin.kubectl("delete", "namespace", *made, "--ignore-not-found", "--wait=false")


@pytest.mark.timeout(300)
def test_ten_namespaces_kill_no_agent(lanner: Installation, namespaces: list[str]) -> None:
    platform = {
        "apiVersion": "lanner.dev/v1alpha1",
        "kind": "ClusterFalcoRule",
        "metadata": {"name": "platform"},
        "spec": {"hostScope": "Include", "rules": [rule("Platform")]},
    }
    with operator(lanner) as running, lanner.agent() as agent:
        attacks(lanner, namespaces)
        lanner.admin.apply(platform)
        until(lambda: _all_judged(lanner), 180.0)
        _alive_and_watching(lanner, agent, running)
        said = accepted(lanner, "late")
    tables = accepted(lanner, "early")
    refused = [one for one in said.values() if one["reason"] == "TooLarge"]
    assert {one["reason"] for one in tables.values()} == {"Valid"}
    assert 0 < len(refused) < 10
    for one in refused:
        assert "MiB of every agent's memory" in one["message"]
        assert "they may take" in one["message"]


def _all_judged(lanner: Installation) -> bool:
    said = accepted(lanner, "late")
    some = any(one["reason"] == "TooLarge" for one in said.values())
    return some and len(said) == len(accepted(lanner, "early")) == 10


def _alive_and_watching(lanner: Installation, agent: Agent, running: Daemon) -> None:
    """With the bundle that has all that was accepted."""
    until(lambda: _newest_is_in_force(lanner), 120.0)
    subprocess.run(["true"], check=True)
    agent.alerts.wait("seen ")
    own = resident.of(agent.process.pid).own
    written = pathlib.Path(f"/proc/{running.pid}/status").read_text().splitlines()
    operators = next(int(line.split()[1]) / 1024 for line in written if line.startswith("VmHWM"))
    print(f"agent {own:.0f} MiB, operator {operators:.0f} MiB at most")
    assert agent.process.poll() is None
    assert own <= ROOM_MIB


def _newest_is_in_force(lanner: Installation) -> bool:
    """What the operator says of the platform's rule, and what the node says of its bundle."""
    index = lanner.admin.get("configmap", f"{lanner.name}-rules", "-n", lanner.name)
    sha256 = json.loads(index["data"]["index.json"])["bundleSha256"]
    found = json.loads(
        lanner.admin.kubectl("get", "falconode", lanner.node, "--ignore-not-found", "-o", "json") or "{}"
    )
    return bool(((found.get("status") or {}).get("bundle") or {}).get("sha256") == sha256)
