# SPDX-License-Identifier: Apache-2.0
"""What a user and the agent expect of a node: pods, a shell in them, Services, the kubelet's own rights."""

from __future__ import annotations

import contextlib
import http.client
import ssl
from collections.abc import Iterator

import pytest

from tests.cluster import images
from tests.cluster.cluster import Cluster
from tests.containers.terminal import Terminal

IMAGE = (f"--image={images.BOX}", "--image-pull-policy=Never")


@pytest.fixture(scope="module")
def app(cluster: Cluster) -> Iterator[str]:
    """A running pod's name; it serves its host name on port 8080."""
    serve = "hostname > /tmp/index.html; exec httpd -f -p 8080 -h /tmp"
    cluster.access.kubectl("run", "app1", *IMAGE, "--port=8080", "--", "sh", "-c", serve)
    cluster.access.kubectl("wait", "--for=condition=Ready", "pod/app1", "--timeout=60s")
    yield "app1"
    cluster.access.kubectl("delete", "pod", "app1", "--now")


def test_it_is_the_version_that_was_asked_for(cluster: Cluster) -> None:
    (node,) = cluster.access.get("nodes")["items"]
    facts = node["status"]["nodeInfo"]
    assert facts["kubeletVersion"] == f"v{cluster.access.binaries.version}"


def test_kubectl_exec_opens_a_shell_with_a_terminal(cluster: Cluster, app: str) -> None:
    kubectl = cluster.access.binaries["kubectl"]
    with Terminal(
        [kubectl, "--kubeconfig", str(cluster.access.kubeconfig), "exec", "-it", app, "--", "sh"]
    ) as shell:
        assert "/dev/pts/" in shell.run("tty")
        assert app in shell.run("hostname")


def test_a_service_leads_from_a_pod_to_another(cluster: Cluster, app: str) -> None:
    kubectl = cluster.access.kubectl
    kubectl("expose", "pod", app, "--port=80", "--target-port=8080")
    address = cluster.access.get("service", app)["spec"]["clusterIP"]
    fetch = f"until printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc {address} 80; do sleep 0.2; done"
    try:
        said = kubectl("run", "asker", *IMAGE, "--rm", "-i", "--restart=Never", "--", "sh", "-c", fetch)
    finally:
        kubectl("delete", "service", app)
    assert app in said


def test_the_kubelet_shows_pods_to_who_may_see_them_and_runs_nothing_for_them(
    cluster: Cluster, app: str
) -> None:
    kubectl = cluster.access.kubectl
    kubectl("create", "serviceaccount", "looker")
    kubectl("create", "clusterrole", "looker", "--verb=get", "--resource=nodes/pods")
    kubectl(
        "create", "clusterrolebinding", "looker", "--clusterrole=looker", "--serviceaccount=default:looker"
    )
    token = kubectl("create", "token", "looker").strip()
    try:
        assert _status(cluster, "GET", "/pods", token) == 200
        assert _status(cluster, "POST", f"/run/default/{app}/{app}?cmd=id", token) == 403
    finally:
        kubectl("delete", "clusterrolebinding,clusterrole,serviceaccount", "looker")


def _status(cluster: Cluster, method: str, path: str, token: str) -> int:
    """The kubelet's answer."""
    context = ssl.create_default_context(cafile=str(cluster.where.folder / "pki/ca.crt"))
    kubelet = http.client.HTTPSConnection(cluster.network.node, 10250, timeout=10, context=context)
    with contextlib.closing(kubelet):
        kubelet.request(method, path, headers={"Authorization": f"Bearer {token}"})
        return kubelet.getresponse().status


def test_an_archive_that_is_not_there_is_named(cluster: Cluster) -> None:
    with pytest.raises(RuntimeError, match=r"no-such\.tar"):
        images.load(cluster.cri_socket, cluster.where.folder / "no-such.tar")
