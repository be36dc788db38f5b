# SPDX-License-Identifier: Apache-2.0
"""CRI statuses in, one lanner_engine Container out.

Two kinds of things have a container id: a container of a pod, and the pod's sandbox (the process that holds
its namespaces open), which has no image and no name but the pod's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lanner_agent.enrich.cri import images, info
from lanner_agent.enrich.cri import runtime_pb2 as pb
from lanner_engine.fields.model import Container, Mount

SHORT_ID: Final = 12
# A label's value is at most 63 bytes in Kubernetes; other CRI clients and images know no limit.
MAX_LABEL: Final = 4096
MAX_LABELS: Final = 256
MAX_MOUNTS: Final = 1024
# Docker's words for propagation, which rules know.
_PROPAGATION: Final = {
    pb.PROPAGATION_PRIVATE: b"private",
    pb.PROPAGATION_HOST_TO_CONTAINER: b"rslave",
    pb.PROPAGATION_BIDIRECTIONAL: b"rshared",
}
_TYPES: Final = {b"containerd": b"containerd", b"cri-o": b"cri-o", b"docker": b"docker"}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What is kept of a pod's sandbox for its containers."""

    status: pb.PodSandboxStatus
    cni_json: bytes | None


def sandbox_of(response: pb.PodSandboxStatusResponse) -> Sandbox:
    return Sandbox(_own(response.status), info.cni_result(info.parse(response.info)))


def _own(status: pb.PodSandboxStatus) -> pb.PodSandboxStatus:
    """In memory of its own: as long as a part of an answer is kept all of it is, annotations and `info` too,
    which may be a MiB for each pod.
    """
    labels = [pb.Pair(key=key, value=value) for key, value in _pairs(status.labels).items()]
    status.DiscardUnknownFields()
    status.ClearField("labels")
    status.labels.extend(labels)
    return pb.PodSandboxStatus.FromString(status.SerializeToString())


def container(
    response: pb.ContainerStatusResponse,
    pods_own: Sandbox | None,
    image: pb.Image | None,
    runtime: bytes,
    sandbox_id: bytes,
) -> Container:
    """A pod's container. `pods_own` and `image` are None when the runtime has them no more."""
    sandbox = pods_own.status if pods_own else None
    status, said = response.status, info.parse(response.info)
    reference, shown, digest = _image(status, image, info.image_name(said))
    modes, ip = _namespaces(sandbox), _ip(sandbox)
    identity = status.image_id or (image.id if image else b"") or info.image_id(said) or b""
    return Container(
        id=status.id[:SHORT_ID],
        full_id=status.id,
        name=status.metadata.name or None,
        type=runtime_type(runtime),
        image=shown,
        image_id=images.short_form(identity) if images.is_id(identity) else None,
        image_repository=reference.repository if reference else None,
        image_tag=(reference.tag or b"") if reference else None,
        image_digest=(digest or b"") if reference else None,
        privileged=info.privileged(said),
        host_pid=_of_node(modes, "pid"),
        host_network=_of_node(modes, "network"),
        host_ipc=_of_node(modes, "ipc"),
        ip=ip,
        cni_json=pods_own.cni_json if pods_own else None,
        labels=_labels(status.labels, sandbox, sandbox_id),
        mounts=tuple(_mount(mount) for mount in status.mounts[:MAX_MOUNTS]),
        pod_name=_of_pod(sandbox, status.labels, "name"),
        pod_namespace=_of_pod(sandbox, status.labels, "namespace"),
        pod_uid=_of_pod(sandbox, status.labels, "uid"),
        pod_sandbox_id=sandbox_id or None,
        pod_ip=ip or None,
        pod_labels=_pairs(sandbox.labels) if sandbox else {},
    )


def pod(response: pb.PodSandboxStatusResponse, runtime: bytes) -> Container:
    """A pod's sandbox, seen as the container it is. Who may be privileged in a privileged pod are its
    containers: what holds the namespaces does nothing else.
    """
    status, said = response.status, info.parse(response.info)
    modes, ip = _namespaces(status), _ip(status)
    return Container(
        id=status.id[:SHORT_ID],
        full_id=status.id,
        name=status.metadata.name or None,
        type=runtime_type(runtime),
        privileged=False,
        host_pid=_of_node(modes, "pid"),
        host_network=_of_node(modes, "network"),
        host_ipc=_of_node(modes, "ipc"),
        ip=ip,
        cni_json=info.cni_result(said),
        labels=_labels((), status, status.id),
        mounts=(),
        pod_name=status.metadata.name or None,
        pod_namespace=status.metadata.namespace or None,
        pod_uid=status.metadata.uid or None,
        pod_sandbox_id=status.id,
        pod_ip=ip or None,
        pod_labels=_pairs(status.labels),
    )


def runtime_type(name: bytes) -> bytes:
    """Falco's container.type for a runtime's name; "cri" for those it has no word for."""
    return _TYPES.get(name, b"cri")


def _image(
    status: pb.ContainerStatus, image: pb.Image | None, said: bytes | None
) -> tuple[images.Reference | None, bytes | None, bytes | None]:
    """What the image is called, how to show it, and its digest in the registry.

    The runtime's own name comes first: it is spelled out (docker.io/library/nginx:latest for nginx), which
    is what rules' lists hold. Where that is only an id, the annotations say what the pod asked for; then
    any name will do.
    """
    tags = list(image.repo_tags) if image else []
    digests = list(image.repo_digests) if image else []
    given = (status.image.image, said or b"", status.image.user_specified_image)
    candidates = (*given, *tags, status.image_ref, *digests)
    reference = next(filter(None, map(images.parse, candidates)), None)
    if reference is None:
        return None, None, None
    digest = reference.digest or _digest_of(reference.repository, (status.image_ref, *digests))
    if reference.tag is None and reference.digest is None:
        reference = images.Reference(reference.repository, b"latest", None)
    shown = reference.repository + (b":" + reference.tag if reference.tag else b"@" + (digest or b""))
    return reference, shown, digest


def _digest_of(repository: bytes, references: Iterable[bytes]) -> bytes | None:
    """The digest under that repository if there is one, under another of the same image else."""
    found = [parsed for parsed in map(images.parse, references) if parsed and parsed.digest]
    same = [parsed for parsed in found if parsed.repository == repository]
    return (same or found)[0].digest if found else None


def _namespaces(sandbox: pb.PodSandboxStatus | None) -> pb.NamespaceOption | None:
    if sandbox is None or not sandbox.HasField("linux"):
        return None
    return sandbox.linux.namespaces.options


def _of_node(modes: pb.NamespaceOption | None, kind: str) -> bool | None:
    return None if modes is None else bool(getattr(modes, kind) == pb.NODE)


def _ip(sandbox: pb.PodSandboxStatus | None) -> bytes | None:
    """Empty with the host's network: the runtime gives no address there."""
    return sandbox.network.ip if sandbox else None


def _labels(
    own: Iterable[pb.Pair], sandbox: pb.PodSandboxStatus | None, sandbox_id: bytes
) -> dict[bytes, bytes]:
    """The container's labels with the identity of its pod, which the kubelet sets and other clients may
    not."""
    labels = _pairs(own)
    if sandbox_id:
        labels.setdefault(b"io.kubernetes.sandbox.id", sandbox_id)
    if sandbox:
        labels.setdefault(b"io.kubernetes.pod.name", sandbox.metadata.name)
        labels.setdefault(b"io.kubernetes.pod.namespace", sandbox.metadata.namespace)
        labels.setdefault(b"io.kubernetes.pod.uid", sandbox.metadata.uid)
    return labels


def _of_pod(sandbox: pb.PodSandboxStatus | None, labels: Iterable[pb.Pair], what: str) -> bytes | None:
    """From the sandbox, or from the labels the kubelet gives every container when the sandbox is gone."""
    if sandbox:
        value: bytes = getattr(sandbox.metadata, what)
        return value or None
    return _pairs(labels).get(b"io.kubernetes.pod." + what.encode())


def _pairs(pairs: Iterable[pb.Pair]) -> dict[bytes, bytes]:
    """As the runtime's order is none (a map), sorted; what is too long or too much is left out."""
    short = sorted((pair.key, pair.value) for pair in pairs if len(pair.key) + len(pair.value) <= MAX_LABEL)
    return dict(short[:MAX_LABELS])


def _mount(mount: pb.Mount) -> Mount:
    return Mount(
        source=mount.host_path,
        dest=mount.container_path,
        rdwr=not mount.readonly,
        propagation=_PROPAGATION.get(mount.propagation, b"unknown"),
    )
