# SPDX-License-Identifier: Apache-2.0
"""What the cluster knows of containers beyond their runtime: their pods as they are now, their namespaces'
labels.

Written by the asyncio thread (kubelet, namespaces), each time by one assignment; read by the inventory's
worker. Without a cluster it is empty, and every container stays as the runtime describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lanner_agent.enrich.answers import bare
from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.pods import Pod, Pods
from lanner_engine.fields.model import Container

Labels = Mapping[bytes, bytes]


class ClusterFacts:
    """`namespaces` is None while they are not watched. `missed` is called for a pod that is not known yet."""

    def __init__(self) -> None:
        self.pods: Pods | None = None
        self.namespaces: Mapping[bytes, Labels] | None = None
        self.missed: Callable[[], None] = lambda: None

    def complete(self, container: Container) -> Container:
        """The same container with what the cluster knows. The kubelet's labels and addresses are those of
        now, the runtime's those of the pod's start.
        """
        pods, uid = self.pods, container.pod_uid
        pod = pods.by_uid.get(uid) if pods is not None and uid else None
        if pod is None and uid and pods is not None:
            self.missed()
        known = self.namespaces
        namespace_labels = known.get(container.pod_namespace or b"") if known is not None else None
        completed = replace(
            container,
            pod_labels=pod.labels if pod else container.pod_labels,
            pod_ip=(pod.ip if pod else None) or container.pod_ip,
            owners=pod.owners if pod else container.owners,
            namespace_labels=namespace_labels,
        )
        return container if completed == container else completed

    def describe(self, identity: Identity) -> Container:
        """What is known of a container that the runtime says nothing about: at least its ids."""
        pods, plain = self.pods, bare(identity)
        if pods is None or identity.rootless:
            return plain
        found = pods.by_container.get(identity.full_id)
        pod = found[0] if found else pods.by_uid.get(identity.pod_uid or b"")
        if pod is None:
            return plain
        return self.complete(_of_pod(plain, pod, found[1] if found else None))


def _of_pod(plain: Container, pod: Pod, name: bytes | None) -> Container:
    return replace(
        plain, name=name, pod_name=pod.name, pod_namespace=pod.namespace, pod_uid=pod.uid, pod_ip=pod.ip
    )
