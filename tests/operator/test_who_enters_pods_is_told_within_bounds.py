# SPDX-License-Identifier: Apache-2.0
"""What becomes of the API server's questions about people who enter pods, for all that they ask."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from lanner_apiserver.client import Api
from lanner_apiserver.errors import Unreachable
from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice
from lanner_operator.admission import outbox, sessions
from lanner_operator.admission.outbox import Outbox
from lanner_operator.admission.sessions import Sessions
from tests.operator.made import HERE

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
KEY = X25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
LOW_ORDER = base64.b64encode(bytes(32)).decode()
CONTAINERS = [{"name": "app"}, {"name": "shell", "stdin": True, "tty": True}]


class Server:
    """Has any pod, and keeps ConfigMaps; pods of a namespace in `slow` take for ever."""

    def __init__(self) -> None:
        self.sealed: dict[str, str] = {}
        self.slow: set[str] = set()

    async def request(self, method: str, path: str, body: Any = None, **_: Any) -> dict[str, Any]:
        if path.split("/")[-2:-1] == ["pods"]:
            if path.split("/")[-3] in self.slow:
                await asyncio.Event().wait()
            spec = {"nodeName": "n", "containers": CONTAINERS}
            return {"metadata": {"uid": "u1"}, "spec": spec}
        before = self.sealed if method == "PATCH" else {}
        merged = {**before, **body["binaryData"]}
        self.sealed = {name: one for name, one in merged.items() if one is not None}
        return {}


class Told:
    """A webhook, and what a node's agent opens."""

    def __init__(self, key: str = PUBLIC) -> None:
        self.server = Server()
        self.counts: Counter[str] = Counter()
        api = cast("Api", self.server)
        out = Outbox(api, HERE, lambda _: key, lambda _: None)
        self.sessions = Sessions(api, out, self.counts)

    def tell(self, *asked: bytes) -> list[ExecNotice]:
        async def all_of_them() -> None:
            for one in asked:
                await self.sessions.tell(sessions.read(one))

        asyncio.run(all_of_them())
        return self.heard()

    def heard(self) -> list[ExecNotice]:
        contents = map(base64.b64decode, self.server.sealed.values())
        return [exec_notice.read(SUITE.decrypt(one, KEY, exec_notice.INFO)) for one in contents]


def asked(what: str = "exec", namespace: str = "shop", before: Any = None, **given: Any) -> bytes:
    request = {"uid": "q" * 36, "resource": {"resource": "pods"}, "subResource": what, "namespace": namespace}
    who = {"username": "eve", "groups": ["devs"]}
    return json.dumps(
        {"request": {**request, "name": "web", "userInfo": who, "object": given, "oldObject": before}}
    ).encode()


def debugged(*names: str) -> bytes:
    spec = {"nodeName": "n", "ephemeralContainers": [{"name": name} for name in names]}
    return asked("ephemeralcontainers", metadata={"uid": "u1"}, spec=spec)


def test_thousands_of_new_containers_at_once_are_no_work() -> None:
    told = Told()
    heard = told.tell(debugged(*(f"c{number}" for number in range(10_000))))
    assert len(heard) == outbox.OF_NAMESPACE
    assert told.counts == {"crowded": 1}


def test_new_containers_with_names_that_begin_alike_are_all_told() -> None:
    names = {"debugger-" + "x" * 40 + end for end in "ab"}
    assert {one.container for one in Told().tell(debugged(*sorted(names)))} == names


def test_a_container_that_the_pod_does_not_have_is_not_told() -> None:
    told = Told()
    assert told.tell(asked(container="none", command=["sh"])) == []
    assert told.counts == {"no_container": 1}


@pytest.mark.parametrize(("container", "reaches"), [("app", False), ("shell", True)])
def test_who_attaches_has_the_input_and_terminal_that_the_container_has(
    container: str, *, reaches: bool
) -> None:
    (one,) = Told().tell(asked("attach", container=container, stdin=True))
    assert (one.stdin, one.tty) == (reaches, reaches)


def test_who_keeps_the_webhook_busy_in_one_namespace_holds_up_no_other() -> None:
    told = Told()
    told.server.slow.add("greedy")

    async def scene() -> None:
        one = sessions.read(asked(namespace="greedy", container="app"))
        greedy = [asyncio.create_task(told.sessions.tell(one)) for _ in range(sessions.AT_ONCE + 1)]
        await asyncio.sleep(0)
        await told.sessions.tell(sessions.read(asked(container="app", command=["sh"])))
        for task in greedy:
            task.cancel()
        await asyncio.gather(*greedy, return_exceptions=True)
        await told.sessions.tell(sessions.read(asked(container="app", command=["sh"])))

    asyncio.run(scene())
    assert told.counts == {"busy": sessions.AT_ONCE + 1 - sessions.OF_NAMESPACE, "told": 2}
    assert [one.user for one in told.heard()] == ["eve"]


@pytest.mark.parametrize("key", ["", "x", "é", LOW_ORDER])
def test_a_key_that_is_none_is_said_to_be_missing(key: str) -> None:
    told = Told(key)
    told.tell(asked(container="app", command=["sh"]))
    assert told.counts == {"no_key": 1}


class SlowServer(Server):
    """Answers a moment later; loses the answers to so many changes, which it has made."""

    lost = 0

    async def request(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        if method == "DELETE":
            return {}
        await super().request(method, path, body, **more)
        await asyncio.sleep(0)
        if self.lost:
            self.lost -= 1
            raise Unreachable("no answer in time", path)
        return {"binaryData": self.sealed, "metadata": {"resourceVersion": "1"}}


def noticed(id: str) -> list[ExecNotice]:
    return [
        exec_notice.notice(
            id=id,
            verb=exec_notice.EXEC,
            pod_uid="u1",
            container="app",
            user="eve",
            groups=(),
            command=["sh"],
            stdin=False,
            tty=False,
            at=1,
        )
    ]


def test_what_gives_way_while_it_is_being_written_is_taken_out_all_the_same() -> None:
    server, now = SlowServer(), [0.0]
    out = Outbox(cast("Api", server), HERE, lambda _: PUBLIC, lambda _: None, lambda: now[0])

    async def scene() -> None:
        for number in range(40):
            await asyncio.gather(*(out.put("n", "shop", noticed(f"q{number}.{at}")) for at in range(4)))
        assert len(server.sealed) == outbox.OF_NAMESPACE
        now[0] += exec_notice.LIFE_S
        await out._expire("n", out._boxes["n"])

    asyncio.run(scene())
    assert server.sealed == {}


def test_what_was_stored_without_an_answer_is_taken_out_too() -> None:
    server, now = SlowServer(), [0.0]
    out = Outbox(cast("Api", server), HERE, lambda _: PUBLIC, lambda _: None, lambda: now[0])
    server.lost = 1

    async def scene() -> None:
        with pytest.raises(Unreachable):
            await out.put("n", "shop", noticed("q"))
        assert set(server.sealed) == {"q"}
        now[0] += exec_notice.LIFE_S
        await out._expire("n", out._boxes["n"])

    asyncio.run(scene())
    assert server.sealed == {}
