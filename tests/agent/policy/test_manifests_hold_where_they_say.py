# SPDX-License-Identifier: Apache-2.0
"""FalcoRule manifests as files of one machine: namespaces and scopes count as they do in a cluster."""

from __future__ import annotations

import pathlib

from lanner_agent.policy import change
from lanner_agent.policy.files import load
from lanner_engine.fields.model import HOST, Container
from tests.engine.plain_facts import PlainEvent

MANIFEST = """
apiVersion: lanner.dev/v1alpha1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  {scope}
  rules:
    - {{name: R, desc: d, condition: evt.type = open, output: o, priority: INFO}}
"""


def manifest(kind: str, scope: str = "mode: Active", namespace: str = "", name: str = "n") -> str:
    return MANIFEST.format(kind=kind, scope=scope, namespace=namespace, name=name)


def loaded(path: pathlib.Path, *texts: str) -> load.Checked:
    path.write_text("---".join(texts))
    return load.check([path])


def test_scopes_are_enforced(tmp_path: pathlib.Path) -> None:
    own = manifest("FalcoRule", "podSelector: {matchLabels: {app: web}}", "shop")
    checked = loaded(tmp_path / "r.yaml", manifest("ClusterFalcoRule", "hostScope: Only"), own)
    assert (checked.ok, checked.diagnostics, len(checked.every)) == (True, (), 2)
    program = load.compiled(checked)
    web = Container(b"c", b"c", pod_name=b"p", pod_namespace=b"shop", pod_labels={b"app": b"web"})
    other = Container(b"c", b"c", pod_name=b"p", pod_namespace=b"shop")
    kinds = [
        [rule.owner.kind for rule in program.match(PlainEvent(type="open", container=one)) if rule.owner]
        for one in (HOST, web, other)
    ]
    assert kinds == [["ClusterFalcoRule"], ["FalcoRule"], []]


def test_labels_of_namespaces_are_not_known(tmp_path: pathlib.Path) -> None:
    checked = loaded(tmp_path / "r.yaml", manifest("ClusterFalcoRule", "namespaceSelector: {}"))
    (warning,) = checked.diagnostics
    assert checked.ok
    assert (warning.message, warning.hint) == (
        "rule R can never match here: it has a namespaceSelector",
        "labels of namespaces are known in a cluster only",
    )
    assert warning.span.position() == (8, 14)


def test_a_change_of_scope_and_a_namespace_are_told(tmp_path: pathlib.Path) -> None:
    def rules(*texts: str) -> load.Checked:
        return loaded(tmp_path / "r.yaml", *texts)

    wide = rules(manifest("ClusterFalcoRule")).every
    narrow = rules(manifest("ClusterFalcoRule", "hostScope: Only")).every
    assert change.describe(wide, narrow) == "1 changed (R)"
    more = rules(manifest("ClusterFalcoRule"), manifest("FalcoRule", namespace="shop")).every
    assert change.describe(wide, more) == "1 added (R in shop)"
