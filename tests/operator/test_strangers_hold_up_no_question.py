# SPDX-License-Identifier: Apache-2.0
"""The webhook's port, which any pod may reach: what strangers send there, and who is answered meanwhile."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import json
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from lanner_apiserver.client import Api
from lanner_engine.objects.limits import DEFAULT
from lanner_operator.admission import certificates
from lanner_operator.handlers import admission
from lanner_operator.handlers.admission import Admission
from lanner_operator.installation import Installation
from tests.operator.whole.process import free_port

NAMES = ("lanner-admission.lanner.svc",)
STRANGERS = 8
META = {"name": "r", "namespace": "shop"}
REVIEW = {"uid": "u", "kind": {"kind": "FalcoRule"}, "object": {"metadata": META, "spec": {"rules": []}}}
QUESTION = json.dumps({"request": REVIEW}).encode()

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


def played(scene: Callable[[Connect], Awaitable[None]]) -> None:
    """With a webhook that is served."""
    asyncio.run(_played(scene))


async def _played(scene: Callable[[Connect], Awaitable[None]]) -> None:
    port, listens = free_port(), asyncio.Event()
    here = Installation("lanner", "lanner")
    served = Admission(cast("Api", None), here, port, dict, DEFAULT, Counter(), lambda _: listens.set())
    now = datetime.datetime.now(datetime.UTC)
    issued = certificates.issue(NAMES, datetime.timedelta(days=1), now)
    served._take(issued)
    context = ssl.create_default_context(cadata=issued.authorities.decode())

    def connect() -> Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        return asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=NAMES[0])

    task = asyncio.create_task(served._served.run())
    try:
        await listens.wait()
        await scene(connect)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await served._judging.close()


async def asked(connect: Connect, body: bytes, *headers: str, length: int | None = None) -> bytes:
    """The first line of the answer."""
    reader, writer = await connect()
    try:
        await send(writer, body, *headers, length=length)
        return await reader.readline()
    finally:
        writer.close()


async def send(writer: asyncio.StreamWriter, body: bytes, *headers: str, length: int | None = None) -> None:
    told = f"Content-Length: {len(body) if length is None else length}"
    head = ("POST /validate HTTP/1.1", "Host: x", told, *headers, "", "")
    writer.write("\r\n".join(head).encode() + body)
    await writer.drain()


def test_who_sends_slowly_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "READING_S", 60.0)

    async def scene(connect: Connect) -> None:
        strangers = [await connect() for _ in range(STRANGERS)]
        for number, (_, writer) in enumerate(strangers):
            await send(writer, b"{", length=admission.SMALL + 1 if number % 2 else 100)
        async with asyncio.timeout(30.0):
            assert b"200" in await asked(connect, QUESTION)
        for _, writer in strangers:
            writer.close()

    played(scene)


def test_a_large_question_waits_its_turn_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "READING_S", 0.5)

    async def scene(connect: Connect) -> None:
        large = QUESTION + b" " * admission.SMALL
        answers = (asked(connect, b"{", length=admission.SMALL + 1) for _ in range(STRANGERS))
        found = await asyncio.gather(*answers)
        assert all(b"408" in one for one in found), found
        assert b"200" in await asked(connect, large)

    played(scene)


def test_what_is_packed_is_not_unpacked() -> None:
    async def scene(connect: Connect) -> None:
        assert b"400" in await asked(connect, gzip.compress(QUESTION), "Content-Encoding: gzip")
        assert b"413" in await asked(connect, b" " * (admission.BODY + 1))

    played(scene)


def test_what_strangers_send_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(connect: Connect) -> None:
        for nonsense in (b"POST /exec/\xff\x1b[31mforged HTTP/1.1\r\n\r\n", b"\x16\x03\r\n\r\n"):
            reader, writer = await connect()
            writer.write(nonsense)
            assert b"400" in await reader.readline()
            writer.close()

    played(scene)
    assert caplog.records == []
