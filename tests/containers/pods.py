# SPDX-License-Identifier: Apache-2.0
"""Pods and their containers through the real CRI, as the kubelet makes them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from lanner_agent.enrich.cri import runtime_pb2 as cri
from tests.containers import pods_pb2 as pb

_SECONDS = 30.0
Answer = TypeVar("Answer", bound=Message)


@dataclass(frozen=True, slots=True)
class Pod:
    """A running pod; `config` is what it was made of."""

    id: str
    name: str
    namespace: str
    uid: str
    config: pb.PodSandboxConfig = field(repr=False)


@dataclass(frozen=True, slots=True)
class PodContainer:
    """A running container of a pod."""

    id: str
    name: str
    pod: Pod


class Pods:
    """Everything made here is removed by `remove_all`."""

    def __init__(self, socket: Path, image: str, note_cgroup: Callable[[str], None]) -> None:
        self._socket = socket
        self._image = image
        self._note_cgroup = note_cgroup
        self._channel = grpc.insecure_channel(
            f"unix:{socket}", options=(("grpc.use_local_subchannel_pool", 1),)
        )

    def run(  # noqa: PLR0913 (a pod has that many sides, all optional)
        self,
        name: str = "box",
        namespace: str = "default",
        labels: Mapping[str, str] | None = None,
        *,
        host_network: bool = False,
        host_pid: bool = False,
        host_ipc: bool = False,
        privileged: bool = False,
    ) -> Pod:
        """RunPodSandbox below /kubepods/besteffort, with the labels the kubelet gives every pod."""
        uid = str(uuid.uuid4())
        parent = f"/kubepods/besteffort/pod{uid}"
        self._note_cgroup(parent)
        modes = cri.NamespaceOption(
            network=cri.NODE if host_network else cri.POD,
            pid=cri.NODE if host_pid else cri.CONTAINER,
            ipc=cri.NODE if host_ipc else cri.POD,
        )
        context = pb.LinuxSandboxSecurityContext(namespace_options=modes, privileged=privileged)
        config = pb.PodSandboxConfig(
            metadata=cri.PodSandboxMetadata(
                name=name.encode(), uid=uid.encode(), namespace=namespace.encode()
            ),
            hostname="" if host_network else name[:63],
            labels={**(labels or {}), **_identity(name, namespace, uid)},
            linux=pb.LinuxPodSandboxConfig(cgroup_parent=parent, security_context=context),
        )
        answer = self.call("RunPodSandbox", pb.RunPodSandboxRequest(config=config), pb.RunPodSandboxResponse)
        return Pod(answer.pod_sandbox_id, name, namespace, uid, config)

    def start(  # noqa: PLR0913 (a container has that many sides, all optional)
        self,
        pod: Pod,
        name: str = "app",
        command: Sequence[str] = ("sleep", "100000"),
        mounts: Sequence[cri.Mount] = (),
        labels: Mapping[str, str] | None = None,
        *,
        image: str | None = None,
        privileged: bool = False,
        tty: bool = False,
    ) -> PodContainer:
        """CreateContainer and StartContainer."""
        options = pod.config.linux.security_context.namespace_options
        context = pb.LinuxContainerSecurityContext(privileged=privileged, namespace_options=options)
        identity = {**_identity(pod.name, pod.namespace, pod.uid), "io.kubernetes.container.name": name}
        config = pb.ContainerConfig(
            metadata=cri.ContainerMetadata(name=name.encode()),
            image=cri.ImageSpec(image=(image or self._image).encode()),
            command=list(command),
            mounts=list(mounts),
            labels={**(labels or {}), **identity},
            stdin=tty,
            tty=tty,
            linux=pb.LinuxContainerConfig(security_context=context),
        )
        request = pb.CreateContainerRequest(pod_sandbox_id=pod.id, config=config, sandbox_config=pod.config)
        made = self.call("CreateContainer", request, pb.CreateContainerResponse)
        start = pb.StartContainerRequest(container_id=made.container_id)
        self.call("StartContainer", start, pb.StartContainerResponse)
        return PodContainer(made.container_id, name, pod)

    def execute(self, container: PodContainer, *command: str) -> pb.ExecSyncResponse:
        """ExecSync: what the command printed and its exit code."""
        request = pb.ExecSyncRequest(container_id=container.id, cmd=list(command), timeout=10)
        return self.call("ExecSync", request, pb.ExecSyncResponse)

    def status(self, pod: Pod) -> cri.PodSandboxStatus:
        """What the runtime says of a pod, its address among it."""
        request = cri.PodSandboxStatusRequest(pod_sandbox_id=pod.id.encode(), verbose=True)
        return self.call("PodSandboxStatus", request, cri.PodSandboxStatusResponse).status

    def remove_container(self, container: PodContainer) -> None:
        """Stop it without grace and remove it."""
        stop = pb.StopContainerRequest(container_id=container.id, timeout=0)
        self.call("StopContainer", stop, pb.StopContainerResponse)
        remove = pb.RemoveContainerRequest(container_id=container.id)
        self.call("RemoveContainer", remove, pb.RemoveContainerResponse)

    def remove(self, pod_id: str) -> None:
        """Stop and remove a pod with everything in it."""
        stop = pb.StopPodSandboxRequest(pod_sandbox_id=pod_id)
        self.call("StopPodSandbox", stop, pb.StopPodSandboxResponse)
        remove = pb.RemovePodSandboxRequest(pod_sandbox_id=pod_id)
        self.call("RemovePodSandbox", remove, pb.RemovePodSandboxResponse)

    def remove_all(self) -> None:
        """Every pod the runtime has, also those of an earlier, crashed run."""
        listed = self.call("ListPodSandbox", cri.ListPodSandboxRequest(), cri.ListPodSandboxResponse)
        for item in listed.items:
            self.remove(item.id.decode())

    def wait(self, timeout: float = 20.0) -> None:
        """containerd listens a moment before its CRI is ready ("server is not initialized yet")."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.call("ListPodSandbox", cri.ListPodSandboxRequest(), cri.ListPodSandboxResponse)
            except grpc.RpcError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def wait_for_image(self, image: str, timeout: float = 10.0) -> None:
        """The CRI learns of imported images by events, a moment after the import."""
        request = cri.ImageStatusRequest(image=cri.ImageSpec(image=image.encode()))
        deadline = time.monotonic() + timeout
        while not self.call("ImageStatus", request, cri.ImageStatusResponse, "ImageService").HasField(
            "image"
        ):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the CRI does not see {image}")
            time.sleep(0.05)

    def call(
        self, method: str, request: Message, answer: type[Answer], service: str = "RuntimeService"
    ) -> Answer:
        """Any call of the CRI, by name."""
        ask = self._channel.unary_unary(
            f"/runtime.v1.{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        response: Answer = ask(request, timeout=_SECONDS, wait_for_ready=True)
        return response

    def close(self) -> None:
        self._channel.close()


def _identity(name: str, namespace: str, uid: str) -> dict[str, str]:
    """The labels by which the kubelet finds its pods again."""
    return {
        "io.kubernetes.pod.name": name,
        "io.kubernetes.pod.namespace": namespace,
        "io.kubernetes.pod.uid": uid,
    }
