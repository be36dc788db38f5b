# SPDX-License-Identifier: Apache-2.0
"""skaffold.yaml builds what `make image` builds and installs what `make deploy` installs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.image import deploy
from tests.image.build import ROOT

SKAFFOLD: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text())


def test_it_builds_the_same_targets_under_the_same_names() -> None:
    made = {artifact["image"]: artifact["docker"] for artifact in SKAFFOLD["build"]["artifacts"]}
    assert made == {
        f"lanner-{target}": {"dockerfile": "Dockerfile", "target": target} for target in ("agent", "operator")
    }


def test_it_installs_the_same_release() -> None:
    (release,) = SKAFFOLD["deploy"]["helm"]["releases"]
    helm = deploy.command(Path("values.yaml"), Path("/run/cri.sock"))
    assert helm[3:5] == [release["name"], release["chartPath"]]
    assert helm[helm.index("--namespace") + 1] == release["namespace"]
    assert release["createNamespace"] is True


def test_it_sets_values_that_the_chart_has() -> None:
    (release,) = SKAFFOLD["deploy"]["helm"]["releases"]
    chart = yaml.safe_load((ROOT / release["chartPath"] / "values.yaml").read_text())
    for path, template in release["setValueTemplates"].items():
        target, image, key = path.split(".")
        assert key in chart[target][image]
        kind = {"repository": "REPO", "tag": "TAG"}[key]
        assert template == f"{{{{.IMAGE_{kind}_lanner_{target}}}}}"
