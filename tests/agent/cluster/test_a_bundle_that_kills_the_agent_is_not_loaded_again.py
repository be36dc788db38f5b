# SPDX-License-Identifier: Apache-2.0
"""A real agent is killed with SIGKILL while it loads a bundle: the next one starts with the last that ran,
says so, and takes the next bundle that differs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import Any

from lanner_engine.bundle.index import Index
from lanner_engine.resources.rule_object import RuleObject
from tests.agent.cluster.installation import Installation, cluster_rule, rule, until
from tests.story.agent import Agent

GOOD = cluster_rule("good", rule("Good"))


def heavy(generation: str) -> RuleObject:
    """Half a second to load, and more."""
    many = [
        rule(f"{generation} {n}", f"evt.type = execve and proc.name = {generation}{n}") for n in range(250)
    ]
    return cluster_rule(f"heavy-{generation}", *many)


def on_trial(lanner: Installation) -> list[str]:
    try:
        found = json.loads((lanner.state / "trial").read_text())
    except (OSError, ValueError):
        return []
    return [str(one) for one in found["trying"]]


def proven(lanner: Installation, index: Index) -> bool:
    path = lanner.state / "trial"
    return path.exists() and json.loads(path.read_text())["proven"] == index.bundleSha256


def killed_while_loading(lanner: Installation, running: Agent, index: Index) -> None:
    until(lambda: index.bundleSha256 in on_trial(lanner))
    os.kill(running.process.pid, signal.SIGKILL)
    assert running.stop() == -signal.SIGKILL


def test_a_bundle_that_kills_the_agent_is_not_loaded_again(lanner: Installation) -> None:
    lanner.variables["LANNER_PROVEN_AFTER"] = "1"
    first = lanner.publish(GOOD)
    running = lanner.start()
    lanner.wait_for_bundle(first)
    until(lambda: proven(lanner, first))
    bad = lanner.publish(GOOD, heavy("bad"))
    killed_while_loading(lanner, running, bad)
    with lanner.agent() as agent:
        _says_what_happened(lanner, agent, first, bad)
        again = lanner.publish(GOOD, heavy("bad"))  # the same under another number
        until(lambda: again.name in lanner.condition("RulesLoaded").get("message", ""))
        assert lanner.condition("RulesLoaded")["reason"] == "BundleKilledTheAgent"
        other = lanner.publish(GOOD, heavy("other"))
        lanner.wait_for_bundle(other)
        until(lambda: lanner.condition("RulesLoaded")["status"] == "True")


def _says_what_happened(lanner: Installation, agent: Agent, first: Index, bad: Index) -> None:
    until(lambda: lanner.condition("RulesLoaded").get("reason") == "BundleKilledTheAgent")
    condition = lanner.condition("RulesLoaded")
    assert condition["status"] == "False"
    assert bad.name in condition["message"]
    assert f"bundle {first.name} stays in force" in condition["message"]
    assert lanner.falco_node()["status"]["bundle"]["name"] == first.name
    assert f"killed with the bundle {bad.bundleSha256[:8]} on trial" in agent.notes.text()
    subprocess.run(["true"], check=True)
    agent.alerts.wait("seen ")
    until(lambda: _events(lanner))
    (event,) = _events(lanner)
    assert (event["type"], event["regarding"]["kind"], event["regarding"]["name"]) == (
        "Warning",
        "Node",
        lanner.node,
    )
    assert bad.bundleSha256[:8] in event["note"]


def _events(lanner: Installation) -> list[dict[str, Any]]:
    listed = lanner.admin.kubectl("get", "events.events.k8s.io", "-n", "default", "-o", "json")
    found = [one for one in json.loads(listed)["items"] if one["reason"] == "BundleKilledTheAgent"]
    return [one for one in found if one["regarding"]["name"] == lanner.node]
