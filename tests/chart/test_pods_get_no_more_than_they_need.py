# SPDX-License-Identifier: Apache-2.0
"""What the rendered pods may do, in each security profile."""

from __future__ import annotations

import pytest

from tests.chart.rendering import Helm, Object, container, one

FOUR = ["BPF", "PERFMON", "SYS_PTRACE", "DAC_READ_SEARCH"]


def pod(helm: Helm, component: str, *arguments: str) -> Object:
    kind = {"agent": "DaemonSet", "operator": "Deployment"}[component]
    template = one(helm.objects(*arguments), kind, f"lanner-{component}")["spec"]["template"]
    return dict(template["spec"])


def security(helm: Helm, component: str, *arguments: str) -> Object:
    (only,) = pod(helm, component, *arguments)["containers"]
    return dict(only["securityContext"])


def test_the_agent_gets_four_capabilities_and_nothing_more(helm: Helm) -> None:
    assert security(helm, "agent") == {
        "runAsUser": 0,
        "runAsGroup": 0,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": FOUR},
        "seccompProfile": {"type": "RuntimeDefault"},
        "appArmorProfile": {"type": "Unconfined"},
        "seLinuxOptions": {"type": "spc_t"},
    }


def test_the_compat_profile_adds_sys_admin_without_seccomp(helm: Helm) -> None:
    found = security(helm, "agent", "--set", "securityProfile=compat")
    assert found["capabilities"] == {"drop": ["ALL"], "add": [*FOUR, "SYS_ADMIN"]}
    assert found["seccompProfile"] == {"type": "Unconfined"}
    assert "privileged" not in found


def test_privileged_is_only_said_by_the_profile_of_that_name(helm: Helm) -> None:
    assert security(helm, "agent", "--set", "securityProfile=privileged")["privileged"] is True
    for profile in ("default", "compat"):
        assert "privileged:" not in helm.text("--set", f"securityProfile={profile}")


def test_the_agent_sees_the_nodes_processes_but_not_its_network(helm: Helm) -> None:
    found = pod(helm, "agent")
    assert found["hostPID"] is True
    assert "hostNetwork" not in found
    assert "hostIPC" not in found


def test_the_agent_writes_to_one_directory_of_the_node(helm: Helm) -> None:
    found = pod(helm, "agent", "--set", "cri.socket=/run/crio/crio.sock,agent.stateDir=/opt/lanner")
    of_node = {
        volume["name"]: volume["hostPath"]["path"] for volume in found["volumes"] if "hostPath" in volume
    }
    assert of_node == {"cri": "/run/crio", "state": "/opt/lanner"}
    mounts = {mount["name"]: mount for mount in found["containers"][0]["volumeMounts"]}
    assert sorted(mounts) == ["cri", "settings", "state", "token"]
    assert mounts["cri"]["readOnly"] is True
    assert mounts["token"]["readOnly"] is True
    assert all(mounts[name]["mountPath"] == path for name, path in of_node.items())


def test_a_runtime_that_is_looked_for_is_mounted_nowhere(helm: Helm) -> None:
    """The agent sees it in the root file system of the node's first process."""
    found = pod(helm, "agent")
    assert {volume["name"] for volume in found["volumes"] if "hostPath" in volume} == {"state"}
    (container,) = found["containers"]
    assert "LANNER_CRI_SOCKET" not in {variable["name"] for variable in container["env"]}
    assert sorted(mount["name"] for mount in container["volumeMounts"]) == ["settings", "state", "token"]


def test_the_operator_is_nobody(helm: Helm) -> None:
    assert pod(helm, "operator")["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert security(helm, "operator") == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize(
    ("command", "hook", "value", "number"),
    [
        ("farewell", "pre-delete", "uninstall.tellRules", 6),
        ("definitions", "pre-upgrade", "crds.upgrade", 4),
    ],
)
def test_hooks_are_the_operator_with_less_rights(
    helm: Helm, command: str, hook: str, value: str, number: int
) -> None:
    objects = helm.objects()
    job = one(objects, "Job", f"lanner-{command}")
    found, operators = job["spec"]["template"]["spec"], pod(helm, "operator")
    assert found["securityContext"] == operators["securityContext"]
    assert found["serviceAccountName"] == f"lanner-{command}"
    (only,) = found["containers"]
    assert only["securityContext"] == security(helm, "operator")
    assert only["image"] == operators["containers"][0]["image"]
    assert only["args"] == [command]
    assert found["volumes"] == operators["volumes"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == hook
    hooks = [one["metadata"] for one in objects if one["metadata"]["name"] == f"lanner-{command}"]
    assert len(hooks) == number
    assert all(hook in meta["annotations"]["helm.sh/hook"] for meta in hooks), "else they stay"
    assert f"lanner-{command}" not in helm.text("--set", f"{value}=false")


@pytest.mark.parametrize("component", ["agent", "operator"])
def test_tokens_live_an_hour(helm: Helm, component: str) -> None:
    found = pod(helm, component)
    assert found["automountServiceAccountToken"] is False
    (token,) = [volume["projected"] for volume in found["volumes"] if volume["name"] == "token"]
    assert token["sources"][0] == {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}
    account = one(helm.objects(), "ServiceAccount", f"lanner-{component}")
    assert account["automountServiceAccountToken"] is False


def test_one_operator_stands_by_before_another_goes(helm: Helm) -> None:
    spec = one(helm.objects(), "Deployment", "lanner-operator")["spec"]
    surge = {"maxSurge": 1, "maxUnavailable": 0}
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "RollingUpdate", "rollingUpdate": surge})
    assert "topologySpreadConstraints" not in spec["template"]["spec"]
    two = one(helm.objects("--set", "operator.replicas=2"), "Deployment", "lanner-operator")["spec"]
    (spread,) = two["template"]["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"] == two["selector"], "else both are lost with one node"


def test_every_node_is_watched(helm: Helm) -> None:
    found = pod(helm, "agent")
    assert found["tolerations"] == [{"operator": "Exists"}]
    assert found["priorityClassName"] == "system-node-critical"
    assert found["nodeSelector"] == {"kubernetes.io/os": "linux"}


@pytest.mark.parametrize("kind", ["DaemonSet", "Deployment"])
def test_a_digest_wins_over_a_tag(helm: Helm, kind: str) -> None:
    component = {"DaemonSet": "agent", "Deployment": "operator"}[kind]
    digest = "sha256:" + "0123456789abcdef" * 4
    values = f"{component}.image.repository=registry.local:5000/l/{component},{component}.image.tag=v1"
    for further, expected in (("", ":v1"), (f",{component}.image.digest={digest}", f"@{digest}")):
        workload = one(helm.objects("--set", values + further), kind, f"lanner-{component}")
        assert container(workload)["image"] == f"registry.local:5000/l/{component}{expected}"
