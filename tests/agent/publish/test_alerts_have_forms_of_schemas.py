# SPDX-License-Identifier: Apache-2.0
"""The forms `ocsf`, judged by the models of py-ocsf-models, and `ecs`, compared whole."""

from __future__ import annotations

import json
from typing import Any

import py_ocsf_models
import pytest
from py_ocsf_models.events.findings.detection_finding import DetectionFinding
from py_ocsf_models.objects.container import Container

from lanner_agent.publish import attack, ecs, forms, ocsf
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.redact import redacted
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.program.rule import Priority
from tests.agent.events import plain, rules
from tests.agent.publish.deliveries import RULE, alert

TAGGED = """
- rule: Tagged
  desc: made for a test
  condition: evt.type = execve
  output: x
  priority: WARNING
  tags: [container, mitre_credential_access, mitre_command_and_control, T1555, T1059.004, t1059]
"""


def document(form: str, told: Snapshot) -> dict[str, Any]:
    line = forms.FORMS[form](told, redacted)  # type: ignore[index]
    assert line.count(b"\n") == 1
    assert line[:-1].decode().isprintable()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


@pytest.fixture
def tagged() -> Snapshot:
    (rule,) = rules.compiled(TAGGED).rules
    return Alert(rule, plain.Event()).snapshot


def test_an_alert_is_a_detection_finding() -> None:
    told = alert(7, command=b"-c \x1b[31m --password=hunter2").snapshot
    said = document("ocsf", told)
    found = DetectionFinding.model_validate(said)
    assert said["metadata"]["version"] == py_ocsf_models.OCSF_VERSION
    assert said["class_uid"] == 2004
    assert said["type_uid"] == found.class_uid * 100 + said["activity_id"]
    assert found.finding_info.title == "Shell"
    assert found.finding_info.uid == found.metadata.uid == told.uuid
    assert (found.severity_id.value, found.severity) == (2, "Low")
    assert found.time == 1_700_000_000_130
    (evidence,) = said["evidences"]
    assert evidence["process"]["cmd_line"] == "sh -c \x1b[31m --password=***"
    assert evidence["data"]["proc.pid"] == evidence["process"]["pid"] == 7
    assert Container.model_validate(evidence["container"]).image is not None
    assert said["resources"] == [
        {"name": "web-0", "namespace": "shop", "type": "Pod", "uid": told.container.pod_uid.decode()}  # type: ignore[union-attr]
    ]


def test_on_the_host_a_finding_is_about_the_host(tagged: Snapshot) -> None:
    said = document("ocsf", tagged)
    found = DetectionFinding.model_validate(said)
    assert said["resources"] == [{"name": "node1", "type": "Host"}]
    assert "container" not in said["evidences"][0]
    assert found.finding_info.attacks is not None
    assert [one.model_dump(exclude_none=True) for one in found.finding_info.attacks] == [
        {"tactic": {"name": "Command and Control"}},
        {"tactic": {"name": "Credential Access"}},
        {"technique": {"name": "T1059", "uid": "T1059"}},
        {"technique": {"name": "T1555", "uid": "T1555"}},
        {"sub_technique": {"uid": "T1059.004"}},
    ]


def test_every_priority_has_a_severity() -> None:
    assert ocsf.SEVERITIES.keys() == set(Priority)


def test_an_alert_is_a_document_of_ecs() -> None:
    told = alert(7, command=b"-c id").snapshot
    said = document("ecs", told)
    assert said.pop("lanner")["output_fields"]["proc.pid"] == 7
    assert said.pop("message").endswith("k8s_pod_name=web-0 k8s_ns_name=shop")
    assert said == {
        "@timestamp": "2023-11-14T22:13:20.130456789Z",
        "ecs": {"version": ecs.VERSION},
        "event": {
            "action": "execve",
            "category": ["intrusion_detection"],
            "dataset": "lanner.alert",
            "id": told.uuid,
            "kind": "alert",
            "module": "lanner",
            "severity": 5,
            "type": ["info"],
        },
        "host": {"name": "node1"},
        "log": {"level": "notice"},
        "process": {
            "command_line": "sh -c id",
            "executable": "/usr/bin/dash",
            "name": "sh",
            "parent": {"pid": 1},
            "pid": 7,
            "user": {"id": "0"},
        },
        "rule": {"description": "made for a test", "name": "Shell"},
        "tags": ["ape", "zebra"],
        "container": {
            "id": "0123456789abcdef" * 4,
            "image": {
                "hash": {"all": ["sha256:" + "ab" * 32]},
                "name": "docker.io/library/nginx",
                "tag": ["1.27"],
            },
            "name": "app",
        },
        "orchestrator": {
            "namespace": "shop",
            "resource": {"id": "6f9c0f3e-0000-4000-8000-000000000001", "name": "web-0", "type": "pod"},
            "type": "kubernetes",
        },
    }


def test_tags_of_attack_become_a_threat(tagged: Snapshot) -> None:
    assert document("ecs", tagged)["threat"] == {
        "framework": "MITRE ATT&CK",
        "tactic": {"name": ["Command and Control", "Credential Access"]},
        "technique": {"id": ["T1059", "T1555"], "subtechnique": {"id": ["T1059.004"]}},
    }
    assert attack.of(RULE.tags) == attack.Attack((), (), ())
