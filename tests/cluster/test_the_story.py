# SPDX-License-Identifier: Apache-2.0
"""The whole chain on a real cluster, in the order a user lives it, with the commands a user types.

Each test goes on where the one before it ended. At the end the figures are printed.
"""

from __future__ import annotations

import pathlib
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.cluster import event_watch, story_rules
from tests.cluster.access import CommandError
from tests.cluster.cluster import Cluster
from tests.cluster.event_watch import EventWatch, SeenEvent
from tests.cluster.figures import Figures, memory_mib
from tests.cluster.images import BOX
from tests.cluster.typed import Person
from tests.containers.terminal import Terminal
from tests.image.build import Images

pytestmark = pytest.mark.timeout(300)

SHELL = r"^Notice Shell with a terminal in a container: A shell was spawned in a container"
LOUD = r"^Notice Shell with a terminal in a container: NEW SHELL!!! "
CLOCK = r"^Warning Clock looked at: The clock was looked at"
VALUES = re.compile(
    r"NEW SHELL!!! \(repo=(?P<repo>\S+) evt_time=(?P<time>\S+) evt_time_s=(?P<seconds>\S+) "
    r"evt_datetime=(?P<datetime>\S+ \S+) proc_duration=(?P<duration>\d+) container_id=(?P<id>\S+) "
    r"container_name=(?P<name>\S+) k8s_pod_name=(?P<pod>\S+) k8s_pod_ip=(?P<ip>[^)\s]+)\)"
)
APPLIES = 7
DEFAULT_RULES = pathlib.Path(__file__).parents[2] / "charts" / "lanner" / "rules"
REST_S = 60.0


@pytest.fixture(scope="module", autouse=True)
def beginning() -> datetime:
    """Others have had releases of this name on this cluster."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def me(cluster: Cluster) -> Person:
    return Person(cluster.access)


@pytest.fixture(scope="module")
def given(loaded_images: Images, cluster: Cluster) -> str:
    """What differs from a cluster that pulls its images, as `make deploy` has it."""
    state = cluster.plane.folder / "lanner"
    return f"--values {loaded_images.values} --set cri.socket={cluster.cri_socket},agent.stateDir={state}"


@pytest.fixture
def events(cluster: Cluster) -> Iterator[EventWatch]:
    with event_watch.watching(cluster.access) as watch:
        yield watch


def start(me: Person, name: str, namespace: str = "default") -> None:
    """A pod with a shell in it."""
    me.types(f"kubectl -n {namespace} run {name} --image={BOX} --image-pull-policy=Never -- sleep 86400")
    me.types(f"kubectl -n {namespace} wait --for=condition=Ready pod/{name} --timeout=60s")


def enter(me: Person, pod: str) -> float:
    """A shell in a pod, from a real terminal; when it was asked for, in seconds since the epoch."""
    began = time.time()
    with me.terminal(f"kubectl exec -it {pod} -- sh") as terminal:
        terminal.run("id")
    return began


def test_helm_installs_it(me: Person, given: str) -> None:
    said = me.types(f"helm install lanner charts/lanner --namespace lanner --create-namespace {given}")
    assert "kubectl get events" in said
    for workload in ("daemonset/lanner-agent", "deployment/lanner-operator"):
        said = me.types(f"kubectl -n lanner rollout status {workload} --timeout=120s", patience_s=130)
        assert "successfully rolled out" in said


def test_every_default_rule_is_in_force_on_every_node(me: Person) -> None:
    me.types("kubectl wait clusterfalcorules --all --for=condition=Ready --timeout=30s")
    table = me.types("kubectl get clusterfalcorules")
    rules = table.splitlines()[1:]
    files = list(DEFAULT_RULES.glob("*.yaml"))
    disabled = [path for path in files if "\n  mode: Disabled\n" in path.read_text()]
    active = [rule for rule in rules if re.search(r"^lanner-\S+ +Active +True +True +1/1 ", rule)]
    asleep = [rule for rule in rules if re.search(r"^lanner-\S+ +Disabled +True +False +", rule)]
    assert (len(rules), len(asleep)) == (len(files), len(disabled)), table
    assert sorted([*active, *asleep]) == sorted(rules), table


def test_helm_test_sees_a_detection_become_an_event(me: Person) -> None:
    said = me.types("helm test lanner --namespace lanner")
    assert not re.search(r"Phase: +Failed", said), said
    assert said.count("Succeeded") == 4, said  # account, role, binding, and the pod that waited for its Event


def test_at_rest_nothing_is_written_but_signs_of_life(me: Person, cluster: Cluster, figures: Figures) -> None:
    began = datetime.now(UTC)
    time.sleep(REST_S)
    for component in ("agent", "operator"):
        asked = cluster.plane.audit.requests(f"system:serviceaccount:lanner:lanner-{component}", began)
        figures.add(f"API requests of the {component} in a minute at rest", len(asked), "requests")
        written = {request.resource for request in asked if request.writes}
        assert written <= {"leases", "events"}, asked  # events: somebody else may work on this machine


def test_a_shell_in_a_pod_is_an_event_of_the_pod(me: Person, events: EventWatch, figures: Figures) -> None:
    start(me, "app1")
    seen = events.wait("app1", SHELL, since=enter(me, "app1"))
    figures.add("deed to Event visible", seen.delay)
    listed = me.types("kubectl get events --field-selector reportingComponent=lanner.dev/agent")
    assert re.search(r"Normal +ShellWithATerminalInAContainer +pod/app1 +Notice Shell with a term", listed)
    described = me.types("kubectl describe pod app1")
    assert "Notice Shell with a terminal in a container" in described.partition("Events:")[2]


def test_an_override_is_in_force_without_a_restart(me: Person, events: EventWatch, figures: Figures) -> None:
    before = pods(me)
    me.applies(story_rules.LOUDER)
    me.types("kubectl wait clusterfalcorule/louder-shells --for=condition=Programmed --timeout=30s")
    began = enter(me, "app1")
    seen = events.wait("app1", LOUD, since=began)
    assert began <= seen.happened <= seen.arrived
    assert_every_value_is_right(me, seen)
    assert pods(me) == before


def test_every_edit_is_in_force(me: Person, figures: Figures) -> None:
    for number in range(APPLIES):
        manifest = story_rules.LOUDER.replace("NEW SHELL!!!", f"NEW SHELL!!! no. {number}")
        began = time.monotonic()
        me.applies(manifest)
        me.types("kubectl wait clusterfalcorule/louder-shells --for=condition=Programmed --timeout=30s")
        figures.add("kubectl apply to Programmed", time.monotonic() - began)
    me.applies(story_rules.LOUDER)
    me.types("kubectl wait clusterfalcorule/louder-shells --for=condition=Programmed --timeout=30s")


def test_a_rule_of_a_namespace_sees_that_namespace_only(me: Person, events: EventWatch) -> None:
    for namespace in ("shop", "bank"):
        me.types(f"kubectl create namespace {namespace}")
        start(me, f"{namespace}-pod", namespace)
    me.applies(story_rules.CLOCK_WATCHER)
    me.types("kubectl -n shop wait falcorule/clock --for=condition=Programmed --timeout=30s")
    me.types("kubectl -n bank exec bank-pod -- date")
    me.types("kubectl -n shop exec shop-pod -- date")
    assert events.wait("shop-pod", CLOCK).namespace == "shop"
    assert not [event for event in events.seen() if event.about == "bank-pod"]


def test_a_slip_is_refused_with_its_place_while_the_version_before_works(
    me: Person, events: EventWatch
) -> None:
    with pytest.raises(CommandError) as refused:
        me.applies(story_rules.MISTYPED)
    assert "spec.rules[0].condition:1:23: error: there is no field proc.nam" in refused.value.words
    assert "hint: did you mean proc.name?" in refused.value.words
    start(me, "second", "shop")
    me.types("kubectl -n shop exec second -- date")
    events.wait("second", CLOCK)


def test_an_agent_that_is_killed_is_back_with_the_same_rules(
    me: Person, events: EventWatch, figures: Figures
) -> None:
    start(me, "third", "shop")
    before = pods(me)
    began = time.monotonic()
    me.types("kubectl -n lanner delete pod -l app.kubernetes.io/component=agent")
    me.types("kubectl -n lanner rollout status daemonset/lanner-agent --timeout=60s")
    figures.add("agent's pod deleted to ready again", time.monotonic() - began)
    assert pods(me) != before
    me.types("kubectl -n shop exec third -- date")
    events.wait("third", CLOCK)
    start(me, "app2")
    events.wait("app2", LOUD, since=enter(me, "app2"))


def test_what_happens_while_the_api_server_is_away_is_told_afterwards(me: Person, cluster: Cluster) -> None:
    start(me, "app3")
    container = container_id(me, "app3")
    cluster.plane.stop_api()
    began = time.time()
    inside = f"ctr -a {cluster.cri_socket} -n k8s.io task exec -t --exec-id story {container} sh"
    with Terminal(inside.split()) as terminal:
        terminal.run("id")
    ended = time.time()
    time.sleep(60)
    with pytest.raises(CommandError):
        me.types("kubectl get events")
    cluster.plane.start_api()
    with event_watch.watching(cluster.access, from_the_start=True) as events:
        seen = events.wait("app3", LOUD, patience_s=120)  # behind whatever else waited: one a second
    assert began <= seen.happened <= ended


def test_memory_stays_small(me: Person, figures: Figures) -> None:
    """At rest: while rules are replaced there are two sets, and a server that was away tells all anew."""
    for component, most in (("agent", 100), ("operator", 120)):
        (pod,) = me.sees(f"kubectl get pods -n lanner -l app.kubernetes.io/component={component}")["items"]
        deadline = time.monotonic() + REST_S
        while (found := memory_mib(pod["metadata"]["uid"])) > most and time.monotonic() < deadline:
            time.sleep(1)
        figures.add(f"resident memory of the {component}", found, "MiB")
        assert found <= most


def test_nothing_was_asked_for_that_is_not_granted(cluster: Cluster, beginning: datetime) -> None:
    for component in ("agent", "operator"):
        asked = cluster.plane.audit.requests(f"system:serviceaccount:lanner:lanner-{component}", beginning)
        assert asked
        assert not [request for request in asked if request.code in (401, 403)]


def test_an_uninstall_leaves_definitions_and_rules_only(me: Person) -> None:
    rules = me.types("kubectl get clusterfalcorules,falcorules -A -o name")
    # The farewell has up to 90 s, as its Job says, before anything is deleted.
    me.types("helm uninstall lanner --namespace lanner --wait", patience_s=180.0)
    assert me.types("kubectl get clusterfalcorules,falcorules -A -o name") == rules
    # Garbage collection asks an API server that was away again after up to a minute.
    deadline = time.monotonic() + 180
    while (left := lanners(me)) and time.monotonic() < deadline:
        time.sleep(1)
    assert left == []
    me.types("kubectl delete -f charts/lanner/crds")
    me.types("kubectl delete namespace lanner shop bank")
    me.types("kubectl delete pod app1 app2 app3 --now")


def pods(me: Person) -> dict[str, int]:
    """Of Lanner and of the default namespace: how often each container was started, by its pod's uid."""
    listed = [
        pod for space in ("lanner", "default") for pod in me.sees(f"kubectl get pods -n {space}")["items"]
    ]
    return {pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"] for pod in listed}


def container_id(me: Person, pod: str) -> str:
    """64 hexadecimal digits."""
    (status,) = me.sees(f"kubectl get pod {pod}")["status"]["containerStatuses"]
    return str(status["containerID"]).removeprefix("containerd://")


def lanners(me: Person) -> list[str]:
    """What is left of the release: everything it is made of, and what its parts made."""
    kinds = (
        "falconodes,clusterroles,clusterrolebindings,validatingadmissionpolicies,"
        "validatingadmissionpolicybindings,all,configmaps,secrets,serviceaccounts,roles,rolebindings,leases"
    )
    listed = me.types(f"kubectl get {kinds} -n lanner -o name").split()
    return [name for name in listed if re.search(r"[/.]lanner([-.]|$)", name)]


def assert_every_value_is_right(me: Person, seen: SeenEvent) -> None:
    """Against what the API server knows of the pod, and the Event's own time."""
    fields = VALUES.search(seen.note)
    assert fields is not None, seen.note
    pod = me.sees("kubectl get pod app1")
    happened = datetime.fromisoformat(fields["datetime"][:26]).replace(tzinfo=UTC)
    assert abs(happened.timestamp() - seen.happened) < 1e-5
    assert fields["time"] == fields["datetime"].split()[1]
    assert fields["seconds"] == fields["time"].split(".")[0]
    assert 0 <= int(fields["duration"]) < 10e9
    assert fields["repo"] == BOX.rpartition(":")[0]
    assert fields["id"] == container_id(me, "app1")[:12]
    assert (fields["name"], fields["pod"]) == ("app1", "app1")
    assert fields["ip"] == pod["status"]["podIP"]
