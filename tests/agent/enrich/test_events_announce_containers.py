# SPDX-License-Identifier: Apache-2.0
"""A runtime with life cycle events (containerd 1.7, CRI-O): a container is known before anybody asks.

The daemon of these tests may be older. Then a relay stands before it that hands every call on, unread, and
announces what the test starts, as GetContainerEvents of a newer one would; the facts are the real daemon's.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest

from lanner_agent.enrich.cri import runtime_pb2 as cri
from lanner_engine.fields.model import Container
from tests.agent.enrich import asking
from tests.containers import runtime
from tests.containers.pods import Pod

EVENTS = "/runtime.v1.RuntimeService/GetContainerEvents"


class Relay(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in its stubs only
    """Every unary call goes to `socket` as it came; the stream of events is fed from `announced`."""

    def __init__(self, socket: Path) -> None:
        self.announced: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._channel = grpc.insecure_channel(f"unix:{socket}")

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        method = handler_call_details.method
        if method == EVENTS:
            return grpc.unary_stream_rpc_method_handler(self._events)
        return grpc.unary_unary_rpc_method_handler(self._forward(method))

    def _events(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        while (full_id := self.announced.get()) is not None:
            event = cri.ContainerEventResponse(
                container_id=full_id, container_event_type=cri.CONTAINER_STARTED_EVENT
            )
            yield event.SerializeToString()

    def _forward(self, method: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        ask = self._channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)

        def call(request: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                answer: bytes = ask(request, timeout=5)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")
            return answer

        return call


@pytest.fixture
def pod(containerd: runtime.Containerd) -> Iterator[Pod]:
    made = containerd.pods.run("announced")
    yield made
    containerd.pods.remove(made.id)


@pytest.fixture
def relay(containerd: runtime.Containerd, tmp_path: Path) -> Iterator[tuple[str, Relay]]:
    handler = Relay(containerd.socket)
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[handler])
    server.add_insecure_port(f"unix:{tmp_path}/relay.sock")
    server.start()
    yield f"{tmp_path}/relay.sock", handler
    handler.announced.put(None)
    server.stop(0.2).wait()


def test_announced_is_known_without_a_question(
    containerd: runtime.Containerd, pod: Pod, relay: tuple[str, Relay]
) -> None:
    socket, handler = relay
    with asking.inventory(socket) as containers:
        quiet(containers.counts)
        app = containerd.pods.start(pod, "app")
        before = containers.counts().get("resolved", 0)
        handler.announced.put(app.id.encode())
        asking.eventually(lambda: containers.counts().get("resolved", 0) > before)
        found = containers.get(app.id.encode())
        assert isinstance(found, Container)
        assert found.pod_name == b"announced"


def test_a_stream_that_ends_is_begun_again(
    containerd: runtime.Containerd, pod: Pod, relay: tuple[str, Relay]
) -> None:
    """What started in between is found by the new inventory."""
    socket, handler = relay
    with asking.inventory(socket) as containers:
        quiet(containers.counts)
        app = containerd.pods.start(pod, "app")
        handler.announced.put(None)
        asking.eventually(lambda: containers.counts()["connections"] == 2)
        quiet(containers.counts)
        assert isinstance(containers.get(app.id.encode()), Container)


def test_the_daemon_s_own_events(containerd: runtime.Containerd, pod: Pod) -> None:
    with asking.inventory(str(containerd.socket)) as containers:
        quiet(containers.counts)
        if "without events" in containers.state():
            pytest.skip(f"needs GetContainerEvents (containerd 1.7): {containers.state()}")
        before = containers.counts().get("resolved", 0)
        app = containerd.pods.start(pod, "app")
        asking.eventually(lambda: containers.counts().get("resolved", 0) > before)
        assert isinstance(containers.get(app.id.encode()), Container)


def quiet(counts: Callable[[], object]) -> None:
    """Wait until the inventory has nothing more to look up."""
    seen: list[object] = [None] * 10

    def unchanged() -> bool:
        seen.append(counts())
        return all(one == seen[-1] for one in seen[-10:])

    asking.eventually(unchanged)
