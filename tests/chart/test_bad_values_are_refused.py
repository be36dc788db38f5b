# SPDX-License-Identifier: Apache-2.0
"""values.schema.json: a slip is refused by its place and in words, before anything is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.chart.rendering import CHART, Helm

REFUSED = [
    ("agnet.image.tag=1", "at '': additional properties 'agnet' not allowed"),
    ("agent.hostNetwork=true", "at '/agent': additional properties 'hostNetwork' not allowed"),
    ("securityProfile=root", "at '/securityProfile': value must be one of 'default', 'compat', 'privileged'"),
    ("agent.image.pullPolicy=Sometimes", "at '/agent/image/pullPolicy': value must be one of"),
    ("agent.image.tag=a b", "at '/agent/image/tag': 'a b' does not match pattern"),
    ("agent.image.digest=sha256:12", "at '/agent/image/digest': 'sha256:12' does not match pattern"),
    ("agent.image.repository=a:{{x}}", "at '/agent/image/repository'"),
    (
        "agent.image.repository=https://x/y",
        "'https://x/y' does not match pattern",
    ),
    ("image.registry=https://x", "at '/image/registry': 'https://x' does not match pattern"),
    ("image.registry=x/", "at '/image/registry': 'x/' does not match pattern"),
    ("agent.outputsSecret=Tokens", "at '/agent/outputsSecret': 'Tokens' does not match pattern"),
    ("networkPolicy=null", "at '': missing property 'networkPolicy'"),
    ("metrics=null", "at '': missing property 'metrics'"),  # as --reuse-values has it from a chart without it
    ("sources=null", "at '': missing property 'sources'"),
    ("rules.default.tiers=null", "at '/rules/default': missing property 'tiers'"),  # no rule would watch
    ("agent=null", "at '': missing property 'agent'"),
    ("agent.image=null", "at '/agent': missing property 'image'"),
    ("operator.image.repository=null", "at '/operator/image': missing property 'repository'"),
    ("rules.matching=last", "at '/rules/matching': value must be one of 'first', 'all'"),
    ("cri.socket=containerd.sock", "at '/cri/socket': 'containerd.sock' does not match pattern"),
    ("cri.socket=/containerd.sock", "at '/cri/socket'"),  # its directory would be the whole root
    ("cri.socket=/run/../etc/x.sock", "at '/cri/socket'"),
    ("agent.stateDir=/", "at '/agent/stateDir'"),
    ("agent.healthPort=80", "at '/agent/healthPort': minimum: got 80, want 1,024"),
    ("agent.secrets=no", "at '/agent/secrets': value must be one of 'hide', 'show'"),
    ("agent.events.priority=notice", "at '/agent/events/priority': value must be one of"),
    ("agent.events.nodeRate=0", "at '/agent/events/nodeRate': minimum: got 0, want 0.001"),
    ("agent.events.ruleBurst=1.5", "at '/agent/events/ruleBurst': got string, want integer"),
    ("agent.events.burst=3", "at '/agent/events': additional properties 'burst' not allowed"),
    ("agent.config.stateDir=/x", "at '/agent/config': additional properties 'stateDir' not allowed"),
    ("agent.config.index=maybe", "at '/agent/config/index': got string, want boolean"),
    ("agent.maxUnavailable=0%", "at '/agent/maxUnavailable'"),
    ("agent.resources.limits.memory=-1Mi", "at '/agent/resources/limits/memory'"),
    ("agent.nodeSelector.pool=5", "at '/agent/nodeSelector/pool': got number, want string"),
    ("agent.tolerations[0].effect=Never", "at '/agent/tolerations/0/effect': value must be one of"),
    ("rules.default.enabled=maybe", "at '/rules/default/enabled': got string, want boolean"),
    ("fullnameOverride=Lanner", "at '/fullnameOverride': 'Lanner' does not match pattern"),
    ("imagePullSecrets[0]=regcred", "at '/imagePullSecrets/0': got string, want object"),
]


@pytest.mark.parametrize(("value", "words"), REFUSED, ids=[value for value, _ in REFUSED])
def test_in_words(helm: Helm, value: str, words: str) -> None:
    said = helm.refusal("--set", value)
    assert words in said
    assert "template" not in said, "the schema should have refused it first"


def test_the_chart_may_be_part_of_another(helm: Helm) -> None:
    assert "kind: DaemonSet" in helm.text("--set", "global.registry=registry.local")


def objects(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema of an object with its place."""
    if schema.get("type") == "object":
        yield path, schema
    for name in ("properties", "definitions"):
        for key, below in schema.get(name, {}).items():
            yield from objects(below, f"{path}/{key}")
    if "items" in schema:
        yield from objects(schema["items"], f"{path}/items")


def test_no_object_takes_unknown_keys() -> None:
    """Save for `global`, which other charts share, affinity and volumes, which the API server judges."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    loose = [path for path, found in objects(schema) if "additionalProperties" not in found]
    assert loose == ["/global", "/agent/affinity", "/operator/affinity", "/volumes/items"]
