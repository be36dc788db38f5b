# SPDX-License-Identifier: Apache-2.0
"""What the chart's pre-upgrade hook runs, with the rights of its account, on a real API server: definitions
of an older version get the fields of this one, those of a newer one keep theirs.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import Helm
from tests.cluster import kubeconfig
from tests.operator.whole.process import COMMAND
from tests.operator.whole.scene import GROUP, Scene, eventually
from tests.operator.whole.server import RefusedError

DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/falcorules.lanner.dev"
FIELDS = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties"
RULES = f"{GROUP}/namespaces/default/falcorules"
SELECTS = {"matchLabels": {"app": "web"}}


class Hook:
    """The account of the hook, and the command that its pod runs."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene = scene
        self.identity = folder / "definitions.conf"
        access = scene.plane.access
        chosen = ("-s", "templates/definitions.yaml")
        objects = list(yaml.safe_load_all(Helm(Path(scene.plane.binaries["helm"])).text(*chosen)))
        rights = [one for one in objects if one["kind"] != "Job"]
        scene.server.create("/api/v1/namespaces", {"metadata": {"name": "lanner"}})
        access.apply({"apiVersion": "v1", "kind": "List", "items": rights})
        token = access.kubectl("create", "token", "lanner-definitions", "-n", "lanner").strip()
        kubeconfig.by_token(self.identity, scene.plane.url, scene.plane.folder / "pki", token)

    def run(self) -> tuple[int, str]:
        """Its exit status, and what it said."""
        command = [str(COMMAND), "definitions", "--kubeconfig", str(self.identity), "--log-format", "text"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def changed(self, op: str, field: str, **value: Any) -> None:
        """The definition of FalcoRules, by one field of its spec."""
        step = json.dumps([{"op": op, "path": f"{FIELDS}/{field}", **value}])
        self.scene.plane.access.kubectl("patch", "crd", "falcorules.lanner.dev", "--type=json", "-p", step)

    def fields(self) -> dict[str, Any]:
        found = self.scene.server.get(DEFINITION)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        return dict(found["properties"]["spec"]["properties"])

    def stored(self) -> dict[str, Any]:
        """What the API server keeps of a rule that says for which pods it is."""
        what = {"name": "r", "condition": "evt.type = open", "desc": "d", "output": "o", "priority": "INFO"}
        made = {"apiVersion": "lanner.dev/v1alpha1", "kind": "FalcoRule", "metadata": {"name": "one"}}
        with contextlib.suppress(RefusedError):
            self.scene.server.delete(f"{RULES}/one")
        spec = {"rules": [what], "podSelector": SELECTS}
        return dict(self.scene.server.create(RULES, {**made, "spec": spec})["spec"])


@pytest.fixture
def hook(bare_scene: Scene, tmp_path: Path) -> Hook:
    bare_scene.install_definitions()
    return Hook(bare_scene, tmp_path)


def test_a_field_that_was_dropped_before_is_kept_after(hook: Hook) -> None:
    hook.changed("remove", "podSelector")
    eventually(lambda: "podSelector" not in hook.stored())
    status, said = hook.run()
    assert status == 0, said
    assert "falcorules.lanner.dev is renewed" in said
    assert "falconodes.lanner.dev is as it should be" in said
    assert hook.stored()["podSelector"] == SELECTS

    hook.changed("add", "later", value={"type": "string"})
    hook.changed("remove", "podSelector")
    status, said = hook.run()
    assert "falcorules.lanner.dev stays: it is of a newer version, with FalcoRule.spec.later" in said
    assert "later" in hook.fields()
    assert status == 3, "this version's field is missing there"
    assert "they have no FalcoRule.spec.podSelector" in said

    hook.scene.server.delete(DEFINITION)
    eventually(lambda: hook.scene.server.get(DEFINITION) is None)
    status, said = hook.run()
    assert status == 3
    assert "there is no falcorules.lanner.dev; `kubectl apply" in said


def test_its_account_reaches_nothing_else(hook: Hook) -> None:
    def may(verb: str, what: str) -> bool:
        account = "--as=system:serviceaccount:lanner:lanner-definitions"
        command = ["kubectl", "auth", "can-i", verb, what, account]
        environment = hook.scene.plane.access.environment()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.stdout.strip() == "yes"

    assert may("patch", "customresourcedefinitions/falcorules.lanner.dev")
    assert not may("patch", "customresourcedefinitions/others.example.org")
    for verb in ("delete", "create", "update"):
        assert not may(verb, "customresourcedefinitions/falcorules.lanner.dev")
    for verb, what in (("list", "secrets"), ("delete", "falcorules.lanner.dev"), ("patch", "clusterroles")):
        assert not may(verb, what)
