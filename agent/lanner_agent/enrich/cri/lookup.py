# SPDX-License-Identifier: Apache-2.0
"""A container's id in, all its facts out, over one connection that is made anew when it breaks.

Imports grpc: the worker imports this module when there is a socket to ask.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from lanner_agent.enrich.cri import client, facts, failure, info
from lanner_agent.enrich.cri import runtime_pb2 as pb
from lanner_engine.fields.model import Container

_REMEMBERED: Final = 512  # pods and images; most containers of a node share a few
_SHORTEST: Final = 0.05  # seconds a call is given at least
Value = TypeVar("Value")


class Lookup:
    """One runtime, for several threads. Every failure is a CRIError; after UNAVAILABLE the connection is of
    no use any more.
    """

    def __init__(self, path: str) -> None:
        """Raises CRIError when the socket does not answer in time, or is no CRI."""
        self.runtime = client.Runtime(path)
        self._sandboxes: OrderedDict[bytes, facts.Sandbox] = OrderedDict()
        self._images: OrderedDict[bytes, pb.Image | None] = OrderedDict()

    def __str__(self) -> str:
        name, version = (part.decode(errors="backslashreplace") for part in self._named())
        return f"{name} {version} at {self.runtime.path}"

    def running(self) -> list[bytes]:
        """Ids of everything that may have processes: containers first, then the pods' sandboxes."""
        states = (pb.CONTAINER_RUNNING, pb.CONTAINER_CREATED)
        containers = [found.id for found in self.runtime.containers() if found.state in states]
        sandboxes = [found.id for found in self.runtime.sandboxes() if found.state == pb.SANDBOX_READY]
        return containers + sandboxes

    def describe(self, full_id: bytes, timeout: float = client.CALL_SECONDS) -> Container:
        """All facts of a container or of a pod's sandbox, within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        try:
            response = self.runtime.container(full_id, _left(deadline))
        except failure.CRIError as error:
            if error.reason is not failure.Reason.NOT_FOUND:
                raise
            return facts.pod(self.runtime.sandbox(full_id, _left(deadline)), self.runtime.name)
        sandbox_id = self._sandbox_id(response)
        sandbox = self._sandbox(sandbox_id, deadline) if sandbox_id else None
        image = self._image(response.status.image_ref, deadline)
        return facts.container(response, sandbox, image, self.runtime.name, sandbox_id)

    def started(self) -> Iterator[bytes]:
        """Ids of containers and sandboxes as they come to life, until the connection ends with a CRIError."""
        kinds = (pb.CONTAINER_CREATED_EVENT, pb.CONTAINER_STARTED_EVENT)
        for event in self.runtime.events():
            if event.container_event_type in kinds:
                yield event.container_id

    def alive(self) -> None:
        """Returns when the runtime answers."""
        self.runtime.ask_version()

    def close(self) -> None:
        """Calls under way end with UNAVAILABLE."""
        self.runtime.close()

    def _named(self) -> tuple[bytes, bytes]:
        return self.runtime.name, self.runtime.version

    def _sandbox_id(self, response: pb.ContainerStatusResponse) -> bytes:
        """A status does not say which pod it is of; `info` of containerd and CRI-O does, a listing always."""
        said = info.sandbox_id(info.parse(response.info))
        if said:
            return said
        listed = self.runtime.containers(response.status.id)
        return listed[0].pod_sandbox_id if listed else b""

    def _sandbox(self, sandbox_id: bytes, deadline: float) -> facts.Sandbox | None:
        def ask() -> facts.Sandbox:
            return facts.sandbox_of(self.runtime.sandbox(sandbox_id, _left(deadline)))

        return _unless_gone(lambda: _cached(self._sandboxes, sandbox_id, ask))

    def _image(self, reference: bytes, deadline: float) -> pb.Image | None:
        def ask() -> pb.Image | None:
            return self.runtime.image(reference, _left(deadline))

        return _unless_gone(lambda: _cached(self._images, reference, ask)) if reference else None


def _cached(memory: OrderedDict[bytes, Value], key: bytes, ask: Callable[[], Value]) -> Value:
    """Several threads may ask at once: at worst they all do."""
    if key in memory:
        return memory[key]
    value = memory[key] = ask()
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
    return value


def _unless_gone(ask: Callable[[], Value]) -> Value | None:
    """None when the runtime has removed it; a container may outlive what the runtime knows of its pod."""
    try:
        return ask()
    except failure.CRIError as error:
        if error.reason is not failure.Reason.NOT_FOUND:
            raise
        return None


def _left(deadline: float) -> float:
    return max(_SHORTEST, deadline - time.monotonic())
