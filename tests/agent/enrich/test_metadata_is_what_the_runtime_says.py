# SPDX-License-Identifier: Apache-2.0
"""Every field of a container against what the runtime, the kernel and the container itself say of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanner_agent.enrich import cgroup
from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.cri import runtime_pb2 as cri
from lanner_engine.fields.model import Container, Mount
from tests.agent.enrich import asking
from tests.containers import runtime
from tests.containers.pods import Pod, PodContainer

ROOT_HIERARCHY = ("name=systemd", "")  # of /proc/PID/cgroup: v1 with systemd's names, or v2


@pytest.fixture(scope="module")
def containers(containerd: runtime.Containerd) -> Iterator[Containers]:
    with asking.inventory(str(containerd.socket)) as made:
        yield made


@pytest.fixture(scope="module")
def pod(containerd: runtime.Containerd) -> Pod:
    return containerd.pods.run("web-0", "shop", {"app": "web", "tier": "front\u00e9nd"})


@pytest.fixture(scope="module")
def app(containerd: runtime.Containerd, pod: Pod, tmp_path_factory: pytest.TempPathFactory) -> PodContainer:
    folder = tmp_path_factory.mktemp("mounts")
    (folder / "in").mkdir()
    mounts = [
        cri.Mount(container_path=b"/data", host_path=str(folder / "in").encode(), readonly=True),
        cri.Mount(container_path=b"/out", host_path=str(folder).encode(), readonly=False),
    ]
    return containerd.pods.start(pod, "app", mounts=mounts, labels={"own": "label"})


def identity(containerd: runtime.Containerd, full_id: str, namespace: str) -> cgroup.Identity:
    """Of the container's first process, as the kernel names its cgroup."""
    text = Path(f"/proc/{containerd.pid(full_id, namespace)}/cgroup").read_text()
    paths = [line.split(":", 2)[2] for line in text.splitlines() if line.split(":")[1] in ROOT_HIERARCHY]
    found = cgroup.identify(paths[0].encode())
    assert found is not None
    return found


def test_a_container_of_a_pod(
    containerd: runtime.Containerd, containers: Containers, pod: Pod, app: PodContainer
) -> None:
    named = identity(containerd, app.id, "k8s.io")
    assert named == cgroup.Identity(app.id.encode(), b"containerd", pod.uid.encode())
    found = asking.resolved(containers, named)

    stored = json.loads(containerd.ctr("container", "info", app.id, namespace="k8s.io"))
    assert found.full_id == app.id.encode()
    assert found.id == app.id[:12].encode()
    assert found.type == b"containerd"
    assert found.name == b"app"
    assert found.image == stored["Image"].encode() == runtime.IMAGE.encode()
    assert found.image_repository == b"registry.local/lanner/box"
    assert found.image_tag == b"1.2"
    assert found.image_digest == containerd.image_digest.encode()
    config = json.loads(containerd.ctr("content", "get", containerd.image_digest, namespace="k8s.io"))
    assert found.image_id == config["config"]["digest"].removeprefix("sha256:").encode()
    assert found.privileged is False
    assert (found.host_pid, found.host_network, found.host_ipc) == (False, False, False)
    assert found.labels[b"own"] == b"label"
    assert found.labels[b"io.kubernetes.container.name"] == b"app"
    assert found.labels[b"io.kubernetes.pod.name"] == b"web-0"
    assert found.labels[b"io.kubernetes.sandbox.id"] == pod.id.encode()
    assert found.pod_name == b"web-0"
    assert found.pod_namespace == b"shop"
    assert found.pod_uid == pod.uid.encode()
    assert found.pod_sandbox_id == pod.id.encode()
    assert found.pod_labels[b"tier"] == "front\u00e9nd".encode()
    assert found.pod_labels[b"app"] == b"web"


def test_the_address_is_the_one_of_the_container_s_interface(
    containerd: runtime.Containerd, containers: Containers, pod: Pod, app: PodContainer
) -> None:
    found = asking.resolved(containers, identity(containerd, app.id, "k8s.io"))
    assert found.ip
    assert found.ip == found.pod_ip == containerd.pods.status(pod).network.ip
    assert found.cni_json
    interfaces = json.loads(found.cni_json)
    assert [one["IP"] for one in interfaces["eth0"]["IPConfigs"]] == [found.ip.decode()]
    assert f"inet {found.ip.decode()}/24" in containerd.pods.execute(app, "ip", "addr").stdout.decode()


def test_mounts_in_order_with_mode_and_propagation(
    containerd: runtime.Containerd, containers: Containers, app: PodContainer
) -> None:
    found = asking.resolved(containers, identity(containerd, app.id, "k8s.io"))
    assert found.mounts is not None
    data, out = found.mounts
    assert data == Mount(data.source, b"/data", rdwr=False, propagation=b"private")
    assert out == Mount(out.source, b"/out", rdwr=True, propagation=b"private")
    assert data.source == out.source + b"/in"
    assert b"mounts0" in out.source


def test_the_sandbox_has_its_pod_s_name_and_no_image(
    containerd: runtime.Containerd, containers: Containers, pod: Pod
) -> None:
    found = asking.resolved(containers, identity(containerd, pod.id, "k8s.io"))
    assert (found.name, found.pod_name, found.pod_namespace) == (b"web-0", b"web-0", b"shop")
    assert found.pod_uid == pod.uid.encode()
    assert found.full_id == found.pod_sandbox_id == pod.id.encode()
    assert found.ip == containerd.pods.status(pod).network.ip
    assert found.ip in (found.cni_json or b"")
    assert (found.image, found.image_repository, found.image_tag, found.image_id) == (None,) * 4
    assert found.privileged is False


def test_privileged_with_the_host_s_namespaces(
    containerd: runtime.Containerd, containers: Containers
) -> None:
    pod = containerd.pods.run("agent", host_network=True, host_pid=True, host_ipc=True, privileged=True)
    agent = containerd.pods.start(pod, "agent", privileged=True)
    found = asking.resolved(containers, identity(containerd, agent.id, "k8s.io"))
    assert found.privileged is True
    sandbox = asking.resolved(containers, identity(containerd, pod.id, "k8s.io"))
    assert sandbox.privileged is False
    assert (found.host_pid, found.host_network, found.host_ipc) == (True, True, True)
    assert found.ip == b""
    assert found.pod_ip is None
    assert found.cni_json is None
    init = containerd.pid(agent.id, "k8s.io")
    for kind in ("pid", "net", "ipc"):
        assert Path(f"/proc/{init}/ns/{kind}").readlink() == Path(f"/proc/self/ns/{kind}").readlink()


def test_an_image_asked_for_by_its_id_still_has_its_name(
    containerd: runtime.Containerd, containers: Containers, pod: Pod
) -> None:
    config = json.loads(containerd.ctr("content", "get", containerd.image_digest, namespace="k8s.io"))
    pinned = containerd.pods.start(pod, "pinned", image=config["config"]["digest"])
    found = asking.resolved(containers, identity(containerd, pinned.id, "k8s.io"))
    assert found.image == runtime.IMAGE.encode()
    assert found.image_tag == b"1.2"
    assert found.image_digest == containerd.image_digest.encode()


def test_what_ran_before_is_known_without_asking(
    containerd: runtime.Containerd, pod: Pod, app: PodContainer
) -> None:
    with asking.inventory(str(containerd.socket)) as fresh:
        asking.eventually(lambda: fresh.counts()["known"] >= 2)
        asking.eventually(lambda: fresh.counts().get("resolved", 0) >= len(running(containerd)))
        for full_id in (app.id, pod.id):
            answer = fresh.get(full_id.encode())
            assert isinstance(answer, Container), answer


def running(containerd: runtime.Containerd) -> list[str]:
    return containerd.ctr("task", "ls", "-q", namespace="k8s.io").split()


def test_the_state_names_the_runtime(containerd: runtime.Containerd, containers: Containers) -> None:
    said = containers.state()
    version = containerd.ctr("version").split("Server:")[1].split("Version:")[1].split()[0]
    assert said.startswith(f"containerd {version} at {containerd.socket}")
