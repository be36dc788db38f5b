# SPDX-License-Identifier: Apache-2.0
"""The chart on a real node, and what happens to agents, runtimes and releases: what is shown is so.

Each test goes on where the one before it ended; the last one uninstalls.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lanner_agent.policy.bundle.cache_keeper import PROVEN
from lanner_agent.report import counters
from tests.cluster import kubeconfig
from tests.cluster.access import Access, CommandError
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import NODE
from tests.cluster.figures import Figures
from tests.cluster.typed import Person
from tests.image.build import Images

pytestmark = pytest.mark.timeout(300)

STATE = "truth"
BACK_S = 5.0
AWAY_S = 30.0  # asked every ten seconds, and a busy machine
SILENT_S = 120.0
FOLLOWS_S = 30.0  # the rules' status is written in the round after the node's
HELD = 20.0  # an agent whose predecessor was killed renews its Lease after that
FROM_TO = re.compile(r"from (\S+)Z to (\S+)Z \(\d+\.\d s\): (.*)")
AGENTS = "-l app.kubernetes.io/component=agent"


@pytest.fixture(scope="module")
def me(cluster: Cluster, loaded_images: Images) -> Iterator[Person]:
    """Who has installed Lanner; it is gone afterwards, with definitions and rules."""
    person = Person(cluster.access)
    state = cluster.plane.folder / STATE
    given = f"--values {loaded_images.values} --set cri.socket={cluster.cri_socket},agent.stateDir={state}"
    person.types(f"helm install lanner charts/lanner --namespace lanner --create-namespace {given}")
    try:
        person.types("kubectl -n lanner rollout status daemonset/lanner-agent --timeout=120s", patience_s=130)
        yield person
    finally:
        if "lanner" in person.types("helm list --namespace lanner --short"):
            person.types("helm uninstall lanner --namespace lanner --no-hooks --wait")
        person.types("kubectl delete -f charts/lanner/crds --ignore-not-found")
        person.types("kubectl delete namespace lanner --timeout=60s", patience_s=70)


def until(done: Callable[[], object], patience_s: float) -> float:
    """Seconds that it took to become true; fails when it does not in time."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < patience_s, f"not within {patience_s} s"
        time.sleep(0.1)
    return time.monotonic() - began


def status(me: Person) -> dict[str, Any]:
    """Of the FalcoNode; {} when there is none."""
    found = me.types(f"kubectl get falconode {NODE} --ignore-not-found -o json")
    return dict(json.loads(found or "{}").get("status") or {})


def condition(me: Person, kind: str) -> tuple[str, str]:
    listed = status(me).get("conditions", [])
    return next(((one["status"], one["reason"]) for one in listed if one["type"] == kind), ("", ""))


def ready(me: Person) -> bool:
    return condition(me, "Ready") == ("True", "Watching")


def agent_pid(me: Person) -> int:
    """Of the agent's process, which is one of this machine; 0 while there is none."""
    pods = me.sees(f"kubectl get pods -n lanner {AGENTS}")["items"]
    uids = [pod["metadata"]["uid"] for pod in pods]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            where = (folder / "cgroup").read_text()
        except OSError:  # it ended
            continue
        if b"agent" in command and any(uid in where for uid in uids):
            return int(folder.name)
    return 0


def all_unknown(table: str) -> bool:
    """PROGRAMMED of every rules object that shall be in force."""
    rows = [row for row in table.splitlines()[1:] if not re.search(r"^\S+ +Disabled +True +False ", row)]
    return bool(rows) and all(re.search(r" +Active +True +Unknown ", row) for row in rows)


def gaps(me: Person) -> list[dict[str, Any]]:
    chosen = "reportingController=lanner.dev/agent,reason=DetectionGap"
    listed = me.sees(f"kubectl get events.events.k8s.io -n default --field-selector {chosen}")
    return [dict(one) for one in listed["items"]]


def gap(me: Person, words: str, since: float, patience_s: float) -> dict[str, Any]:
    """The one that ended after a moment; other installations on this cluster have had theirs."""

    def found() -> list[dict[str, Any]]:
        return [one for one in gaps(me) if words in one["note"] and told(one)[1] >= since]

    until(found, patience_s)
    (event,) = found()
    return event


def told(event: dict[str, Any]) -> tuple[float, float, str]:
    """Begin and end in seconds since the epoch, and why."""
    found = FROM_TO.search(event["note"])
    assert found, event["note"]
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() for text in found.group(1, 2))
    return begin, end, found[3]


def started(pid: int) -> float:
    """When this process was started, in seconds since the epoch."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def test_a_falconode_that_somebody_deletes_is_back(me: Person, figures: Figures) -> None:
    until(lambda: ready(me), 60)
    before = me.sees(f"kubectl get falconode {NODE}")["metadata"]["uid"]
    me.types(f"kubectl delete falconode {NODE}")
    figures.add("FalcoNode deleted to Ready again", until(lambda: ready(me), BACK_S))
    assert me.sees(f"kubectl get falconode {NODE}")["metadata"]["uid"] != before


def test_a_killed_agent_is_announced_with_times(me: Person, cluster: Cluster, figures: Figures) -> None:
    until(lambda: ready(me), 60)
    # What kills an agent within its first minute is not loaded again.
    until((cluster.plane.folder / STATE / PROVEN).exists, 120)
    pid, killed = agent_pid(me), time.time()
    os.kill(pid, signal.SIGKILL)
    until(lambda: agent_pid(me) not in (0, pid), 60)
    fresh = agent_pid(me)
    event = gap(me, "the agent was killed", killed, 60)
    begin, end, _ = told(event)
    assert killed - 7 <= begin <= killed + 0.2
    assert started(fresh) <= end <= time.time()
    assert (event["type"], event["regarding"]["name"]) == ("Warning", NODE)
    assert "this node was not watched from" in me.types("kubectl -n lanner logs daemonset/lanner-agent")
    figures.add("agent's process started to probes attached", end - started(fresh))


def test_two_hundred_counters_cannot_happen(me: Person) -> None:
    """Others have written into the object, and the agent was started many times: its own are left."""
    old = {f"of_before_{number}": number for number in range(128)}
    change = json.dumps([{"op": "replace", "path": "/status/counters", "value": old}])
    me.types(f"kubectl patch falconode {NODE} --subresource=status --type=json -p '{change}'")
    me.types(f"kubectl -n lanner delete pod {AGENTS}")
    until(lambda: ready(me) and "of_before_1" not in status(me)["counters"], 90)
    assert status(me)["counters"].keys() <= counters.every_key()
    assert status(me)["counters"]["blind_gaps"] == 1


def test_an_agent_that_stands_still_says_so_when_it_goes_on(me: Person) -> None:
    until(lambda: ready(me), 60)
    pid, stopped = agent_pid(me), time.time()
    os.kill(pid, signal.SIGSTOP)
    time.sleep(15)
    os.kill(pid, signal.SIGCONT)
    went_on = time.time()
    event = gap(me, "the agent stood still", stopped, 30)
    begin, end, _ = told(event)
    assert stopped - 7 <= begin <= stopped + 1
    assert went_on - 1 <= end <= time.time()


def test_metadata_is_not_healthy_while_the_runtime_is_away(
    me: Person, cluster: Cluster, figures: Figures
) -> None:
    until(lambda: condition(me, "MetadataHealthy")[0] == "True", 60)
    containerd = cluster.node.containerd.pid
    os.kill(containerd, signal.SIGSTOP)
    try:
        away = ("False", "RuntimeUnavailable")
        took = until(lambda: condition(me, "MetadataHealthy") == away, AWAY_S)
        figures.add("runtime stopped to MetadataHealthy False", took)
        assert condition(me, "Ready")[0] == "True", "it detects as before"
    finally:
        os.kill(containerd, signal.SIGCONT)
    until(lambda: condition(me, "MetadataHealthy")[0] == "True", AWAY_S)


def test_an_agents_token_is_refused_for_another_node(me: Person, cluster: Cluster, tmp_path: Path) -> None:
    thief = stolen(me, cluster, tmp_path)
    event = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "forged", "namespace": "default"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "type": "Warning",
        "reason": "Forged",
        "action": "Detected",
        "note": "no such thing",
        "reportingController": "lanner.dev/agent",
        "reportingInstance": NODE,
        "regarding": {"apiVersion": "v1", "kind": "Node", "name": NODE},
    }
    assert refusal(thief, event) == ""
    other = {"apiVersion": "v1", "kind": "Node", "name": "another"}
    for change, words in (
        ({"reportingInstance": "another"}, f"the agent of node {NODE} may not report as another"),
        ({"regarding": other}, f"the agent of node {NODE} may not report about node another"),
        ({"reportingController": "kubelet"}, "an agent reports as lanner.dev/agent only"),
    ):
        assert words in refusal(thief, {**event, **change})


def stolen(me: Person, cluster: Cluster, folder: Path) -> Access:
    """Who read the token in the agent's pod. (/var/run there is a link that would lead out of it.)"""
    root = Path(f"/proc/{agent_pid(me)}/root/run/secrets/kubernetes.io/serviceaccount")
    file = folder / "stolen.conf"
    kubeconfig.by_token(file, cluster.plane.url, cluster.plane.folder / "pki", (root / "token").read_text())
    return Access(file, cluster.access.binaries)


def refusal(access: Access, made: dict[str, Any]) -> str:
    """The API server's words; "" when it takes it."""
    try:
        access.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(made))
    except CommandError as refused:
        return refused.words
    return ""


def test_a_node_without_a_sign_of_life_is_unknown(me: Person, figures: Figures) -> None:
    me.types(
        "kubectl wait clusterfalcorules --all --for=condition=Ready --timeout=60s",
        patience_s=70,
    )
    nowhere = '{"spec":{"template":{"spec":{"nodeSelector":{"no-such":"node"}}}}}'
    me.types(f"kubectl -n lanner patch daemonset lanner-agent --type=merge -p '{nowhere}'")
    until(lambda: agent_pid(me) == 0, 60)
    took = until(lambda: condition(me, "Ready") == ("Unknown", "AgentSilent"), SILENT_S)
    figures.add("agent gone to READY Unknown", took)
    assert re.search(rf"^{NODE} +Unknown ", me.types("kubectl get falconodes"), re.MULTILINE)
    until(lambda: all_unknown(me.types("kubectl get clusterfalcorules")), FOLLOWS_S)
    back = '{"spec":{"template":{"spec":{"nodeSelector":{"no-such":null}}}}}'
    me.types(f"kubectl -n lanner patch daemonset lanner-agent --type=merge -p '{back}'")
    until(lambda: ready(me), 90 + HELD)
    me.types(
        "kubectl wait clusterfalcorules --all --for=condition=Ready --timeout=60s",
        patience_s=70,
    )


def test_after_an_uninstall_no_rule_claims_a_node(me: Person) -> None:
    me.types("helm uninstall lanner --namespace lanner --wait", patience_s=150)
    rules = me.sees("kubectl get clusterfalcorules")["items"]
    assert rules
    for rule in rules:
        said = {one["type"]: (one["status"], one["reason"]) for one in rule["status"]["conditions"]}
        assert said["Programmed"] == ("Unknown", "Uninstalled"), rule["metadata"]["name"]
        assert said["Accepted"][0] == "True"
        assert rule["status"]["summary"] == "0/0"
    until(lambda: me.types("kubectl get falconodes -o name") == "", 90)
    left = me.types("kubectl get clusterroles,clusterrolebindings,jobs,serviceaccounts,roles -A -o name")
    assert "lanner" not in left
