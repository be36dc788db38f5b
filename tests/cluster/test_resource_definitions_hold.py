# SPDX-License-Identifier: Apache-2.0
"""The resource definitions on a real API server: taken, explained, defaulted, and all they ask for holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.access import Access, CommandError

CRDS = Path(__file__).parents[2] / "crds"
NAMESPACE = "definitions"
RULE: dict[str, Any] = {
    "name": "r",
    "condition": "evt.type = open",
    "desc": "d",
    "output": "o",
    "priority": "NOTICE",
}
ENABLED: dict[str, Any] = {"name": "r", "enabled": False, "override": {"enabled": "replace"}}
SKIP = "skip-if-unknown-filter"
NO_PODS = "with hostScope Only the rules see no containers"
VALUES = "operators In and NotIn need values; Exists and DoesNotExist take none"


@pytest.fixture(scope="module")
def api(kubernetes: Access) -> Iterator[Access]:
    """A cluster with the resource definitions and a namespace."""
    before = kubernetes.kubectl("get", "crd", "-o", "name")
    # Server-side apply with strict validation says what an API server would drop or not understand.
    for file in sorted(CRDS.glob("*.yaml")):
        kubernetes.kubectl(
            "apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", str(file)
        )
    kubernetes.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(CRDS))
    kubernetes.kubectl("create", "namespace", NAMESPACE)
    yield kubernetes
    kubernetes.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    if "lanner.dev" not in before:
        kubernetes.kubectl("delete", "-f", str(CRDS))


def manifest(kind: str, name: str = "x", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": NAMESPACE} if kind == "FalcoRule" else {})}
    return {"apiVersion": "lanner.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def cluster_rule(**spec: Any) -> dict[str, Any]:
    return manifest("ClusterFalcoRule", **spec)


def selector(operator: str, **more: Any) -> dict[str, Any]:
    return {"matchExpressions": [{"key": "a", "operator": operator, **more}]}


def excepting(value: Any) -> dict[str, Any]:
    """A spec whose rule has one exception with this value."""
    exception = {"name": "e", "fields": ["proc.name"], "comps": ["in"], "values": [[value]]}
    return {"rules": [{**RULE, "exceptions": [exception]}]}


def tried(api: Access, written: dict[str, Any], verb: str = "create") -> dict[str, Any]:
    """The object as the API server would keep it."""
    said = api.kubectl(verb, "--dry-run=server", "-o", "json", "-f", "-", stdin=json.dumps(written))
    made: dict[str, Any] = json.loads(said)
    return made


def refusal(api: Access, written: dict[str, Any]) -> str:
    with pytest.raises(CommandError) as caught:
        tried(api, written)
    return str(caught.value)


def test_what_has_a_default_gets_it(api: Access) -> None:
    assert tried(api, cluster_rule(rules=[RULE]))["spec"] == {
        "hostScope": "Exclude", "loadOrder": 500, "mode": "Active", "rules": [RULE],
    }  # fmt: skip
    tenant = tried(api, manifest("FalcoRule", content="- macro: m\n  condition: evt.type = open\n"))
    assert tenant["spec"].keys() == {"content", "loadOrder", "mode"}


def test_every_form_is_taken(api: Access) -> None:
    exception = {
        "name": "e",
        "fields": ["proc.name", "fd.name"],
        "comps": ["in", "="],
        "values": [[["a", "b"], "/c"]],
    }
    spec = {
        "lists": [
            {"name": "l", "items": []},
            {"name": "shell_binaries", "items": ["a"], "override": {"items": "append"}},
        ],
        "macros": [{"name": "m", "condition": "or a", "override": {"condition": "append"}}],
        "rules": [
            {
                **RULE,
                "tags": ["t"],
                "enabled": True,
                "warn_evttypes": False,
                SKIP: True,
                "exceptions": [exception],
            },
            {**ENABLED, "name": "other"},
        ],
        "podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}], "matchLabels": {"b": "c"}},
        "namespaceSelector": {},
        "hostScope": "Include",
        "mode": "Disabled",
        "loadOrder": 0,
    }
    assert tried(api, cluster_rule(**spec))["spec"] == spec


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "a spec has lists, macros and rules, or it has content, or a source: one of these forms"),
        ({"content": "x", "rules": [RULE]}, "one of these forms"),
        ({"rules": [{"name": "r", "condition": "c"}]}, "a rule has condition, desc, output and priority; "),
        ({"rules": [{**ENABLED, "override": {}}]}, "spec.rules[0].override: Invalid value"),
        ({"rules": [{**ENABLED, "priority": "INFO"}]}, "with override, priority stands in the rule and"),
        ({"rules": [{"name": "r", "override": {"desc": "append"}}]}, "with override, desc stands in"),
        ({"rules": [{"name": "r", "override": {SKIP: "replace"}}]}, f"with override, {SKIP} stands"),
        ({"rules": [{**RULE, "priority": "LOUD"}]}, 'Unsupported value: "LOUD"'),
        ({"rules": [RULE, RULE]}, "spec.rules[1]: Duplicate value"),
        ({"rules": [{**RULE, "condition": "x" * 8193}]}, "Too long: may not be more than 8192"),
        ({"rules": [{**RULE, "name": f"r{number}"} for number in range(257)]}, "must have at most 256 items"),
        ({"rules": [{**ENABLED, "override": {"enabled": "append"}}]}, 'Unsupported value: "append"'),
        ({"macros": [{"name": "1", "condition": "c"}]}, "should match '^[a-zA-Z][a-zA-Z0-9_]*$'"),
        ({"lists": [{"name": "a(", "items": []}]}, "spec.lists[0].name"),
        ({"lists": [{"name": "a"}]}, "spec.lists[0].items: Required value"),
        (excepting([["a"]]), "spec.rules[0].exceptions[0].values[0][0][0]: Invalid value"),
        (excepting([{}, {"a": []}]), "spec.rules[0].exceptions[0].values[0][0][1]: Invalid value"),
        (excepting({"a": []}), "spec.rules[0].exceptions[0].values[0][0]: Too many: 1"),
        (excepting(["a"] * 257), "spec.rules[0].exceptions[0].values[0][0]: Too many"),
        (excepting("a" * 1025), "spec.rules[0].exceptions[0].values[0][0]: Too long"),
        ({"content": "x" * (128 * 1024 + 1)}, "Too long: may not be more than 131072"),
        ({"content": ""}, "spec.content"),
        ({"content": "x", "loadOrder": 1001}, "should be less than or equal to 1000"),
        ({"content": "x", "mode": "Sleeping"}, 'Unsupported value: "Sleeping"'),
        ({"content": "x", "hostScope": "Only", "podSelector": {}}, NO_PODS),
        ({"content": "x", "hostScope": "Only", "namespaceSelector": {}}, NO_PODS),
        ({"content": "x", "podSelector": selector("In")}, VALUES),
        ({"content": "x", "podSelector": selector("Exists", values=["b"])}, VALUES),
        ({"content": "x", "podSelector": selector("Is")}, 'Unsupported value: "Is"'),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_wrong_is_refused_with_a_reason(api: Access, spec: dict[str, Any], message: str) -> None:
    assert message in refusal(api, cluster_rule(**spec))


@pytest.mark.parametrize("key", ["hostScope", "namespaceSelector", "nodeSelector", "rule"])
def test_an_unknown_key_is_refused_by_kubectl_and_dropped_by_the_server(api: Access, key: str) -> None:
    value: Any = "Include" if key == "hostScope" else {}
    written = manifest("FalcoRule", rules=[RULE], **{key: value})
    assert f'unknown field "spec.{key}"' in refusal(api, written)
    loose = api.kubectl(
        "create", "--validate=ignore", "--dry-run=server", "-o", "json", "-f", "-", stdin=json.dumps(written)
    )
    assert key not in json.loads(loose)["spec"]


def test_everything_at_its_largest_is_taken(api: Access) -> None:
    """CEL has a budget; the largest object must be within it."""
    rules = [
        {**RULE, "name": f"r{number:03}", "condition": "c" * 1000, "tags": ["t" * 63] * 32}
        for number in range(128)
    ]
    rules += [{**ENABLED, "name": f"o{number:03}"} for number in range(128)]
    expressions = [{"key": f"k{number}", "operator": "In", "values": ["v" * 63] * 32} for number in range(32)]
    made = tried(api, cluster_rule(rules=rules, podSelector={"matchExpressions": expressions}))
    assert len(made["spec"]["rules"]) == 256


def test_a_node_is_called_like_its_object_and_stays_it(api: Access) -> None:
    node = manifest("FalcoNode", "node7", nodeName="node7")
    assert "the object is called like its node" in refusal(api, {**node, "spec": {"nodeName": "node8"}})
    api.kubectl("create", "-f", "-", stdin=json.dumps(node))
    try:
        with pytest.raises(CommandError, match="nodeName stays as it is"):
            api.kubectl("patch", "fnode", "node7", "--type=merge", "-p", '{"spec":{"nodeName":"node8"}}')
        _status_is_kept_apart(api)
    finally:
        api.kubectl("delete", "fnode", "node7")


def _status_is_kept_apart(api: Access) -> None:
    status = {
        "bundle": {
            "name": "r000001-0",
            "revision": 1,
            "sha256": "0" * 64,
            "loadedAt": "2026-07-01T12:00:00Z",
        },
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Watching",
                "message": "",
                "lastTransitionTime": "2026-07-01T12:00:00Z",
            }
        ],
        "counters": {"events": 2**40},
    }
    patch = json.dumps({"status": status})
    api.kubectl("patch", "fnode", "node7", "--type=merge", "-p", patch)
    assert "status" not in json.loads(api.kubectl("get", "fnode", "node7", "-o", "json"))
    api.kubectl("patch", "fnode", "node7", "--subresource=status", "--type=merge", "-p", patch)
    assert json.loads(api.kubectl("get", "fnode", "node7", "-o", "json"))["status"] == status
    head, row = api.kubectl("get", "fnode").splitlines()
    assert head.split() == ["NAME", "READY", "BUNDLE", "RULES", "AGE"]
    assert row.split()[:3] == ["node7", "True", "r000001-0"]


def test_people_can_read_and_find_them(api: Access) -> None:
    said = api.kubectl("explain", "clusterfalcorules.spec.rules.override")
    assert "Changes an earlier rule instead of defining one" in said
    assert "ENUM:" in api.kubectl("explain", "fr.spec.mode")
    rules = [
        manifest("ClusterFalcoRule", f"shown-{mode.lower()}", rules=[RULE], mode=mode)
        for mode in ("Active", "Disabled")
    ]
    for one in rules:
        api.kubectl("create", "-f", "-", stdin=json.dumps(one))
    try:
        head = api.kubectl("get", "cfr", "-o", "wide").splitlines()[0].split()
        assert head == [
            "NAME",
            "MODE",
            "ACCEPTED",
            "PROGRAMMED",
            "NODES",
            "ORDER",
            "REASON",
            "AGE",
        ]
        found = api.kubectl("get", "cfr", "--field-selector=spec.mode=Disabled", "-o", "name").split()
        assert found == ["clusterfalcorule.lanner.dev/shown-disabled"]
        assert "clusterfalcorule.lanner.dev/shown-active" in api.kubectl(
            "get", "runtimesecurity", "-o", "name"
        )
    finally:
        api.kubectl("delete", "cfr", "shown-active", "shown-disabled")


def test_the_default_rules_of_the_chart_are_taken(api: Access) -> None:
    for file in sorted((CRDS.parent / "charts/lanner/rules").glob("*.yaml")):
        tried(api, yaml.safe_load(file.read_text()))
