# SPDX-License-Identifier: Apache-2.0
"""Lists and watches, whatever happens to their connection: the state that a caller sees is the server's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from lanner_apiserver import lines
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_apiserver.following import Following
from tests.apiserver import serving

Watch = Callable[[web.Request], Awaitable[web.StreamResponse]]
GONE = b'{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n'


class Server:
    """Lists what it is told, and each watch gets the next of `watches`; the last one again and again."""

    def __init__(self, *watches: Watch) -> None:
        self.lists = 0
        self.watched: list[str] = []
        self._watches = watches

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("watch") != "true":
            self.lists += 1
            items = [{"metadata": {"name": f"listed{self.lists}"}}]
            return web.json_response({"metadata": {"resourceVersion": str(self.lists * 10)}, "items": items})
        number = len(self.watched)
        self.watched.append(request.query["resourceVersion"])
        return await self._watches[min(number, len(self._watches) - 1)](request)


def saying(*chunks: bytes) -> Watch:
    return lambda request: serving.stream(request, *chunks)


async def refusing(_: web.Request) -> web.StreamResponse:
    return serving.status(500, "InternalError", "etcd is away")


async def silent(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


def states(server: Server, number: int, health: Callable[[ApiError | None], None]) -> list[list[str]]:
    """The first ones, as names."""

    async def use(api: Api) -> list[list[str]]:
        found: list[list[str]] = []
        following = Following(api, "/api/v1/namespaces", {}, health, Backoff(0.01, 0.05))
        async for objects in following.states():
            found.append(sorted(objects))
            if len(found) == number:
                break
        return found

    return serving.asked(server.answer, use)


def test_changes_are_followed_and_a_new_watch_begins_where_the_old_one_ended() -> None:
    added, changed = serving.event("ADDED", "a", "11"), serving.event("MODIFIED", "a", "12")
    bookmark, deleted = serving.event("BOOKMARK", "", "15"), serving.event("DELETED", "a", "16")
    server = Server(saying(added + changed[:20], changed[20:] + bookmark), saying(deleted), silent)
    found = states(server, 4, lambda _: None)
    assert found == [["/listed1"], ["/a", "/listed1"], ["/a", "/listed1"], ["/listed1"]]
    assert (server.lists, server.watched[:2]) == (1, ["10", "15"])


def test_a_version_that_is_too_old_is_listed_anew_at_once_and_is_no_trouble() -> None:
    troubles: list[ApiError] = []
    server = Server(saying(GONE), silent)
    found = states(server, 2, lambda error: troubles.append(error) if error else None)
    assert found == [["/listed1"], ["/listed2"]]
    assert (troubles, server.watched[0]) == ([], "10")


def test_a_server_in_trouble_is_told_of_and_listed_anew() -> None:
    heard: list[int | None] = []
    server = Server(refusing, silent)
    assert len(states(server, 2, lambda error: heard.append(error.status if error else None))) == 2
    assert heard == [None, 500, None]


def test_a_stream_that_is_no_json_is_listed_anew() -> None:
    heard: list[str] = []
    server = Server(saying(b"<html>\n"), silent)
    states(server, 2, lambda error: heard.append(error.reason) if error else None)
    assert heard == ["NotJson"]


def split(chunks: list[bytes], longest: int = 100) -> list[bytes]:
    async def source() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def collect() -> list[bytes]:
        return [line async for line in lines.split(source(), longest)]

    return asyncio.run(collect())


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b".")), max_size=8), st.data())
def test_lines_are_whole_however_they_are_cut(written: list[bytes], data: st.DataObject) -> None:
    text = b"".join(line + b"\n" for line in written)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=5)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert split(chunks) == [line for line in written if line]


def test_a_line_without_end_is_given_up() -> None:
    with pytest.raises(lines.LineTooLongError):
        split([b"x" * 60, b"x" * 60])
