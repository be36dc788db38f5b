# SPDX-License-Identifier: Apache-2.0
"""A real API server for tests that need no node: rights, tokens, an audit log, a stop button, no traces."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cluster import control_plane as planes
from tests.cluster import kubeconfig, place, traces
from tests.cluster.access import Access, CommandError
from tests.cluster.binaries import Binaries


def test_it_is_the_version_that_was_asked_for(control_plane: planes.ControlPlane) -> None:
    said = control_plane.access.kubectl("version")
    assert said.count(f"v{control_plane.binaries.version}") == 2  # kubectl and the server


def test_a_service_account_may_do_nothing_until_it_is_bound(
    control_plane: planes.ControlPlane, tmp_path: Path
) -> None:
    kubectl = control_plane.access.kubectl
    kubectl("create", "namespace", "rights")
    kubectl("wait", "--for=create", "serviceaccount/default", "-n", "rights")
    token = kubectl("create", "token", "default", "-n", "rights").strip()
    kubeconfig.by_token(tmp_path / "conf", control_plane.url, control_plane.folder / "pki", token)
    user = Access(tmp_path / "conf", control_plane.binaries)

    with pytest.raises(CommandError, match=r"system:serviceaccount:rights:default.*cannot list"):
        user.kubectl("get", "configmaps", "-n", "rights")
    binding = ("--clusterrole=view", "--serviceaccount=rights:default", "-n", "rights")
    kubectl("create", "rolebinding", "viewer", *binding)
    assert "kube-root-ca.crt" in user.kubectl("get", "configmaps", "-n", "rights")
    kubectl("delete", "namespace", "rights")  # returns when the controllers have emptied it


def test_a_node_may_not_change_another(control_plane: planes.ControlPlane) -> None:
    node = Access(control_plane.folder / "node.conf", control_plane.binaries)
    foreign = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "another"}}

    with pytest.raises(CommandError, match=r"is not allowed to modify node"):
        node.kubectl("create", "-f", "-", stdin=json.dumps(foreign))


def test_the_audit_log_tells_who_asked_for_what(control_plane: planes.ControlPlane) -> None:
    before = datetime.now(UTC)
    control_plane.access.kubectl("create", "configmap", "noted", "--from-literal=a=b")
    control_plane.access.kubectl("delete", "configmap", "noted")

    asked = control_plane.audit.requests(user="admin", since=before)
    about = [(request.verb, request.code) for request in asked if request.resource == "configmaps"]
    assert ("create", 201) in about
    assert ("delete", 200) in about
    assert {request.name for request in asked if request.writes} == {"noted"}


def test_it_keeps_what_it_knows_while_it_is_stopped(own_control_plane: planes.ControlPlane) -> None:
    kubectl = own_control_plane.access.kubectl
    kubectl("create", "configmap", "kept", "--from-literal=a=b")
    own_control_plane.stop_api()
    with pytest.raises(CommandError, match="refused"):
        kubectl("get", "configmap", "kept")
    own_control_plane.start_api()
    assert "kept" in kubectl("get", "configmap", "kept")


def test_two_run_side_by_side_and_leave_nothing(cluster_binaries: Binaries) -> None:
    with planes.running(cluster_binaries) as one, planes.running(cluster_binaries) as other:
        assert one.url != other.url
        one.access.kubectl("create", "configmap", "mine", "--from-literal=a=b")
        assert "mine" not in other.access.kubectl("get", "configmaps")
        folders = [one.folder, other.folder]
        assert all(traces.processes(folder) for folder in folders)

    assert not [folder for folder in folders if folder.exists() or traces.processes(folder)]


def test_what_does_not_start_says_why_and_where_its_log_is(own_control_plane: planes.ControlPlane) -> None:
    plane = own_control_plane
    plane.stop_api()
    plane.api.command += ["--authorization-mode", "Nonsense"]
    with pytest.raises(RuntimeError, match="Nonsense") as failure:
        plane.start_api()
    assert f"apiserver ended with status 1; its log {plane.folder}/log/apiserver.log ends:" in str(
        failure.value
    )


def test_numbers_fit_into_addresses() -> None:
    assert place.Network(249).node == "10.214.249.2"
