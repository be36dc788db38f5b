# SPDX-License-Identifier: Apache-2.0
"""The page of a real operator on a real API server: alerts of two agents, which users may look, which clients
the agents answer. The agents' memory, server and keys are real; no kernel runs here.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from lanner_apiserver import pinned
from lanner_engine.fields.model import HOST
from lanner_engine.resources import page_contact
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject
from tests.agent.publish.deliveries import rule
from tests.chart.rendering import Helm
from tests.operator.whole.asked_agent import AskedAgent, asked
from tests.operator.whole.process import COMMAND, OperatorProcess, free_port
from tests.operator.whole.scene import CLUSTER_RULES, MAPS, Scene, eventually
from tests.page.visitor import Visitor

PAGE_MAP = f"{MAPS}/lanner-page"
PODS = "/api/v1/namespaces/lanner/pods"
LEADER, OTHER = "operator-0", "operator-1"
FORWARD = """#!/bin/sh
echo "$@" > {log}
echo "Forwarding from 127.0.0.1:{port} -> {port}"
exec sleep 60
"""
HOSTILE = b"</script>\x1b[31m\xff\x00 ../ \xe2\x80\xae"


@dataclass
class Page:
    """Two agents, and an operator with its page."""

    scene: Scene
    port: int
    first: AskedAgent
    second: AskedAgent

    def visitor(self) -> Visitor:
        """One who is let in."""
        one = Visitor(self.port)
        status, ticket = one.ticket(self.token())
        assert status == 200, ticket
        assert one.enter(ticket) == 303
        return one

    def token(self, account: str = "lanner-page", audience: str = "lanner-page", *more: str) -> str:
        made = ("create", "token", account, "-n", "lanner", "--audience", audience, *more)
        return self.scene.plane.access.kubectl(*made).strip()


@pytest.fixture(scope="module")
def page(stage: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """With the chart's objects and rights for it."""
    objects = _rendered(stage, "page.yaml")
    stage.plane.access.apply(objects)
    stage.plane.access.apply(_rendered(stage, "operator-rbac.yaml"))
    port = free_port()
    more = ("--page-port", str(port), "--identity", LEADER)
    operator = OperatorProcess(tmp_path_factory.mktemp("page"), stage.identity, *more)
    operator.start()
    before, stage.operator = stage.operator, operator
    try:
        with asked(stage, "node-a") as first, asked(stage, "node-b") as second:
            operator.says("the page listens")
            one = Page(stage, port, first, second)
            first.alerts(1, command=b"first")
            visitor = one.visitor()
            eventually(lambda: _commands(visitor.alerts()))  # the agent knows the operator
            eventually(lambda: "node-b" not in str(visitor.alerts()["notices"]))
            yield one
    finally:
        operator.stop()
        stage.operator = before
        stage.plane.access.kubectl("delete", "-f", "-", stdin=objects)
        stage.install_rights()
        stage.clean()


def _rendered(stage: Scene, template: str) -> str:
    chosen = ("-s", f"templates/{template}", "--set", "page.enabled=true")
    return Helm(Path(stage.plane.binaries["helm"])).text(*chosen)


def _commands(answer: dict[str, object]) -> list[str]:
    alerts = answer["alerts"]
    assert isinstance(alerts, list)
    return [one["text"].partition("command=")[2].partition(" user=")[0].strip() for one in alerts]


def test_alerts_of_all_nodes_come_newest_first_by_what_is_asked_for(page: Page) -> None:
    page.first.alerts(10, 30, command=b"sort-a")
    page.second.alerts(20, 40, of=rule("CRITICAL", name="Severe"), container=HOST, command=b"sort-b")
    visitor = page.visitor()
    found = visitor.alerts("?text=sort-")["alerts"]
    assert [(one["node"], one["rule"]) for one in found] == [
        *(("node-b", "Severe"), ("node-a", "Shell"), ("node-b", "Severe"), ("node-a", "Shell"))
    ]
    assert len(visitor.alerts("?text=sort-&priority=Critical")["alerts"]) == 2
    assert len(visitor.alerts("?text=sort-&namespace=shop")["alerts"]) == 2
    newest = visitor.alerts("?text=sort-&limit=1")["alerts"]
    older = visitor.alerts(f"?text=sort-&limit=3&before={newest[0]['ns']}")["alerts"]
    assert [one["id"] for one in newest + older] == [one["id"] for one in found]


def test_more_alerts_than_one_answer_has_are_paged_through(page: Page) -> None:
    """The agent with the newest is asked again."""
    of = [rule(name=f"Many{number}") for number in range(4)]
    for number in range(40):
        page.first.alerts(number, of=of[number % 4], container=HOST, command=b"paged")
    page.second.alerts(1, container=HOST, command=b"paged")
    found = page.visitor().alerts("?text=paged&limit=35")["alerts"]
    assert len({one["id"] for one in found}) == 35
    times = [int(one["ns"]) for one in found]
    assert times == sorted(times, reverse=True)
    assert {one["node"] for one in found} == {"node-a"}


def test_what_a_process_chose_is_text(page: Page) -> None:
    page.first.alerts(50, command=b"hostile " + HOSTILE)
    visitor = page.visitor()
    (one,) = visitor.alerts("?text=hostile")["alerts"]
    status, text = visitor.get(f"/alert/{one['id']}")
    assert status == 200
    assert "</script>" not in text.replace("</script>\n", "") or "&lt;/script&gt;" in text
    assert "\x1b" not in text


def test_an_alert_comes_live_from_every_node(page: Page) -> None:
    visitor = page.visitor()
    with visitor.live() as events:
        eventually(lambda: _is_followed(page))
        page.first.alerts(1, command=b"live-a")
        page.second.alerts(1, command=b"live-b")
        nodes: set[str] = set()
        while nodes != {"node-a", "node-b"}:
            nodes |= _live_nodes(next(events))


def _is_followed(page: Page) -> bool:
    """Both agents are asked for what comes."""
    return all(one.followed() for one in (page.first, page.second))


def _live_nodes(alerts: list[dict[str, str]]) -> set[str]:
    return {one["node"] for one in alerts if "live-" in one["text"]}


def test_rules_have_their_nodes_and_hits_and_alerts_their_reasons(page: Page) -> None:
    scene = page.scene
    scene.rule("page-rule", "evt.type = execve and proc.name = sh")
    scene.reason(f"{CLUSTER_RULES}/page-rule", "Accepted", "Valid")
    eventually(lambda: "ClusterFalcoRule/page-rule" in scene.bundle())
    for node in ("node-a", "node-b"):
        scene.acknowledge(node)
    owner = RuleObject(CLUSTER_RULE, "", "page-rule", "uid", 1, {})
    of = rule(name="page-rule")
    object.__setattr__(of, "owner", owner)
    page.first.alerts(55, of=of, command=b"explained")
    visitor = page.visitor()
    (one,) = visitor.alerts("?rule=page-rule")["alerts"]
    text = eventually(lambda: _with(visitor, f"/alert/{one['id']}", "proc.name = sh"))
    assert "is not there any more" not in text
    rules = eventually(lambda: _with(visitor, "/rules", "2 nodes"))
    assert "ClusterFalcoRule/page-rule" in rules
    assert "1 hit of page-rule" in rules
    assert "node-a" in eventually(lambda: _with(visitor, "/nodes", "node-b"))
    page.first.page.kept.remembered.hourly.forgotten["namespace shop"] += 3
    assert eventually(lambda: _with(visitor, "/nodes", "forgotten for another: namespace shop 3"))
    assert scene.index()["bundleSha256"][:8] in eventually(lambda: _with(visitor, "/change", "r0"))


def _with(visitor: Visitor, path: str, words: str) -> str:
    status, text = visitor.get(path)
    return text if status == 200 and words in text else ""


def test_nobody_looks_without_a_ticket_and_a_ticket_is_good_once(page: Page) -> None:
    stranger = Visitor(page.port)
    for path in ("/", "/alerts.json", "/rules", "/live"):
        assert stranger.get(path)[0] == 401
    assert stranger.get("/", Host="evil.example:80")[0] == 421
    assert stranger.enter("x" * 43) == 403
    status, ticket = stranger.ticket(page.token())
    assert status == 200
    assert stranger.get("/")[0] == 401  # not entered yet
    assert stranger.enter(ticket) == 303
    assert stranger.get("/")[0] == 200
    assert Visitor(page.port).enter(ticket) == 403


def test_a_token_of_the_cluster_is_good_for_one_ticket_and_of_one_account_only(page: Page) -> None:
    stranger = Visitor(page.port)
    token = page.token()
    assert stranger.ticket(token)[0] == 200
    status, words = stranger.ticket(token)
    assert (status, "used before" in words) == (403, True)
    refused = (
        page.token(audience="https://kubernetes.default.svc"),
        page.token("lanner-operator"),
        page.token("lanner-page", "lanner-page", "--duration=3h"),  # longer than what is remembered
        page.token()[:-8] + "AAAAAAAA",
        "x.y.z",
    )
    for wrong in refused:
        assert stranger.ticket(wrong)[0] == 403
    assert stranger.get("/ticket", "POST")[0] == 401
    assert stranger.get("/ticket", "POST", Authorization="Bearer " + "x" * 7_000)[0] in (400, 403)
    assert "lanner_operator_page" not in page.scene.operator.log()
    assert token not in page.scene.operator.log()


def test_an_agent_answers_the_operator_and_nobody_else(page: Page) -> None:
    """Neither a stranger, nor another agent, nor an operator that the ConfigMap does not name."""
    strangers = (pinned.made(page_contact.OPERATOR), pinned.made(page_contact.name_of("node-b")))
    for own in (*strangers, None):
        assert asyncio.run(_asked_by(own, page.first)) == 0
    told = page.scene.server.get(PAGE_MAP)["data"]
    assert len(told[page_contact.CERTIFICATES].split()) == 1
    assert "KEY" not in json.dumps(told)


async def _asked_by(own: pinned.Own | None, agent: AskedAgent) -> int:
    """The status that is answered; 0 for none."""
    contact = page_contact.contact({"metadata": {"annotations": dict(agent.page.annotations)}})
    assert contact is not None
    context = pinned.client(own or pinned.made("stranger"), contact.certificate)
    assert context is not None
    url = f"https://127.0.0.1:{agent.port}/alerts"
    try:
        async with aiohttp.ClientSession() as session:
            asked = session.get(url, ssl=context, server_hostname=page_contact.name_of(agent.node))
            async with asyncio.timeout(5), asked as answer:
                return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0


def test_a_node_that_another_speaks_for_is_not_believed(page: Page) -> None:
    """A thief of node-b's token writes node-b's Lease: what comes from there about node-a is left out, and
    who does not have the key that a Lease names is not asked."""
    forged = page.first.made(57, of=rule(name="Forged"), container=HOST, command=b"forged")
    page.second.output.offer(forged)
    page.second.alerts(58, command=b"own word")
    visitor = page.visitor()
    eventually(lambda: visitor.alerts("?text=own+word")["alerts"])
    assert visitor.alerts("?text=forged")["alerts"] == []
    lease = page.scene.server
    path = "/apis/coordination.k8s.io/v1/namespaces/lanner/leases/lanner-agent-node-b"
    other = dict(page.second.page.annotations) | {
        page_contact.CERTIFICATE: page.first.page.annotations[page_contact.CERTIFICATE]
    }
    lease.patch(path, {"metadata": {"annotations": other}})
    notices = eventually(lambda: [one for one in visitor.alerts()["notices"] if "node-b" in one])
    assert "what happened there is missing" in notices[0]
    lease.patch(path, {"metadata": {"annotations": dict(page.second.page.annotations)}})
    eventually(lambda: "node-b: " not in str(visitor.alerts()["notices"]))


def test_an_agent_that_is_slow_or_away_holds_up_no_other_and_is_named(page: Page) -> None:
    visitor = page.visitor()
    with asked(page.scene, "node-c") as third:
        third.alerts(3, command=b"third")
        eventually(lambda: "third" in str(visitor.alerts("?text=third")["alerts"]), 30.0)
    page.scene.acknowledge("node-c")
    page.first.alerts(59, command=b"third too")
    _lacks(visitor.alerts("?text=third"), "node-c: ClientConnectorError")
    with socket.create_server(("127.0.0.1", third.port)):  # takes connections and says nothing
        began = time.monotonic()
        _lacks(visitor.alerts("?text=third"), "node-c: no answer in 2 s")
        assert time.monotonic() - began < 10


def _lacks(answer: dict[str, Any], words: str) -> None:
    assert len(answer["alerts"]) == 1
    assert any(words in one and "missing" in one for one in answer["notices"]), answer["notices"]


def test_the_rights_of_the_role_are_enough_for_a_token_and_for_nothing_else(page: Page) -> None:
    kubectl = page.scene.plane.access.kubectl
    kubectl("create", "rolebinding", "looks", "-n", "lanner", "--role=lanner-page", "--user=ann")
    try:
        token = kubectl(
            *("create", "token", "lanner-page", "-n", "lanner", "--audience=lanner-page", "--as=ann")
        )
        assert Visitor(page.port).ticket(token.strip())[0] == 200
        for verb, what in (("list", "secrets"), ("create", "pods/exec"), ("get", "configmaps")):
            asked_for = ("auth", "can-i", verb, what, "-n", "lanner", "--as=ann")
            with pytest.raises((AssertionError, subprocess.CalledProcessError, RuntimeError)):
                kubectl(*asked_for)
    finally:
        kubectl("delete", "rolebinding", "looks", "-n", "lanner")


def test_kubectl_lanner_page_prints_an_address_that_opens_it(page: Page, tmp_path: Path) -> None:
    """All but the forwarding of the port, for which a kubelet is needed: a program in kubectl's place says
    that the page's own port is it. Of two operators the one that leads has the page."""
    forward = tmp_path / "kubectl"
    forward.write_text(FORWARD.format(log=tmp_path / "asked", port=page.port))
    forward.chmod(0o755)
    scene = page.scene
    with _pod(scene, page.port, LEADER), _pod(scene, page.port, OTHER):
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "KUBECONFIG": str(scene.plane.kubeconfig),
        }
        command = [str(COMMAND.with_name("kubectl-lanner")), "page", "--no-browser"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
    assert (tmp_path / "asked").read_text().split() == [
        *("port-forward", "-n", "lanner", f"pod/{LEADER}", "--address=127.0.0.1", f":{page.port}")
    ]
    visitor = Visitor(page.port)
    assert visitor.get(url.removeprefix(f"http://127.0.0.1:{page.port}"))[0] == 303
    assert visitor.get("/")[0] == 200


@contextmanager
def _pod(scene: Scene, port: int, name: str) -> Iterator[None]:
    """An operator's, as the API server would have it."""
    labels = {"app.kubernetes.io/name": "lanner", "app.kubernetes.io/component": "operator"}
    said = [{"name": "LANNER_NAME", "value": "lanner"}, {"name": "LANNER_PAGE_PORT", "value": str(port)}]
    containers = [{"name": "operator", "image": "none", "env": said}]
    account = {"serviceAccountName": "lanner-operator", "automountServiceAccountToken": False}
    spec = {"containers": containers, "nodeName": "node-a", **account}
    pod = {"metadata": {"name": name, "labels": labels}, "spec": spec}
    scene.server.create(PODS, {"apiVersion": "v1", "kind": "Pod", **pod})
    scene.server.patch(f"{PODS}/{name}/status", {"status": {"phase": "Running"}})
    try:
        yield
    finally:
        scene.server.delete(f"{PODS}/{name}?gracePeriodSeconds=0")


def test_the_filter_of_an_address_is_no_other_request(page: Page) -> None:
    visitor = page.visitor()
    words = quote("a&limit=1000&epoch=x#?\r\n/standing", safe="")
    assert visitor.alerts(f"?text={words}")["alerts"] == []
