# SPDX-License-Identifier: Apache-2.0
"""No pod reaches the health pages of agents and operator."""

from __future__ import annotations

import pytest

from tests.chart.rendering import Helm, one


@pytest.mark.parametrize(("component", "kind"), [("agent", "DaemonSet"), ("operator", "Deployment")])
def test_nothing_comes_in_from_other_pods(helm: Helm, component: str, kind: str) -> None:
    objects = helm.objects()
    spec = one(objects, "NetworkPolicy", f"lanner-{component}")["spec"]
    assert (spec["policyTypes"], spec["ingress"]) == (["Ingress"], [])
    labels = one(objects, kind, f"lanner-{component}")["spec"]["template"]["metadata"]["labels"]
    chosen = spec["podSelector"]["matchLabels"]
    assert chosen
    assert chosen.items() <= labels.items()


def test_it_can_be_left_to_others(helm: Helm) -> None:
    kinds = {found["kind"] for found in helm.objects("--set", "networkPolicy.enabled=false")}
    assert "NetworkPolicy" not in kinds
