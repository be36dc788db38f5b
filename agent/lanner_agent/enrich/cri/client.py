# SPDX-License-Identifier: Apache-2.0
"""One connection to a runtime's CRI socket: typed calls in, messages out, failures as CRIError.

Every call blocks for its deadline at most. The channel reconnects by itself when a call finds it broken, at
most once in RECONNECT_MS: a runtime that is away costs nothing between calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message

from lanner_agent.enrich.cri import failure
from lanner_agent.enrich.cri import runtime_pb2 as pb

# grpc's own limit is 4 MiB, which ListContainers of a full node with long labels can pass; the kubelet uses
# 16 MiB.
MAX_MESSAGE: Final = 16 << 20
RECONNECT_MS: Final = 500
CALL_SECONDS: Final = 2.0
# Listing a node with hundreds of pods after a cold start takes the runtime seconds.
LIST_SECONDS: Final = 10.0

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.initial_reconnect_backoff_ms", RECONNECT_MS),
    ("grpc.min_reconnect_backoff_ms", RECONNECT_MS),
    ("grpc.max_reconnect_backoff_ms", RECONNECT_MS),
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
    # Channels to one address share their connections otherwise, and with them the backoff of a dead one.
    ("grpc.use_local_subchannel_pool", 1),
    # cri-dockerd and older gRPC-Go servers refuse the default authority of a unix socket, its escaped path.
    ("grpc.default_authority", "localhost"),
)
_REASONS: Final = {
    grpc.StatusCode.NOT_FOUND: failure.Reason.NOT_FOUND,
    grpc.StatusCode.UNAVAILABLE: failure.Reason.UNAVAILABLE,
    grpc.StatusCode.UNIMPLEMENTED: failure.Reason.NOT_CRI,
    grpc.StatusCode.DEADLINE_EXCEEDED: failure.Reason.TIMEOUT,
    grpc.StatusCode.PERMISSION_DENIED: failure.Reason.PERMISSION_DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: failure.Reason.TOO_LARGE,
}

RequestT = TypeVar("RequestT", bound=Message)
ResponseT = TypeVar("ResponseT", bound=Message)


class Runtime:
    """A runtime behind a socket. `name` and `version` are its own words."""

    def __init__(self, path: str) -> None:
        """Connect and ask for the version; raises CRIError when that is no CRI or does not answer in time."""
        self.path = path
        self._channel = grpc.insecure_channel(f"unix:{path}", options=_OPTIONS)
        try:
            self._open()
        except failure.CRIError:
            self._channel.close()
            raise

    def _open(self) -> None:
        unary = self._unary
        self._containers = unary("ListContainers", pb.ListContainersRequest, pb.ListContainersResponse)
        self._sandboxes = unary("ListPodSandbox", pb.ListPodSandboxRequest, pb.ListPodSandboxResponse)
        self._container = unary("ContainerStatus", pb.ContainerStatusRequest, pb.ContainerStatusResponse)
        self._sandbox = unary("PodSandboxStatus", pb.PodSandboxStatusRequest, pb.PodSandboxStatusResponse)
        self._image = unary("ImageStatus", pb.ImageStatusRequest, pb.ImageStatusResponse, "ImageService")
        self._version = unary("Version", pb.VersionRequest, pb.VersionResponse)
        version = self.ask_version()
        self.name: bytes = version.runtime_name
        self.version: bytes = version.runtime_version

    def ask_version(self) -> pb.VersionResponse:
        """Who answers: what every runtime can say at any time."""
        return self._version(pb.VersionRequest(), CALL_SECONDS)

    def containers(self, full_id: bytes = b"") -> list[pb.Container]:
        """Every container, or those whose id begins with `full_id`, without their details."""
        request = pb.ListContainersRequest(filter=pb.ContainerFilter(id=full_id))
        return list(self._containers(request, LIST_SECONDS).containers)

    def sandboxes(self) -> list[pb.PodSandbox]:
        """Every pod, without its details."""
        return list(self._sandboxes(pb.ListPodSandboxRequest(), LIST_SECONDS).items)

    def container(self, full_id: bytes, timeout: float = CALL_SECONDS) -> pb.ContainerStatusResponse:
        """Everything about a container; CRIError(NOT_FOUND) when the runtime does not know it."""
        response = self._container(pb.ContainerStatusRequest(container_id=full_id, verbose=True), timeout)
        if response.status.id != full_id:  # runtimes complete a prefix to the one id that has it
            raise failure.CRIError(failure.Reason.NOT_FOUND, "the id is only the beginning of another")
        return response

    def sandbox(self, full_id: bytes, timeout: float = CALL_SECONDS) -> pb.PodSandboxStatusResponse:
        """Everything about a pod; CRIError(NOT_FOUND) when the runtime does not know it."""
        response = self._sandbox(pb.PodSandboxStatusRequest(pod_sandbox_id=full_id, verbose=True), timeout)
        if response.status.id != full_id:
            raise failure.CRIError(failure.Reason.NOT_FOUND, "the id is only the beginning of another")
        return response

    def image(self, reference: bytes, timeout: float = CALL_SECONDS) -> pb.Image | None:
        """The image of that name or id; None when the runtime does not have it (any more)."""
        request = pb.ImageStatusRequest(image=pb.ImageSpec(image=reference))
        response = self._image(request, timeout)
        return response.image if response.HasField("image") else None

    def events(self) -> Iterator[pb.ContainerEventResponse]:
        """Life cycle events until the connection ends; CRIError(NOT_CRI) where the runtime has none.

        Ends with CRIError in every case; `close` from another thread ends it too.
        """
        call = self._channel.unary_stream(
            _path("RuntimeService", "GetContainerEvents"),
            request_serializer=pb.GetEventsRequest.SerializeToString,
            response_deserializer=pb.ContainerEventResponse.FromString,
        )
        try:
            yield from call(pb.GetEventsRequest())
        except grpc.RpcError as error:
            raise _translated(error) from error
        raise failure.CRIError(failure.Reason.UNAVAILABLE, "the runtime ended the stream of events")

    def close(self) -> None:
        """Hang up; calls under way fail."""
        self._channel.close()

    def _unary(
        self,
        method: str,
        request: type[RequestT],
        response: type[ResponseT],
        service: str = "RuntimeService",
    ) -> Callable[[RequestT, float], ResponseT]:
        ask = self._channel.unary_unary(
            _path(service, method),
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )

        def call(message: RequestT, timeout: float) -> ResponseT:
            try:
                response: ResponseT = ask(message, timeout=timeout)
            except grpc.RpcError as error:
                raise _translated(error) from error
            except ValueError as error:  # the channel was closed by another thread
                raise failure.CRIError(failure.Reason.UNAVAILABLE, str(error)) from error
            return response

        return call


def _path(service: str, method: str) -> str:
    """`/package.Service/Method`, from the descriptor: a call the proto does not declare fails at once."""
    found = pb.DESCRIPTOR.services_by_name[service].methods_by_name[method]
    return f"/{found.containing_service.full_name}/{found.name}"


def _translated(error: grpc.RpcError) -> failure.CRIError:
    code: grpc.StatusCode = error.code()
    details: str | None = error.details()
    return failure.CRIError(_REASONS.get(code, failure.Reason.FAILED), details or code.name)
