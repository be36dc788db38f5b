# SPDX-License-Identifier: Apache-2.0
"""Events on a real API server, as the commands show them that a user types."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events.settings import EventSettings
from lanner_engine.fields.model import HOST
from tests.agent.publish.events import alerts
from tests.agent.publish.events.shop import Publishing, Shop, opened, pod, publishing
from tests.cluster.control_plane import ControlPlane

RULE = alerts.rule(owner=alerts.OWNER)


@pytest.fixture
def shop(control_plane: ControlPlane) -> Iterator[Shop]:
    with opened(control_plane.access) as one:
        yield one


def publish(shop: Shop, *offered: Alert, settings: EventSettings | None = None) -> Publishing:
    async def run() -> Publishing:
        async with publishing(shop, shop.access.kubeconfig, settings) as one:
            for alert in offered:
                one.publisher.offer(alert)
                await asyncio.sleep(0.05)
        return one

    return asyncio.run(run())


def test_an_alert_in_a_pod_is_seen_by_every_command(shop: Shop) -> None:
    publish(shop, shop.alert(RULE), shop.alert(RULE), shop.alert(alerts.rule("Another", priority="CRITICAL")))
    listed = shop.kubectl("get", "events")
    assert re.search(
        r"Normal +TerminalShellInContainer +pod/app1 +Notice Terminal shell in container: ", listed
    )
    assert re.search(r"Warning +Another +pod/app1 +Critical Another: ", listed)
    for selector in (
        ("-l", "lanner.dev/priority=notice"),
        ("-l", "lanner.dev/rule=terminal-shell-in-container"),
        ("--field-selector", "reportingComponent=lanner.dev/agent,reason=TerminalShellInContainer"),
        ("--field-selector", "involvedObject.name=app1,type=Normal"),
    ):
        lines = shop.kubectl("get", "events", "--no-headers", *selector).splitlines()
        assert len(lines) == 1
        assert "TerminalShellInContainer" in lines[0]
    about = shop.kubectl("events", "--for", "pod/app1")
    assert re.search(r"\(x2 over \S+\) +Normal +TerminalShellInContainer +Pod/app1", about)
    described = shop.kubectl("describe", "pod", "app1")
    assert re.search(
        r"\(x2 over \S+\) +lanner.dev/agent +spec.containers\{app\}: Notice Terminal shell", described
    )


def test_an_event_holds_what_the_design_says(shop: Shop) -> None:
    publish(shop, shop.alert(RULE))
    (event,) = shop.events()
    assert event["regarding"] == {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": "app1",
        "namespace": shop.namespace,
        "uid": (shop.container.pod_uid or b"").decode(),
        "fieldPath": "spec.containers{app}",
    }
    assert event["related"]["kind"] == "FalcoRule"
    assert event["related"]["uid"] == alerts.OWNER.uid
    assert event["metadata"]["labels"] == {
        "lanner.dev/priority": "notice",
        "lanner.dev/rule": "terminal-shell-in-container",
        "lanner.dev/tactic": "execution",
        "lanner.dev/node": "node1",
    }
    assert set(event["metadata"]["annotations"]) == {
        "lanner.dev/alert-id",
        "lanner.dev/rule",
        "lanner.dev/rule-digest",
        "lanner.dev/rule-generation",
        "lanner.dev/output-fields",
    }
    assert (event["action"], event["reportingController"], event["reportingInstance"]) == (
        "Detected",
        "lanner.dev/agent",
        "node1",
    )


def test_an_alert_on_the_host_is_about_the_node(shop: Shop) -> None:
    publish(shop, shop.alert(RULE, HOST))
    listed = shop.access.kubectl("get", "events", "-n", "default")
    assert re.search(r"TerminalShellInContainer +node/node1", listed)
    assert "TerminalShellInContainer" in shop.access.kubectl("describe", "node", "node1")


def test_without_the_nodes_uid_its_name_stands_for_it(shop: Shop) -> None:
    publish(replace(shop, node=replace(shop.node, uid=None)), shop.alert(RULE, HOST))
    assert "TerminalShellInContainer" in shop.access.kubectl("describe", "node", "node1")


def test_a_container_without_a_pod_is_about_the_node(shop: Shop) -> None:
    alone = replace(alerts.APP, pod_name=None, pod_namespace=None, pod_uid=None)
    publish(shop, shop.alert(RULE, alone))
    listed = shop.access.kubectl("get", "events", "-n", "default", "--no-headers").splitlines()
    (line,) = [one for one in listed if "c=app img=docker.io/library/nginx@sha256:ab12cd34ef56" in one]
    assert "node/node1" in line


def test_a_static_pod_is_described_with_its_alerts(shop: Shop) -> None:
    """The runtime knows it by the hash of its manifest, which its mirror has as an annotation."""
    uid = "d41d8cd98f00b204e9800998ecf8427e"
    mirror = pod(shop.namespace, "static-node1", **{"kubernetes.io/config.mirror": uid})
    mirror["spec"] = {"nodeName": "node1", "containers": mirror["spec"]["containers"]}
    shop.access.apply(mirror)
    static = replace(shop.container, pod_name=b"static-node1", pod_uid=uid.encode())
    publish(shop, shop.alert(RULE, static))
    assert "TerminalShellInContainer" in shop.kubectl("describe", "pod", "static-node1")


def test_a_repeat_brings_its_own_values(shop: Shop) -> None:
    first, second = (
        alerts.alert(RULE, shop.container, args=(word,), time=time.time_ns()) for word in (b"one", b"two")
    )
    publish(shop, first, second)
    (event,) = shop.events()
    assert "sh one" in event["note"]
    assert '"proc.cmdline":"sh two"' in event["metadata"]["annotations"]["lanner.dev/output-fields"]
    assert event["series"]["count"] == 2


def test_hostile_alerts_are_taken_as_they_are_laid_out(shop: Shop) -> None:
    """What Hypothesis sends to api_rules by the thousand, in a few samples to the server itself."""
    draw = random.Random(20)  # noqa: S311  the same bytes every time
    offered = []
    for number in range(20):
        junk = draw.randbytes(draw.choice((10, 700, 5000))).replace(b"\0", b"") + "\u202e\x1b[2J語".encode()
        rule = replace(
            RULE,
            name=junk.decode("utf-8", "replace")[:128] or "x",
            tags=("mitre_" + junk.decode("latin-1")[:50],),
        )
        where = replace(shop.container, name=junk[:80], image_repository=junk, pod_uid=b"uid-%d" % number)
        offered.append(alerts.alert(rule, where, args=(junk,), exepath=junk))
    one = publish(shop, *offered, settings=EventSettings(node_qps=1000))
    assert one.said == []
    events = shop.events()
    assert len(events) == 20
    assert all(event["note"].isprintable() for event in events)


def test_an_event_that_somebody_deleted_comes_back_with_the_next_repeat(shop: Shop) -> None:
    async def run() -> None:
        async with publishing(shop, shop.access.kubeconfig, EventSettings(series_pause=0.1)) as one:
            one.publisher.offer(shop.alert(RULE))
            await one.until("published")
            shop.kubectl("delete", "events", "--all")
            one.publisher.offer(shop.alert(RULE))
            await one.until("series_patched")

    asyncio.run(run())
    (event,) = shop.events()
    assert event["series"]["count"] == 2


def test_an_agent_started_again_goes_on_with_the_series(shop: Shop) -> None:
    at = time.time_ns()
    again = [alerts.alert(RULE, shop.container, time=at + number) for number in range(3)]
    publish(shop, *again)
    second = publish(shop, *again)
    assert second.count("series_continued") == 1
    (event,) = shop.events()
    assert event["series"]["count"] == 6


def test_a_flood_is_told_in_one_summary_about_the_node(shop: Shop) -> None:
    many = [alerts.alert(RULE, shop.container, exepath=b"/bin/%d" % number) for number in range(15)]
    publish(shop, *many)
    assert len(shop.events()) == 10
    (line,) = shop.access.kubectl(
        "get", "events", "-n", "default", "--field-selector", "reason=AlertsSuppressed", "--no-headers"
    ).splitlines()
    assert "5 alerts not published as Events (5 too many of one rule in one pod)" in line
    assert "AlertsSuppressed" in shop.access.kubectl("describe", "node", "node1")
