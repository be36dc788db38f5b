# SPDX-License-Identifier: Apache-2.0
"""A real cluster in which one namespace shouts, and one in which many pods do something at once: the
platform's Events come all the same, and all of them.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cluster import event_watch, loud
from tests.cluster.access import Access
from tests.cluster.cluster import Cluster
from tests.cluster.event_watch import EventWatch, SeenEvent
from tests.image import deploy
from tests.image.build import ROOT, Images

pytestmark = pytest.mark.timeout(420)

CRITICAL_S = 10.0
SHOUTING = 20  # pods
ALL_S = 60.0
KNOWN_S = 10.0
PODS, CONTAINERS, RULES = 15, 3, 4  # 180 Events; at one a second they would take more than two minutes


@pytest.fixture(scope="module")
def access(loaded_images: Images, cluster: Cluster) -> Iterator[Access]:
    """With the chart installed; gone afterwards with definitions and rules."""
    access = cluster.access
    helm = deploy.command(loaded_images.values, cluster.cri_socket)
    state = f"agent.stateDir={cluster.plane.folder / 'silence'}"
    command = [*helm, "--wait", "--timeout", "120s", "--set", state]
    try:
        subprocess.run(command, cwd=ROOT, env=access.environment(), check=True)
        deploy.in_force(access)
        yield access
    finally:
        deploy.remove(access)


@pytest.fixture
def events(access: Access) -> Iterator[EventWatch]:
    with event_watch.watching(access) as watch:
        yield watch


@pytest.fixture
def namespaces(access: Access) -> Iterator[Callable[[str], str]]:
    """Makes one; gone afterwards with its pods and rules."""
    made: list[str] = []

    def make(name: str) -> str:
        access.kubectl("create", "namespace", name)
        made.append(name)
        return name

    yield make
    access.kubectl("delete", "clusterfalcorule", "platform", "burst", "--ignore-not-found")
    for name in made:
        access.kubectl("delete", "namespace", name, patience_s=150)


def in_force(access: Access, what: str, *where: str) -> None:
    access.kubectl("wait", what, "--for=condition=Programmed", "--timeout=60s", *where, patience_s=70)


def until(done: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not done():
        assert time.monotonic() < deadline, f"not within {patience_s} s"
        time.sleep(0.2)


def test_the_platforms_critical_is_heard_while_a_tenant_shouts(
    access: Access, events: EventWatch, namespaces: Callable[[str], str], cluster_say: Callable[[str], None]
) -> None:
    noisy, shop = namespaces("noisy"), namespaces("corner-shop")
    access.apply(loud.platform_rules())
    access.apply(loud.tenant_rules(noisy))
    in_force(access, "clusterfalcorule/platform")
    in_force(access, "falcorule/tenant", "-n", noisy)
    access.apply(loud.pods(shop, 1, "sleep 86400"))
    access.kubectl("-n", shop, "wait", "--for=condition=Ready", "pod/app-0", "--timeout=60s", patience_s=70)
    words = [f"tenant-{number}." for number in range(loud.EMERGENCIES)]
    access.apply(loud.pods(noisy, SHOUTING, loud.tripping(words, 0.3)))
    access.kubectl(
        "-n", noisy, "wait", "--for=condition=Ready", "pods", "--all", "--timeout=150s", patience_s=160
    )
    until(lambda: number_in(events, noisy) >= 50, 60)
    delays = []
    for number in range(loud.PLATFORM):
        began = time.time()
        access.kubectl("-n", shop, "exec", "app-0", "--", "/bin/true", f"platform-{number}.")
        seen = events.wait("app-0", rf"^Critical Platform {number}: ", since=began, patience_s=30)
        assert seen.namespace == shop
        delays.append(seen.delay)
        time.sleep(5)
    cluster_say(f"Critical beside {number_in(events, noisy)} of a tenant after {max(delays):.1f} s at most")
    assert max(delays) < CRITICAL_S
    summary = events.wait("node1", "alerts not published as Events", patience_s=60)
    assert re.search(r"loudest: [\d,]+ namespace noisy's own rules", summary.note), summary.note
    assert re.search(r", [\d,]+ in pod noisy/app-\d+", summary.note), summary.note


def test_many_pods_at_once_have_all_their_events_within_a_minute(
    access: Access, events: EventWatch, namespaces: Callable[[str], str], cluster_say: Callable[[str], None]
) -> None:
    crowd = namespaces("crowd")
    access.apply(loud.burst_rules(RULES))
    in_force(access, "clusterfalcorule/burst")
    script = loud.once("burst", RULES, KNOWN_S)
    access.apply(loud.pods(crowd, PODS, script, CONTAINERS))
    access.kubectl(
        "-n", crowd, "wait", "--for=condition=Ready", "pods", "--all", "--timeout=150s", patience_s=160
    )
    wanted = {
        (f"app-{pod}", f"c{container}", f"Burst{rule}")
        for pod in range(PODS)
        for container in range(CONTAINERS)
        for rule in range(RULES)
    }
    deadline = time.monotonic() + KNOWN_S + ALL_S
    while (missing := wanted - found(events, crowd).keys()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not missing, sorted(missing)
    delays = [event.delay for event in found(events, crowd).values()]
    cluster_say(f"{len(delays)} Events of {PODS} pods, the last {max(delays):.1f} s after its deed")
    assert max(delays) < ALL_S


def number_in(events: EventWatch, namespace: str) -> int:
    return sum(1 for event in events.seen() if event.namespace == namespace)


def found(events: EventWatch, namespace: str) -> dict[tuple[str, str, str], SeenEvent]:
    """By pod, container and rule."""
    seen = (event for event in events.seen() if event.namespace == namespace)
    return {(event.about, container(event), event.reason): event for event in reversed(list(seen))}


def container(event: SeenEvent) -> str:
    named = re.search(r" c=(\S+)", event.note)
    return named[1] if named else ""
