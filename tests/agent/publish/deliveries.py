# SPDX-License-Identifier: Apache-2.0
"""Outputs at work for tests: alerts to offer, and what is waited for."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from lanner_agent.publish import text
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Given, Maker
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.publish.stdout import LineWriter
from lanner_engine.fields.model import Container
from lanner_engine.program.rule import CheckedRule
from tests.agent.events import plain, rules

OUTPUT = "a shell was spawned (command=%proc.cmdline user=%user.name pid=%proc.pid)"
FULL_ID = b"0123456789abcdef" * 4
APP = Container(
    id=FULL_ID[:12],
    full_id=FULL_ID,
    name=b"app",
    image=b"docker.io/library/nginx:1.27",
    image_repository=b"docker.io/library/nginx",
    image_tag=b"1.27",
    image_digest=b"sha256:" + b"ab" * 32,
    pod_name=b"web-0",
    pod_namespace=b"shop",
    pod_uid=b"6f9c0f3e-0000-4000-8000-000000000001",
)


def rule(priority: str = "NOTICE", output: str = OUTPUT, name: str = "Shell") -> CheckedRule:
    (made,) = rules.compiled(rules.text(name, output=output, priority=priority)).rules
    return made


def alert(
    number: int = 0,
    of: CheckedRule | None = None,
    command: bytes = b"-c id",
    container: Container = APP,
) -> Alert:
    """Numbered by its pid, a millisecond after the one before."""
    event = plain.Event(
        time=1_700_000_000_123_456_789 + number * 1_000_000,
        process=replace(plain.SHELL, pid=number, args=tuple(command.split())),
        container_id=container.full_id,
        container=container,
    )
    return Alert(of or RULE, event)


RULE = rule()


def delivering(made: Maker, said: list[str], **settings: object) -> Delivery:
    """The output of these settings, by its name; what it says goes to `said`."""
    given = OutputsSettings.model_validate(settings)
    writer = LineWriter(os.open(os.devnull, os.O_WRONLY))
    one = made(Given(writer, text.line, said.append, None, given))
    assert isinstance(one, Delivery)
    return one


def pids(lines: Iterable[bytes | str]) -> list[int]:
    return [json.loads(line)["output_fields"]["proc.pid"] for line in lines]


def until(true: Callable[[], Any], timeout_s: float = 30.0) -> None:
    """Fails when it does not become true."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.005)
