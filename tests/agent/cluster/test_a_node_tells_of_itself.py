# SPDX-License-Identifier: Apache-2.0
"""FalcoNode, Lease and health pages of a running agent, with the rights and the admission policy of the
chart.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

from lanner_agent.report import counters
from lanner_engine.resources.falco_node import FalcoNodeStatus
from tests.agent.cluster import installation
from tests.agent.cluster.installation import Installation, cluster_rule, rule, until
from tests.cluster.control_plane import ControlPlane
from tests.story.agent import START_S


def test_the_node_has_conditions_counters_and_an_owner(lanner: Installation) -> None:
    index = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent():
        lanner.wait_for_bundle(index)
        until(lambda: lanner.condition("Ready").get("status") == "True")
        node = lanner.falco_node()
    role = lanner.admin.get("clusterrole", f"{lanner.name}-agent")
    assert node["metadata"]["ownerReferences"][0]["uid"] == role["metadata"]["uid"]
    assert node["spec"] == {"nodeName": lanner.node}
    status = FalcoNodeStatus.model_validate(node["status"])
    conditions = {one.type: (one.status, one.reason) for one in status.conditions}
    assert conditions["Ready"] == ("True", "Watching")
    assert conditions["RulesLoaded"] == ("True", "BundleLoaded")
    assert conditions["ProbesLoaded"][0] == "True"
    assert conditions["ProbesLoaded"][1] in ("Attached", "AttachedButWeaker")  # not every kernel has all
    assert conditions["MetadataHealthy"][0] in ("True", "False")
    assert status.agent is not None
    assert status.agent.kernel == os.uname().release
    assert status.counters["bundles_refused"] == 0


def test_a_deleted_node_is_back_within_five_seconds(lanner: Installation) -> None:
    with lanner.agent():
        lanner.wait_for_bundle(lanner.publish(cluster_rule("one", rule("First"))))
        before = lanner.falco_node()["metadata"]["uid"]
        lanner.admin.kubectl("delete", "falconode", lanner.node)
        until(lambda: lanner.condition("Ready").get("status") == "True", 5.0)
        made = lanner.falco_node()
    assert made["metadata"]["uid"] != before
    assert made["metadata"]["ownerReferences"]
    assert made["status"]["bundle"]["revision"] == 1


def test_counters_are_those_of_this_process(lanner: Installation) -> None:
    index = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent():
        lanner.wait_for_bundle(index)
    old = {f"of_an_earlier_process_{number}": number for number in range(100)}
    lanner.patch_status({"counters": old, "failures": [{"rule": "r", "reason": "R", "message": "m"}]})
    with lanner.agent() as agent:
        agent.wait_until_watching()
        until(lambda: not old.keys() & lanner.falco_node()["status"]["counters"].keys())
        status = lanner.falco_node()["status"]
    assert status["counters"].keys() <= counters.every_key()
    assert status["counters"]["bundles_loaded"] <= 1
    assert status["failures"] == []


def test_alerts_by_namespace_go_on_where_the_agent_before_ended(lanner: Installation) -> None:
    lanner.publish(cluster_rule("one", rule("First")))
    made = {"apiVersion": "lanner.dev/v1alpha1", "kind": "FalcoNode", "metadata": {"name": lanner.node}}
    lanner.admin.apply({**made, "spec": {"nodeName": lanner.node}})
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    before = {"namespace": "", "object": "ClusterFalcoRule/one", "rule": "First", "alerts": 40}
    before |= {"priority": "Error", "tactic": "", "firstTime": now, "lastTime": now}
    lanner.patch_status({"reports": [before]})
    with lanner.agent("--reports") as agent:
        agent.wait_until_watching()
        until(lambda: reported(lanner) == [40])
        subprocess.run(["true"], check=True)
        agent.alerts.wait('"rule":"First"')
        second = lanner.publish(cluster_rule("one", rule("First")), cluster_rule("two", rule("Second")))
        lanner.wait_for_bundle(second)  # with which numbers are written
        (found,) = lanner.falco_node()["status"]["reports"]
    assert found["alerts"] > 40
    assert (found["priority"], found["firstTime"]) == ("Error", now)
    FalcoNodeStatus.model_validate(lanner.falco_node()["status"])


def reported(lanner: Installation) -> list[int]:
    return [one["alerts"] for one in lanner.falco_node()["status"].get("reports", ())]


def test_what_the_operator_says_of_a_silent_agent_is_put_right_by_the_next_sign_of_life(
    lanner: Installation,
) -> None:
    with lanner.agent():
        lanner.wait_for_bundle(lanner.publish(cluster_rule("one", rule("First"))))
        until(lambda: lanner.condition("Ready").get("status") == "True")
        known = lanner.falco_node()["status"]["conditions"]
        lanner.patch_status({"conditions": [{**one, "status": "Unknown"} for one in known]})
        assert lanner.condition("Ready")["status"] == "Unknown"
        until(lambda: lanner.condition("Ready")["status"] == "True", 30.0)
        assert lanner.condition("RulesLoaded")["status"] == "True"


def test_a_status_that_is_refused_still_acknowledges(
    own_control_plane: ControlPlane, tmp_path: pathlib.Path
) -> None:
    with installation.installed(own_control_plane, tmp_path) as lanner:
        allow_counters(lanner, 1)
        with lanner.agent() as agent:
            lanner.wait_for_bundle(lanner.publish(cluster_rule("one", rule("First"))))
            agent.notes.wait(
                "tells only which rules are in force, the API server refuses the rest: .*counters"
            )
            message = lanner.condition("Ready")["message"]
            assert "failures and counters are left out, the API server refused them" in message
            assert "counters" not in lanner.falco_node()["status"]
            allow_counters(lanner, 128)
            lanner.wait_for_bundle(lanner.publish(cluster_rule("one", rule("Second"))))
            agent.notes.wait("tells everything again")
            until(lambda: "left out" not in lanner.condition("Ready")["message"])
            assert lanner.falco_node()["status"]["counters"]["bundles_refused"] == 0


def allow_counters(lanner: Installation, most: int) -> None:
    """The definition as one of another version might be."""
    place = "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties/counters/maxProperties"
    change = [{"op": "replace", "path": place, "value": most}]
    definition = ("crd", "falconodes.lanner.dev", "--type=json", "-p", json.dumps(change))
    lanner.admin.kubectl("patch", *definition)
    time.sleep(2)  # the API server takes a moment to validate by it


def test_a_deleted_node_is_made_again(lanner: Installation) -> None:
    first = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent():
        lanner.wait_for_bundle(first)
        lanner.admin.kubectl("delete", "falconode", lanner.node)
        second = lanner.publish(cluster_rule("one", rule("Second")))
        lanner.wait_for_bundle(second)
    assert lanner.falco_node()["metadata"]["ownerReferences"]


def test_the_lease_is_the_pods_and_is_renewed_by_the_next_one(lanner: Installation) -> None:
    name = f"{lanner.name}-agent-{lanner.node}"
    renewed = [""]
    for _ in range(2):  # the second finds what the first has left
        with lanner.agent() as agent:
            agent.wait_until_watching()
            until(lambda: _renewed(lanner, name) not in renewed)
            renewed.append(_renewed(lanner, name))
    lease = lanner.admin.get("lease", name, "-n", lanner.name)
    assert lease["spec"]["holderIdentity"] == "agent"
    assert lease["metadata"]["ownerReferences"][0]["uid"] == lanner.pod_uid


def test_health_pages_say_what_is_wrong(lanner: Installation) -> None:
    index = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent():
        lanner.wait_for_bundle(index)
        until(lambda: _page(lanner, "readyz") == (200, "ok\n"))
        assert _page(lanner, "healthz") == (200, "ok\n")
        assert _page(lanner, "else")[0] == 404


def test_a_kernel_that_refuses_the_probes_makes_a_node_that_is_not_ready(lanner: Installation) -> None:
    """Without its capabilities the agent is on such a kernel."""
    lanner.publish(cluster_rule("one", rule("First")))
    without = ("setpriv", "--bounding-set", "-bpf,-perfmon,-sys_admin")
    with lanner.agent(prefix=without) as agent:
        agent.notes.wait("not watching, this kernel cannot run the probes: CAP_BPF", START_S)
        until(lambda: lanner.condition("ProbesLoaded").get("status") == "False")
        assert "CAP_BPF" in lanner.condition("ProbesLoaded")["message"]
        assert lanner.condition("Ready")["status"] == "False"
        code, words = _page(lanner, "readyz")
        assert (code, "CAP_BPF" in words) == (503, True)
        assert _page(lanner, "healthz") == (200, "ok\n")
        until(lambda: _renewed(lanner, f"{lanner.name}-agent-{lanner.node}"))
        assert agent.process.poll() is None


def _renewed(lanner: Installation, name: str) -> str:
    path = "jsonpath={.spec.renewTime}"
    return lanner.admin.kubectl("get", "lease", name, "-n", lanner.name, "--ignore-not-found", "-o", path)


def _page(lanner: Installation, name: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{lanner.health_port}/{name}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
