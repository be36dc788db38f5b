# SPDX-License-Identifier: Apache-2.0
"""`flowSchema.agents`: the API server has queues for the agents; `flowSchema.enabled`: and for their Events
others, by namespace."""

from __future__ import annotations

import itertools
import re
import subprocess
import time
from collections.abc import Callable

from tests.chart.installation import Installation, event, lease
from tests.cluster.access import Access

PATIENCE_S = 20.0


def flow(agent: Access, manifest: str) -> str:
    """The uid of the FlowSchema that took the request, as the response says."""
    done = subprocess.run(
        [agent.binaries["kubectl"], "create", "--validate=false", "-v=8", "-f", "-"],
        input=manifest, capture_output=True, text=True, check=True, env=agent.environment(),
    )  # fmt: skip
    return str(re.findall(r"X-Kubernetes-Pf-Flowschema-Uid: (\S+)", done.stderr)[-1])


def uid(installed: Installation, name: str) -> str:
    """Of a FlowSchema."""
    return str(installed.admin.get("flowschema", name)["metadata"]["uid"])


def wait_for(done: Callable[[int], bool]) -> None:
    """The API server takes over what changed within seconds; `done` is asked by number until then."""
    deadline = time.monotonic() + PATIENCE_S
    for number in itertools.count():
        if done(number):
            return
        assert time.monotonic() < deadline, number
        time.sleep(0.5)


def test_which_request_goes_where(installed: Installation) -> None:
    agent = installed.agent_of("n1")
    agents = uid(installed, "lanner-agents")
    wait_for(lambda number: flow(agent, event(f"before-{number}")) == agents)

    values = ("--set", "flowSchema.enabled=true")
    installed.upgrade(*values)
    events = uid(installed, "lanner-events")
    wait_for(lambda number: flow(agent, event(f"after-{number}")) == events)
    assert flow(agent, lease("lanner-agent-n1")) == agents

    values = ("--set", "flowSchema.agents=false")
    installed.upgrade(*values)
    usual = uid(installed, "service-accounts")
    wait_for(lambda number: flow(agent, event(f"without-{number}")) == usual)
