# SPDX-License-Identifier: Apache-2.0
"""Alerts of real rules about plain events, in pods and on the host; for tests of what becomes of them."""

from __future__ import annotations

from dataclasses import replace

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.alert import Alert
from lanner_engine.fields.model import HOST, Container
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject
from tests.agent.events import plain, rules

NODE = NodeIdentity("node1", "0aa7a5c8-9c2e-4a5e-8a53-5c4f3b1f2d10", "lanner-agent-x", "", "lanner")
POD_UID = "7f0b4d3e-6a5c-4f5e-9d8a-0123456789ab"
FULL_ID = b"0123456789abcdef" * 4
OWNER = RuleObject("FalcoRule", "shop", "shells", "11111111-2222-3333-4444-555555555555", 3, {})
APP = Container(
    id=FULL_ID[:12],
    full_id=FULL_ID,
    name=b"app",
    type=b"containerd",
    image=b"docker.io/library/nginx:1.27",
    image_repository=b"docker.io/library/nginx",
    image_tag=b"1.27",
    image_digest=b"sha256:ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12",
    pod_name=b"app1",
    pod_namespace=b"shop",
    pod_uid=POD_UID.encode(),
    pod_sandbox_id=b"f" * 64,
)


def rule(
    name: str = "Terminal shell in container",
    output: str = "shell=%proc.name cmd=%proc.cmdline",
    priority: str = "NOTICE",
    owner: RuleObject | None = None,
    tags: tuple[str, ...] = ("container", "mitre_execution"),
) -> CheckedRule:
    (made,) = rules.compiled(rules.text(output=output, priority=priority)).rules
    return replace(made, name=name, owner=owner, tags=tags)


def alert(
    of: CheckedRule | None = None,
    container: Container = APP,
    exepath: bytes = b"/usr/bin/dash",
    args: tuple[bytes, ...] = (b"-c", b"id"),
    time: int = 1_700_000_000_123_456_789,
) -> Alert:
    process = replace(plain.SHELL, exepath=exepath, args=args)
    where = None if container is HOST else container.full_id
    return Alert(
        of or rule(), plain.Event(process=process, container=container, container_id=where, time=time)
    )
