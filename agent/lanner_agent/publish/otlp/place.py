# SPDX-License-Identifier: Apache-2.0
"""Where an alert happened -> attributes of its OTLP resource: the node, and in a container the pod. They are
kept as bytes, since many alerts have the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lanner_agent.publish import redact
from lanner_agent.publish.otlp import wire
from lanner_agent.publish.otlp.attributes import attributes
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields.model import HOST, Container, Owners

SERVICE: Final = "lanner"
BEFORE: Final = wire.tag(1)  # of an attribute in Resource
_WORKLOADS: Final[Mapping[bytes | None, str]] = {
    b"Deployment": "deployment",
    b"StatefulSet": "statefulset",
    b"DaemonSet": "daemonset",
    b"ReplicaSet": "replicaset",
    b"ReplicationController": "replicationcontroller",
    b"Job": "job",
    b"CronJob": "cronjob",
}
_MOST: Final = 512  # containers

_Attributes = tuple[tuple[str, object], ...]
_Found = tuple[Container, bytes, Hide, int]  # with the node's name, and the generation of patterns
# By the container's id. One object says one thing: what is learned of a container makes another.
_kept: Final[dict[bytes, tuple[_Found, bytes]]] = {}


def attributes_of(alert: Snapshot, hide: Hide) -> bytes:
    """Each behind its tag."""
    container = alert.container
    found = container, alert.hostname, hide, redact.generation()
    kept = _kept.get(container.full_id)
    if kept is not None and kept[0][0] is container and kept[0][1:] == found[1:]:
        return kept[1]
    made = attributes(BEFORE, _place(container, alert.hostname), hide)
    if len(_kept) >= _MOST:
        _kept.clear()
    _kept[container.full_id] = found, made
    return made


def _place(container: Container, hostname: bytes) -> _Attributes:
    found: _Attributes = (("service.name", SERVICE), ("host.name", hostname))
    return found if container.full_id == HOST.full_id else found + _container(container, hostname)


def _container(container: Container, node: bytes) -> _Attributes:
    repository, digest = container.image_repository, container.image_digest
    return (
        ("container.id", container.full_id),
        ("container.name", container.name),
        ("container.image.name", repository),
        ("container.image.tags", (container.image_tag,) if container.image_tag else None),
        ("container.image.repo_digests", (repository + b"@" + digest,) if repository and digest else None),
        ("k8s.container.name", container.name if container.pod_name else None),
        ("k8s.pod.name", container.pod_name),
        ("k8s.pod.uid", container.pod_uid),
        ("k8s.namespace.name", container.pod_namespace),
        ("k8s.node.name", node if container.pod_name else None),
        *_workload(container.owners),
    )


def _workload(owners: Owners | None) -> _Attributes:
    """Conventions have a name for each of the cluster's own kinds, and none for other controllers."""
    if owners is None:
        return ()
    kind = _WORKLOADS.get(owners.workload_kind)
    return (
        ("k8s.replicaset.name", owners.replicaset_name),
        ("k8s.replicaset.uid", owners.replicaset_uid),
        *([(f"k8s.{kind}.name", owners.workload_name)] if kind else []),
    )
