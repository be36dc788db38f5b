# SPDX-License-Identifier: Apache-2.0
"""An alert of the real kernel is a line on standard output and an Event in the cluster; the end loses
neither.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import Any

from tests.agent.cluster.installation import Installation, cluster_rule, rule, until


def events(lanner: Installation, name: str) -> list[dict[str, Any]]:
    """Of the rule `name`, about this installation's node."""
    found = lanner.admin.get("events.events.k8s.io", "-n", "default")["items"]
    return [
        one
        for one in found
        if one["regarding"]["name"] == lanner.node
        and one["metadata"].get("annotations", {}).get("lanner.dev/rule") == name
    ]


def published(lanner: Installation) -> int:
    """Events of the cluster's rules about the node, as the FalcoNode has it."""
    told = lanner.falco_node()["status"].get("alerts", [])
    return sum(one["published"] for one in told if (one["rules"], one["namespace"]) == ("Cluster", ""))


def test_a_deed_on_the_node_is_an_event(lanner: Installation) -> None:
    index = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent() as agent:
        agent.wait_until_watching()
        lanner.wait_for_bundle(index)
        subprocess.run(["true"], check=True)
        until(lambda: events(lanner, "First"))
        agent.alerts.wait('"rule":"First"')
        until(lambda: lanner.condition("EventsPublished").get("status") == "True")
        lanner.wait_for_bundle(lanner.publish(cluster_rule("one", rule("Second"))))  # writes the numbers
        until(lambda: published(lanner) > 0)
    (event,) = events(lanner, "First")
    assert event["reportingInstance"] == lanner.node
    assert event["related"]["name"] == "one"


def test_the_end_writes_what_waits_and_sums_up(lanner: Installation) -> None:
    rules = [rule(f"R{n}", f"evt.type = execve and proc.args contains mark{n}") for n in range(10)]
    index = lanner.publish(cluster_rule("one", *rules))
    agent = lanner.start()
    try:
        lanner.wait_for_bundle(index)
        for number in range(10):
            subprocess.run(["true", f"mark{number}"], check=True)
        agent.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert agent.process.wait(10) == 0
        took = time.monotonic() - began
    finally:
        agent.stop()
    told = {json.loads(line.text)["rule"] for line in agent.alerts.all()}
    assert told == {f"R{n}" for n in range(10)}
    assert all(events(lanner, f"R{n}") for n in range(10))
    agent.notes.wait(r"10 alerts, nothing lost")
    agent.notes.wait(r"10  published")
    assert took < 5
