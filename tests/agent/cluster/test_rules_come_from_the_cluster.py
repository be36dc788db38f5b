# SPDX-License-Identifier: Apache-2.0
"""A bundle in ConfigMaps becomes the rules in force on a node, is acknowledged, and is replaced by the next
one, with the probes attached all the while.
"""

from __future__ import annotations

import hashlib
import subprocess
import time
from datetime import UTC, datetime

from tests.agent.cluster.installation import Installation, cluster_rule, rule, until


def test_a_bundle_is_in_force_and_acknowledged_until_the_next(lanner: Installation) -> None:
    first = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent() as agent:
        lanner.wait_for_bundle(first)
        agent.wait_until_watching()
        subprocess.run(["true"], check=True)
        agent.alerts.wait('"rule":"First"')
        second = lanner.publish(cluster_rule("one", rule("Second")))
        lanner.wait_for_bundle(second)
        subprocess.run(["true"], check=True)
        agent.alerts.wait('"rule":"Second"')
    status = lanner.falco_node()["status"]
    assert status["bundle"]["sha256"] == second.bundleSha256
    assert {one["type"]: one["status"] for one in status["conditions"]}["RulesLoaded"] == "True"


def test_a_rule_of_ones_own_is_not_shadowed_by_one_that_ships(lanner: Installation) -> None:
    """Both make an alert; of one object only the first does."""
    shipped = cluster_rule("a-shipped", rule("Shipped"), rule("Shadowed"))
    index = lanner.publish(shipped, cluster_rule("b-own", rule("Own")))
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        agent.wait_until_watching()
        subprocess.run(["true"], check=True)
        agent.alerts.wait('"rule":"Shipped"')
        agent.alerts.wait('"rule":"Own"')
        assert '"rule":"Shadowed"' not in agent.alerts.text()


def test_nothing_but_its_own_objects_is_written_at_rest(lanner: Installation) -> None:
    index = lanner.publish(cluster_rule("one", rule("First", "evt.type = execve and proc.name = nobodys")))
    with lanner.agent():
        lanner.wait_for_bundle(index)
        time.sleep(2.0)  # what a start has to say is said
        since = datetime.now(UTC)
        time.sleep(8.0)
        asked = lanner.plane.audit.requests(lanner.user, since)
    assert [(one.verb, one.resource) for one in asked if one.verb != "watch"] == []
    wrote = {
        (one.verb, one.resource, one.name) for one in lanner.plane.audit.requests(lanner.user) if one.writes
    }
    assert {name for _, _, name in wrote} <= {"", lanner.node, f"{lanner.name}-agent-{lanner.node}"}


def test_without_an_index_the_built_in_rules_are_in_force_and_said_to_be(lanner: Installation) -> None:
    with lanner.agent() as agent:
        agent.wait_until_watching()
        agent.notes.wait("rules: the built-in rules")
        until(lambda: lanner.condition("RulesLoaded").get("reason") == "NoIndex")
        index = lanner.publish(cluster_rule("one", rule("First")))
        lanner.wait_for_bundle(index)
        lanner.admin.kubectl("delete", "configmap", f"{lanner.name}-rules", "-n", lanner.name)
        until(lambda: lanner.condition("RulesLoaded").get("reason") == "NoIndex")
        subprocess.run(["true"], check=True)
        agent.alerts.wait('"rule":"First"')
    assert lanner.condition("RulesLoaded")["status"] == "True"
    assert lanner.falco_node()["status"]["bundle"]["name"] == index.name


def test_a_large_bundle_comes_packed_in_several_shards(lanner: Installation) -> None:
    fill = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(30_000)]  # what packs badly
    lists = [{"name": f"l{n}", "items": fill[n * 1000 : n * 1000 + 1000]} for n in range(30)]
    others = (cluster_rule(f"list-{one['name']}", lists=[one], rules=[]) for one in lists)
    index = lanner.publish(cluster_rule("one", rule("First")), *others)
    assert len(index.shards) > 1
    assert all(shard.gz for shard in index.shards)
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        subprocess.run(["true"], check=True)
        agent.alerts.wait('"rule":"First"')
