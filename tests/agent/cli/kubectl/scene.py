# SPDX-License-Identifier: Apache-2.0
"""A cluster with the chart in it, two nodes that say of themselves what agents say, a pod, and Events that a
real publisher made of real rules; and three persons who ask about it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.cli import group
from lanner_agent.cli.kubectl.group import PROGRAM, kubectl_lanner
from lanner_agent.publish.events.publisher import EventsPublisher
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.report import board
from lanner_apiserver.client import Api
from lanner_engine.fields.model import HOST, Container, Owners
from lanner_engine.objects.verdicts import check_objects
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import API_VERSION, RuleObject
from tests.agent.publish.events import alerts, shop
from tests.chart.installation import NAMESPACE, Installation
from tests.chart.rendering import CHART
from tests.cluster import kubeconfig
from tests.cluster.access import Access

SHOP = "kubectl-shop"
LABELS = {"app.kubernetes.io/part-of": "lanner", "app.kubernetes.io/version": "0.1.0"}
SHELLS = {
    "apiVersion": API_VERSION,
    "kind": "FalcoRule",
    "metadata": {"name": "shells", "namespace": SHOP},
    "spec": {
        "rules": [
            {
                "name": "Shell in the shop",
                "desc": "somebody works by hand",
                "condition": "evt.type = execve and lanner_shop_shell",
                "output": "a shell (command=%proc.cmdline type=%evt.type name=%proc.name)",
                "priority": "WARNING",
                "tags": ["mitre_execution"],
            }
        ],
        "macros": [{"name": "lanner_shop_shell", "condition": "proc.name in (sh, bash)"}],
    },
}
HOSTS = {
    "apiVersion": API_VERSION,
    "kind": "ClusterFalcoRule",
    "metadata": {"name": "hosts"},
    "spec": {
        "hostScope": "Include",
        "rules": [
            {
                "name": "Shell on a host",
                "desc": "somebody works by hand",
                "condition": "evt.type = execve and proc.name = sh",
                "output": "a shell (command=%proc.cmdline)",
                "priority": "WARNING",
            }
        ],
    },
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A command at its end."""

    status: int
    out: str
    errors: str

    @property
    def rows(self) -> list[list[str]]:
        """The words of each line."""
        return [line.split() for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Furnished:
    """`pod` is the container in the pod app1 of SHOP; `before` what was said when nothing was installed."""

    installed: Installation
    pod: Container
    before: subprocess.CompletedProcess[str]


@dataclass(slots=True)
class Scene:
    """What is there, and a user who asks about it."""

    furnished: Furnished
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def pod(self) -> Container:
        return self.furnished.pod

    @property
    def before(self) -> subprocess.CompletedProcess[str]:
        return self.furnished.before

    @property
    def installed(self) -> Installation:
        return self.furnished.installed

    @property
    def admin(self) -> Access:
        return self.installed.admin

    def asks(self, *words: str, who: str = "admin") -> Ended:
        """`kubectl lanner WORDS` in this process, by this person."""
        self.monkeypatch.setenv("KUBECONFIG", str(person(self.installed, who)))
        self.monkeypatch.setattr("sys.argv", ["kubectl-lanner", *words])
        self.capsys.readouterr()
        status = group.run(None, kubectl_lanner, PROGRAM)
        said = self.capsys.readouterr()
        return Ended(status, said.out, said.err)

    def rule(self, kind: str = "falcorules", name: str = "shells") -> CheckedRule:
        """As an agent has it: the first of an object that is in the cluster."""
        return rule(self.admin, kind, name)

    def publish(self, *made: Made, times: int = 1) -> None:
        """Alerts by an agent of node1, which is there until all are written."""
        asyncio.run(publish(self.admin, made, times))


Made = tuple[CheckedRule, Container, Sequence[bytes]]  # a rule, where, and the arguments of the shell


def rule(admin: Access, kind: str, name: str) -> CheckedRule:
    where = ("-n", SHOP) if kind == "falcorules" else ()
    found = admin.get(kind, name, *where)
    meta, namespace = found["metadata"], found["metadata"].get("namespace", "")
    version = meta["uid"], meta["generation"], found["spec"]
    checked = check_objects([RuleObject(found["kind"], namespace, meta["name"], *version)])
    return (*checked.cluster, *checked.namespaces.get(namespace, ()))[0]


async def publish(admin: Access, made: Sequence[Made], times: int) -> None:
    api = await Api.connect("lanner-tests", str(admin.kubeconfig))
    node = NodeIdentity("node1", None, "lanner-agent-x", "", "lanner")
    publisher = EventsPublisher(api, node, EventSettings(series_pause=0.001), print)
    task = asyncio.create_task(publisher.run())
    done = {"published": len(made)} | ({"series_patched": len(made)} if times > 1 else {})
    try:
        for rule, container, args in made:
            for _ in range(times):
                publisher.offer(alerts.alert(rule, container, args=tuple(args), time=time.time_ns()))
        async with asyncio.timeout(10):
            while any(publisher.counts().get(name, 0) < number for name, number in done.items()):
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await api.close()


def person(installed: Installation, who: str) -> Any:
    """A kubeconfig; made once."""
    if who == "admin":
        return installed.admin.kubeconfig
    path = installed.plane.folder / f"kubectl-{who}.conf"
    if not path.exists():
        admin = installed.admin
        token = admin.kubectl("create", "token", who, "-n", SHOP).strip()
        kubeconfig.by_token(path, installed.plane.url, installed.plane.folder / "pki", token)
        made = json.loads(path.read_text())
        made["contexts"][0]["context"]["namespace"] = SHOP
        path.write_text(json.dumps(made))
    return path


def furnish(installed: Installation, before: subprocess.CompletedProcess[str]) -> Furnished:
    """The chart, and one alert three times in the pod, and one on the host."""
    admin = installed.admin
    admin.helm("install", "lanner", str(CHART), "--namespace", NAMESPACE, "--create-namespace")
    admin.kubectl("create", "namespace", SHOP)
    for who in ("viewer", "tenant", "stranger"):
        admin.kubectl("create", "serviceaccount", who, "-n", SHOP)
    bound = "--clusterrole=view", f"--serviceaccount={SHOP}:viewer"
    admin.kubectl("create", "clusterrolebinding", "kubectl-viewer", *bound)
    within = "--clusterrole=view", f"--serviceaccount={SHOP}:tenant", "-n", SHOP
    admin.kubectl("create", "rolebinding", "kubectl-tenant", *within)
    admin.kubectl("create", "serviceaccount", "seller", "-n", SHOP)
    admin.apply(shop.pod(SHOP))
    uid = admin.get("pod", "app1", "-n", SHOP)["metadata"]["uid"]
    admin.apply(SHELLS)
    admin.apply(HOSTS)
    _nodes(admin)
    _statuses(admin)
    owners = Owners(b"Deployment", b"app", b"app", b"app-7c9d6", b"u")
    pod = replace(alerts.APP, pod_namespace=SHOP.encode(), pod_uid=uid.encode(), owners=owners)
    loud: Made = (rule(admin, "falcorules", "shells"), pod, (b"-c", b"id \x1b[31m"))
    asyncio.run(publish(admin, [loud], times=3))
    asyncio.run(publish(admin, [(rule(admin, "clusterfalcorules", "hosts"), HOST, (b"-c", b"x"))], times=1))
    return Furnished(installed, pod, before)


def _nodes(admin: Access) -> None:
    now = board.timestamp()
    well = [condition(kind, "True", "Fine", "all is well") for kind in board.TYPES]
    weak = [
        condition("ProbesLoaded", "True", board.WEAKER, "what io_uring does is not seen (too old)"),
        condition("EventsPublished", "False", "Forbidden", "may not\x1b[2J write"),
        *well,
    ]
    seen = {one["type"]: one for one in reversed(weak)}
    hits = [
        hit(f"FalcoRule/{SHOP}/shells", "Shell in the shop", 12, 5, now),
        hit("ClusterFalcoRule/lanner-terminal-shell", "Shell with a terminal in a container", 3, 0, now),
        hit("", "", 40, 7, now),
    ]
    node(admin, "node1", well, {"alerts": 55, "events": 10, "suppressed_pod_limit": 2}, hits, now)
    node(
        admin,
        "node2",
        list(seen.values()),
        {"alerts": 1, "lost_ring_full": 1234},
        hits[:1],
        "2026-01-01T00:00:00Z",
    )


def node(  # noqa: PLR0913, PLR0917  (the parts of a status, in its order)
    admin: Access, name: str, conditions: Any, counters: Any, hits: Any, renewed: str
) -> None:
    """A FalcoNode as its agent writes it, and its Lease."""
    made = {
        "apiVersion": API_VERSION,
        "kind": "FalcoNode",
        "metadata": {"name": name},
        "spec": {"nodeName": name},
    }
    bundle = {"name": "r000003-9f2c41d0", "revision": 3, "sha256": "0" * 64, "loadedAt": renewed}
    agent = {"version": "0.1.0", "engine": "1.0.0", "kernel": "6.12.1"}
    said = {"bundle": bundle, "conditions": conditions, "agent": agent, "counters": counters, "hits": hits}
    admin.apply(made)
    patch = json.dumps({"status": said})
    admin.kubectl("patch", "falconode", name, "--subresource=status", "--type=merge", "-p", patch)
    meta = {"name": f"lanner-agent-{name}", "namespace": "lanner"}
    micro = renewed.replace("Z", ".000000Z")
    admin.apply(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": meta,
            "spec": {"renewTime": micro},
        }
    )


def _statuses(admin: Access) -> None:
    """As the operator writes them."""
    for kind, name, where, rule in (
        ("falcorule", "shells", ("-n", SHOP), "Shell in the shop"),
        ("clusterfalcorule", "lanner-terminal-shell", (), "Shell with a terminal in a container"),
    ):
        said = {
            "conditions": [
                condition("Accepted", "True", "Valid", ""),
                condition("Programmed", "True", "Loaded", ""),
            ],
            "summary": "2/2",
            "rules": [{"name": rule, "priority": "Warning", "eventTypes": ["execve", "execveat"]}],
        }
        admin.kubectl(
            "patch",
            kind,
            name,
            *where,
            "--subresource=status",
            "--type=merge",
            "-p",
            json.dumps({"status": said}),
        )


def condition(kind: str, status: str, reason: str, message: str) -> dict[str, str]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


def hit(owner: str, rule: str, alerts_: int, hour: int, last: str) -> dict[str, Any]:
    return {"object": owner, "rule": rule, "alerts": alerts_, "lastHour": hour, "lastTime": last}
