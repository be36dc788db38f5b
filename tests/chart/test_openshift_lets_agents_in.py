# SPDX-License-Identifier: Apache-2.0
"""What the constraints allow is what the pods of the chart ask for, in each profile, and no more."""

from __future__ import annotations

import pytest

from tests.chart.rendering import Helm, one

ON = "openShift.securityContextConstraints=true"


def test_there_are_none_unless_they_are_asked_for(helm: Helm) -> None:
    assert "security.openshift.io" not in helm.text()


@pytest.mark.parametrize("profile", ["default", "compat", "privileged"])
def test_they_allow_what_the_agents_pods_have(helm: Helm, profile: str) -> None:
    objects = helm.objects("--set", f"{ON},securityProfile={profile}")
    allowed = one(objects, "SecurityContextConstraints", "lanner-agent")
    spec = one(objects, "DaemonSet", "lanner-agent")["spec"]["template"]["spec"]
    wants = spec["containers"][0]["securityContext"]
    assert allowed["allowHostPID"] is spec["hostPID"]
    assert allowed["allowHostNetwork"] is spec.get("hostNetwork", False)
    assert allowed["allowPrivilegedContainer"] is wants.get("privileged", False)
    assert allowed["allowPrivilegeEscalation"] is wants.get("allowPrivilegeEscalation", True)
    if profile != "privileged":
        assert allowed["allowedCapabilities"] == wants["capabilities"]["add"]
        assert allowed["requiredDropCapabilities"] == wants["capabilities"]["drop"]
    kinds = {kind for volume in spec["volumes"] for kind in volume if kind != "name"}
    assert kinds <= set(allowed["volumes"])
    assert allowed["users"] == [f"system:serviceaccount:lanner:{spec['serviceAccountName']}"]


def test_the_operators_accounts_may_have_a_user_of_their_own(helm: Helm) -> None:
    objects = helm.objects("--set", ON)
    binding = one(objects, "RoleBinding", "lanner-nonroot")
    jobs = [one(objects, "Job", f"lanner-{name}") for name in ("farewell", "definitions")]
    pods = [one(objects, "Deployment", "lanner-operator"), *jobs]
    accounts = {found["spec"]["template"]["spec"]["serviceAccountName"] for found in pods}
    assert {subject["name"] for subject in binding["subjects"]} == accounts
