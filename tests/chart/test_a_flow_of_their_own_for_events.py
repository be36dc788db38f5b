# SPDX-License-Identifier: Apache-2.0
"""`flowSchema.enabled`: the API server queues the agents' Events by namespace, and nothing else."""

from __future__ import annotations

import re
import subprocess
import time

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


def test_which_request_goes_where(installed: Installation) -> None:
    agent = installed.agent_of("n1")
    usual = installed.admin.get("flowschema", "service-accounts")["metadata"]["uid"]
    assert flow(agent, event("before")) == usual

    values = ("--set", "flowSchema.enabled=true")
    installed.upgrade(*values)
    own = installed.admin.get("flowschema", "lanner-events")["metadata"]["uid"]
    deadline, number = time.monotonic() + PATIENCE_S, 0
    while flow(agent, event(f"after-{number}")) != own and time.monotonic() < deadline:
        time.sleep(0.5)
        number += 1
    assert flow(agent, event("at-last")) == own
    assert flow(agent, lease("lanner-agent-n1")) == usual
