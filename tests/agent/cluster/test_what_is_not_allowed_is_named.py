# SPDX-License-Identifier: Apache-2.0
"""A right that is missing, a kind that is not installed: one line that names it, and detection goes on."""

from __future__ import annotations

import pathlib
import subprocess

from tests.agent.cluster import installation
from tests.agent.cluster.installation import Installation, cluster_rule, rule
from tests.cluster.control_plane import ControlPlane
from tests.story.agent import Agent


def test_without_rights_every_missing_one_is_named_once(lanner: Installation) -> None:
    lanner.publish(cluster_rule("one", rule("First")))
    for kind in ("clusterrolebinding", "rolebinding"):
        lanner.admin.kubectl("delete", kind, f"{lanner.name}-agent", "-n", lanner.name)
    with lanner.agent() as agent:
        agent.wait_until_watching()
        agent.notes.wait("the agent's role must allow: get, list and watch on configmaps in namespace")
        agent.notes.wait(
            "the agent's role must allow: create, get, list and watch on falconodes.lanner.dev, patch on"
        )
        agent.notes.wait("the agent's role must allow: get, create and update on leases in namespace")
        agent.notes.wait("rules: the built-in rules")
        _detects(agent)
    for line in {line.text for line in agent.notes.all() if "must allow" in line.text}:
        assert agent.notes.text().count(line) == 1


def test_a_node_without_owner_is_said_and_acknowledges_nevertheless(lanner: Installation) -> None:
    role = lanner.admin.get("clusterrole", f"{lanner.name}-agent")
    role["rules"] = [one for one in role["rules"] if "clusterroles" not in one["resources"]]
    lanner.admin.apply(role)
    index = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        agent.notes.wait("has no owner and stays after an uninstall: cannot read the ClusterRole")
    assert "ownerReferences" not in lanner.falco_node()["metadata"]


def test_a_missing_definition_is_named_and_taken_up_when_it_comes(
    own_control_plane: ControlPlane, tmp_path: pathlib.Path
) -> None:
    with installation.installed(own_control_plane, tmp_path, crds=False) as lanner:
        lanner.publish(cluster_rule("one", rule("First")))
        with lanner.agent() as agent:
            agent.wait_until_watching()
            agent.notes.wait(r"the cluster does not know the resource .*install Lanner's CRDs")
            subprocess.run(["true"], check=True)
            agent.alerts.wait('"rule":"First"')


def test_a_token_that_is_refused_is_no_end(lanner: Installation) -> None:
    lanner.publish(cluster_rule("one", rule("First")))
    lanner.kubeconfig.write_text(lanner.kubeconfig.read_text().replace('"token": "e', '"token": "x'))
    with lanner.agent() as agent:
        agent.wait_until_watching()
        agent.notes.wait("cannot read the rules' index .*Unauthorized")
        _detects(agent)


def _detects(agent: Agent) -> None:
    subprocess.run(["cat", "/etc/shadow"], check=True, stdout=subprocess.DEVNULL)
    agent.alerts.wait('"rule":"Sensitive file read"')
