# SPDX-License-Identifier: Apache-2.0
"""Fields of the container and its pod: container.*, k8s.* (specification 7.3).

`metadata` marks what the container runtime must tell; the id alone comes from the cgroup.
"""

from __future__ import annotations

from lanner_engine.fields.field import Argument, Field


def _text(name: str, attribute: str, meaning: str, type_name: str = "CHARBUF", flags: str = "") -> Field:
    return Field(name, type_name, meaning, f"{{c}}.{attribute}", metadata=True, flags=flags)


def _mount(name: str, part: str, meaning: str) -> Field:
    return Field(
        name,
        "CHARBUF",
        meaning,
        argument=Argument.TEXT,
        argument_code=f"container_facts.mount_part({{c}}, {{a}}, '{part}')",
        required=True,
        metadata=True,
    )


def _label(name: str, attribute: str, meaning: str) -> Field:
    return Field(
        name,
        "CHARBUF",
        meaning,
        argument=Argument.TEXT,
        argument_code=f"{{c}}.{attribute}.get({{a}})",
        required=True,
        tail=True,
        metadata=True,
    )


def _owner(name: str, attribute: str, meaning: str) -> Field:
    """Of what the pod is of, which the kubelet tells."""
    code = f"None if (x := {{c}}.owners) is None else x.{attribute}"
    return Field(name, "CHARBUF", meaning, code, metadata=True)


def _nothing(name: str, argument: Argument = Argument.NONE) -> Field:
    takes = argument is not Argument.NONE
    return Field(
        name, "CHARBUF", "always absent", "None", argument, "None" if takes else "", takes, takes, flags="D"
    )


# What a pod does not say of its owners, and no right of an agent can read.
_ABSENT = {
    "rc": ("label", "labels"),
    "svc": ("name", "id", "label", "labels"),
    "rs": ("label", "labels"),
    "deployment": ("id", "label", "labels"),
    "ns": ("id", "label", "labels"),
}
FIELDS = (
    Field(
        "container.id",
        "CHARBUF",
        "first 12 characters of the id; host outside containers",
        "{c}.id",
        flags="S",
        total=True,
    ),
    Field("container.full_id", "CHARBUF", "the whole id", "{c}.full_id", total=True),
    _text("container.name", "name", "name; host outside containers", flags="S"),
    _text("container.image", "image", "image reference"),
    _text("container.image.id", "image_id", "image id"),
    _text("container.type", "type", "kind of runtime; host outside containers"),
    _text("container.privileged", "privileged", "whether it is privileged", "BOOL"),
    Field("container.mounts", "CHARBUF", "all mounts", "container_facts.mounts({c})", metadata=True),
    _mount("container.mount", "whole", "a mount, by position or glob of its source"),
    _mount("container.mount.source", "source", "a mount's source, by position or glob of its destination"),
    _mount("container.mount.dest", "dest", "a mount's destination, by position or glob of its source"),
    _mount("container.mount.mode", "mode", "a mount's mode, by position or glob of its source"),
    _mount("container.mount.rdwr", "rdwr", "true or false, by position or glob of the source"),
    _mount("container.mount.propagation", "propagation", "a mount's propagation"),
    _text(
        "container.image.repository", "image_repository", "repository part of the image reference", flags="S"
    ),
    _text("container.image.tag", "image_tag", "tag of the image reference", flags="S"),
    _text("container.image.digest", "image_digest", "digest at the registry"),
    _nothing("container.healthcheck"),
    _nothing("container.liveness_probe"),
    _nothing("container.readiness_probe"),
    Field(
        "container.start_ts", "ABSTIME", "start of its pid namespace, epoch ns", "container_facts.start({e})"
    ),
    Field("container.duration", "RELTIME", "ns since its start", "container_facts.age({e})"),
    _text("container.ip", "ip", "IPv4 address"),
    _text("container.cni.json", "cni_json", "what the network plugin answered of its interfaces, as JSON"),
    _text("container.host_pid", "host_pid", "whether it uses the host's pid namespace", "BOOL"),
    _text("container.host_network", "host_network", "whether it uses the host's network", "BOOL"),
    _text("container.host_ipc", "host_ipc", "whether it uses the host's IPC namespace", "BOOL"),
    _label("container.label", "labels", "one label"),
    Field(
        "container.labels", "CHARBUF", "all labels", "container_facts.labels({c}, {c}.labels)", metadata=True
    ),
    _text("k8s.pod.name", "pod_name", "name of the pod", flags="S"),
    _text("k8s.ns.name", "pod_namespace", "namespace of the pod", flags="S"),
    _text("k8s.pod.id", "pod_uid", "old name of k8s.pod.uid"),
    _text("k8s.pod.uid", "pod_uid", "uid of the pod"),
    Field(
        "k8s.pod.sandbox_id",
        "CHARBUF",
        "first 12 characters of the sandbox id",
        "container_facts.short({c}.pod_sandbox_id)",
        metadata=True,
    ),
    _text("k8s.pod.full_sandbox_id", "pod_sandbox_id", "the whole sandbox id"),
    _label("k8s.pod.label", "pod_labels", "one label of the pod"),
    Field(
        "k8s.pod.labels",
        "CHARBUF",
        "its labels",
        "container_facts.pod_labels({c})",
        metadata=True,
    ),
    _text("k8s.pod.ip", "pod_ip", "IPv4 address of the pod"),
    _text("k8s.pod.cni.json", "cni_json", "what the network plugin answered for the pod, as JSON"),
    _owner("k8s.deployment.name", "deployment_name", "name of the Deployment that the pod is of"),
    _owner("k8s.rs.name", "replicaset_name", "name of the ReplicaSet that the pod is of"),
    _owner("k8s.rs.id", "replicaset_uid", "uid of the ReplicaSet that the pod is of"),
    _owner("k8s.rc.name", "rc_name", "name of the ReplicationController that the pod is of"),
    _owner("k8s.rc.id", "rc_uid", "uid of the ReplicationController that the pod is of"),
    *(
        _nothing(f"k8s.{owner}.{part}", Argument.TEXT if part == "label" else Argument.NONE)
        for owner, parts in _ABSENT.items()
        for part in parts
    ),
)
