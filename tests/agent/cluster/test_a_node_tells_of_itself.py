# SPDX-License-Identifier: Apache-2.0
"""FalcoNode, Lease and health pages of a running agent, with the rights and the admission policy of the
chart.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request

from lanner_engine.resources.falco_node import FalcoNodeStatus
from tests.agent.cluster.installation import Installation, cluster_rule, rule, until


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
    assert conditions["ProbesLoaded"] == ("True", "Attached")
    assert conditions["MetadataHealthy"][0] in ("True", "False")
    assert status.agent is not None
    assert status.agent.kernel == os.uname().release
    assert status.counters["bundles_refused"] == 0


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
        agent.notes.wait("not watching, this kernel cannot run the probes: CAP_BPF")
        until(lambda: lanner.condition("ProbesLoaded").get("status") == "False")
        assert "CAP_BPF" in lanner.condition("ProbesLoaded")["message"]
        assert lanner.condition("Ready")["status"] == "False"
        code, words = _page(lanner, "readyz")
        assert (code, "CAP_BPF" in words) == (503, True)
        assert _page(lanner, "healthz") == (200, "ok\n")
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
