# SPDX-License-Identifier: Apache-2.0
"""Containers of pods, and objects with scopes, for tests of where rules match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanner_engine.fields.model import Container
from lanner_engine.resources.rule_object import RuleObject


def pod(
    namespace: str = "shop",
    labels: Mapping[str, str] | None = None,
    of_namespace: Mapping[str, str] | None = None,
) -> Container:
    """A container whose pod is resolved; `of_namespace` None: the namespace's labels are not known."""
    return Container(
        id=b"0123456789ab",
        full_id=b"0123456789ab" + b"0" * 52,
        name=b"app",
        pod_name=b"app-1",
        pod_namespace=namespace.encode(),
        pod_labels=_bytes(labels or {}),
        namespace_labels=None if of_namespace is None else _bytes(of_namespace),
    )


def _bytes(labels: Mapping[str, str]) -> dict[bytes, bytes]:
    return {key.encode(): value.encode() for key, value in labels.items()}


UNRESOLVED = Container(id=b"0123456789ab", full_id=b"0123456789ab" + b"0" * 52)


def cluster_rule(**spec: Any) -> RuleObject:
    return RuleObject("ClusterFalcoRule", "", "platform", "u1", 1, spec)


def tenant_rule(namespace: str = "shop", **spec: Any) -> RuleObject:
    return RuleObject("FalcoRule", namespace, "own", "u2", 1, spec)
