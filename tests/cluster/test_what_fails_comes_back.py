# SPDX-License-Identifier: Apache-2.0
"""One deployed chart through what fails and what changes in a cluster: each time, how long until all is well.

Each test goes on where the one before it ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import event_watch, loud
from tests.cluster.access import Access, CommandError
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import NODE
from tests.cluster.event_watch import EventWatch
from tests.cluster.figures import Figures
from tests.image import deploy
from tests.image.build import ROOT, Images

pytestmark = pytest.mark.timeout(240)

UPGRADE = ROOT / "docs" / "on-a-cluster.md"
TAINT = "lanner.dev/agent-not-ready"
BACK_S = 60.0
CRITICAL_S = 10.0
FLOOD_S = 10.0
LOOP = "while :; do : < /etc/shadow; done"  # the shell itself opens the file: no program is started


@pytest.fixture(scope="module")
def helm(loaded_images: Images, cluster: Cluster) -> list[str]:
    """`helm upgrade --install` with all that is the same each time."""
    command = deploy.command(loaded_images.values, cluster.cri_socket)
    state = f"agent.stateDir={cluster.plane.folder / 'failures'}"
    return [*command, "--wait", "--timeout", "120s", "--set", state, "--set", "startupTaint.enabled=true"]


@pytest.fixture(scope="module")
def access(helm: list[str], cluster: Cluster) -> Iterator[Access]:
    """With the chart installed, a pod that does what it is told, and rules that tell of it."""
    access = cluster.access
    try:
        upgrade(helm, access)
        access.kubectl("create", "namespace", "shop")
        access.apply(loud.platform_rules())
        access.apply(loud.pods("shop", 1, "sleep 86400"))
        deploy.in_force(access)
        access.kubectl("-n", "shop", "wait", "--for=condition=Ready", "pod/app-0", "--timeout=60s")
        yield access
    finally:
        access.kubectl("delete", "namespace", "shop", "noisy", "--ignore-not-found", patience_s=100)
        if tainted(access):
            access.kubectl("taint", "node", NODE, f"{TAINT}-")
        deploy.remove(access)


@pytest.fixture
def events(access: Access) -> Iterator[EventWatch]:
    with event_watch.watching(access) as watch:
        yield watch


def upgrade(helm: list[str], access: Access, *more: str) -> None:
    subprocess.run([*helm, *more], cwd=ROOT, env=access.environment(), check=True, capture_output=True)


def until(done: Callable[[], object], patience_s: float = BACK_S) -> float:
    """Seconds that it took to become true."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < patience_s, f"not within {patience_s} s"
        time.sleep(0.1)
    return time.monotonic() - began


def pods(access: Access, component: str) -> dict[str, int]:
    """How often each container was started, by its pod's uid."""
    chosen = ("-n", "lanner", "-l", f"app.kubernetes.io/component={component}")
    listed = access.get("pods", *chosen)["items"]
    return {one["metadata"]["uid"]: one["status"]["containerStatuses"][0]["restartCount"] for one in listed}


def tainted(access: Access) -> bool:
    return any(one["key"] == TAINT for one in access.get("node", NODE)["spec"].get("taints", ()))


def told(access: Access, events: EventWatch, number: int = 0) -> float:
    """A deed of the pod that a rule of priority Critical sees: seconds until its Event is visible. Each
    number once: what repeats is counted in its first Event.
    """
    began = time.time()
    access.kubectl("-n", "shop", "exec", "app-0", "--", "/bin/true", f"platform-{number}.")
    return events.wait("app-0", rf"^Critical Platform {number}: ", since=began, patience_s=30).delay


def enters(access: Access) -> bool:
    """Whether the kubelet knows the pod again."""
    try:
        access.kubectl("-n", "shop", "exec", "app-0", "--", "true")
    except CommandError:
        return False
    return True


def selects_pods(access: Access) -> bool:
    """Whether the definition of FalcoRules has this field."""
    try:
        return "matchLabels" in access.kubectl("explain", "falcorule.spec.podSelector")
    except CommandError:
        return False


def processes(uid: str, word: bytes) -> list[int]:
    """Of a pod, with this word in their command lines."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word in (folder / "cmdline").read_bytes() and uid in (folder / "cgroup").read_text():
                found.append(int(folder.name))
        except OSError:  # it ended
            continue
    return found


def test_no_pod_starts_on_a_fresh_node_before_its_agent_watches(access: Access, figures: Figures) -> None:
    nowhere = {"spec": {"template": {"spec": {"nodeSelector": {"no-such": "node"}}}}}
    access.kubectl(
        "-n", "lanner", "patch", "daemonset", "lanner-agent", "--type=merge", "-p", json.dumps(nowhere)
    )
    until(lambda: not pods(access, "agent"))
    access.kubectl("taint", "node", NODE, f"{TAINT}=:NoSchedule")
    access.apply(loud.pods("shop", 2, "sleep 86400"))
    until(lambda: "Unschedulable" in access.kubectl("-n", "shop", "get", "pod", "app-1", "-o", "yaml"))
    back = {"spec": {"template": {"spec": {"nodeSelector": {"no-such": None}}}}}
    access.kubectl(
        "-n", "lanner", "patch", "daemonset", "lanner-agent", "--type=merge", "-p", json.dumps(back)
    )
    figures.add("agent allowed again to taint removed", until(lambda: not tainted(access)))
    ready = [one for one in access.get("falconode", NODE)["status"]["conditions"] if one["type"] == "Ready"]
    assert ready[0]["status"] == "True"
    access.kubectl("-n", "shop", "wait", "--for=condition=Ready", "pod/app-1", "--timeout=60s")


def test_values_that_need_no_restart_start_no_agent_and_a_rollback_brings_the_old_ones(
    access: Access, events: EventWatch, helm: list[str], figures: Figures
) -> None:
    before = pods(access, "agent")
    upgrade(helm, access, "--set", "agent.secrets=show,rules.objects.namespace=50")
    assert pods(access, "agent") == before
    upgrade(helm, access, "--set", "agent.config.writeSpread=2")
    changed = pods(access, "agent")
    assert changed.keys() != before.keys()
    began = time.monotonic()
    access.helm("rollback", "lanner", "2", "--namespace", "lanner", "--wait", "--timeout", "120s")
    figures.add("helm rollback", time.monotonic() - began)
    assert pods(access, "agent").keys() != changed.keys()
    deploy.in_force(access)
    figures.add("Event after the rollback", told(access, events))


def test_older_definitions_are_renewed_by_an_upgrade_and_by_the_command_of_the_documentation(
    access: Access, helm: list[str], figures: Figures
) -> None:
    where = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/podSelector"
    older = json.dumps([{"op": "remove", "path": where}])
    access.kubectl("patch", "crd", "falcorules.lanner.dev", "--type=json", "-p", older)
    began = time.monotonic()
    upgrade(helm, access)
    figures.add("helm upgrade that renews definitions", time.monotonic() - began)
    assert selects_pods(access), "the upgrade waited until the API server goes by the new ones"
    left = access.kubectl("get", "jobs,serviceaccounts,clusterroles", "-A", "-o", "name")
    assert "lanner-definitions" not in left
    access.kubectl("patch", "crd", "falcorules.lanner.dev", "--type=json", "-p", older)
    (command,) = [
        line for line in UPGRADE.read_text().splitlines() if line.startswith("kubectl apply --server")
    ]
    subprocess.run(command.split(), cwd=ROOT, env=access.environment(), check=True, capture_output=True)
    until(lambda: selects_pods(access))
    deploy.in_force(access)


def test_an_operator_that_is_killed_in_the_middle_of_a_change_goes_on(
    access: Access, figures: Figures
) -> None:
    (uid,) = pods(access, "operator")
    access.apply({**loud.burst_rules(3)})
    began = time.monotonic()
    for pid in processes(uid, b"lanner-operator"):
        os.kill(pid, signal.SIGKILL)
    access.kubectl(
        "wait", "clusterfalcorule/burst", "--for=condition=Programmed", "--timeout=60s", patience_s=70
    )
    figures.add("operator killed with a change under way to Programmed", time.monotonic() - began)
    deploy.in_force(access)


def test_after_a_restart_of_runtime_and_kubelet_alerts_have_their_names(
    access: Access, events: EventWatch, cluster: Cluster, figures: Figures
) -> None:
    before = pods(access, "agent")
    began = time.monotonic()
    for daemon in (cluster.node.kubelet, cluster.node.containerd):
        daemon.stop()
    cluster.node.containerd.start()
    until(cluster.cri_socket.exists)
    cluster.node.kubelet.start()
    until(cluster.node.ready)
    until(lambda: enters(access))
    figures.add("runtime and kubelet ended to node ready", time.monotonic() - began)
    assert told(access, events, 1) < CRITICAL_S
    assert pods(access, "agent") == before, "the agent went on"


def test_one_pods_flood_delays_no_critical_alert_of_another(
    access: Access, events: EventWatch, figures: Figures
) -> None:
    access.kubectl("create", "namespace", "noisy")
    access.apply(loud.pods("noisy", 1, LOOP))
    access.kubectl("-n", "noisy", "wait", "--for=condition=Ready", "pod/app-0", "--timeout=60s")
    time.sleep(FLOOD_S)
    figures.add("Critical beside a flood", told(access, events, 2))
    flood = access.get("pod", "app-0", "-n", "noisy")["metadata"]["uid"]
    for pid in processes(flood, b"/etc/shadow"):
        os.kill(pid, signal.SIGSTOP)
    assert max(figures.values["Critical beside a flood"]) < CRITICAL_S
