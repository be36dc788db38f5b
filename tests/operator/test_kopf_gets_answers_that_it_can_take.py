# SPDX-License-Identifier: Apache-2.0
"""The session that kopf lists and watches with: depth is cut, pages are counted, a listing that took too long
begins anew.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from lanner_apiserver.client import Api
from lanner_apiserver.nesting import DEEPEST
from lanner_operator.apiserver import kopf_session
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.handlers import watches
from lanner_operator.installation import NODES, RULES
from tests.apiserver.serving import asked

DEEP = "[" * 3_000 + "]" * 3_000


class Server:
    """Pages by their token. `asked` are the queries by path."""

    def __init__(self, **pages: Callable[[], web.StreamResponse]) -> None:
        self.asked: list[dict[str, str]] = []
        self.listed: list[str] = []
        self._pages = pages

    def play(self, use: Callable[[aiohttp.ClientSession, str], Awaitable[Any]]) -> Any:
        async def handler(request: web.Request) -> web.StreamResponse:
            self.asked.append(dict(request.query))
            return self._pages[request.query.get("continue", "first")]()

        async def used(api: Api) -> Any:
            contacts = Contacts(lambda _: None)
            async with kopf_session.opened(api, contacts, self.listed.append, watches.PAGES) as one:
                return await use(one, api.host)

        return asked(handler, used)


def page(further: str = "", *items: str) -> Callable[[], web.StreamResponse]:
    text = f'{{"metadata":{{"continue":"{further}"}},"items":[{",".join(items)}]}}'
    return lambda: web.Response(text=text, content_type="application/json")


async def json_of(one: aiohttp.ClientSession, url: str) -> Any:
    """As kopf does it."""
    response = await one.request(method="get", url=url)
    async with response:
        return await response.json()


def test_a_path_is_listed_with_its_last_page() -> None:
    server = Server(first=page("second"), second=page("third"), third=page())

    async def use(one: aiohttp.ClientSession, host: str) -> list[int]:
        seen = []
        for token in ("", "&continue=second", "&continue=third"):
            await json_of(one, f"{host}{RULES}?limit=20{token}")
            seen.append(len(server.listed))
        return seen

    assert server.play(use) == [0, 0, 1]
    assert server.listed == [RULES]


def test_a_listing_whose_next_page_is_gone_is_a_broken_one_which_kopf_begins_anew() -> None:
    server = Server(first=page("second"), second=lambda: web.json_response({"code": 410}, status=410))

    async def use(one: aiohttp.ClientSession, host: str) -> None:
        await json_of(one, f"{host}{RULES}?limit=20&continue=second")

    with pytest.raises(aiohttp.ClientPayloadError, match=f"{RULES}: the rest of the listing is gone"):
        server.play(use)
    assert server.listed == []


def test_a_redirect_leads_nowhere() -> None:
    there = {"Location": f"{RULES}?continue=second"}
    server = Server(first=lambda: web.Response(status=307, headers=there), second=page())

    async def use(one: aiohttp.ClientSession, host: str) -> None:
        await json_of(one, f"{host}{RULES}?limit=20")

    with pytest.raises(aiohttp.ClientPayloadError, match=f"{RULES}: it redirects"):
        server.play(use)
    assert len(server.asked) == 1


def test_another_refusal_is_kopfs_to_read() -> None:
    server = Server(first=lambda: web.json_response({"code": 410}, status=410))

    async def use(one: aiohttp.ClientSession, host: str) -> tuple[int, Any]:
        async with await one.request(method="get", url=f"{host}{RULES}?limit=20") as response:
            return response.status, await response.json()

    assert server.play(use) == (410, {"code": 410})
    assert server.listed == []


@pytest.mark.parametrize(("path", "limit"), [(NODES, "200"), (RULES, "20")])
def test_pages_of_small_objects_are_larger(path: str, limit: str) -> None:
    server = Server(first=page())

    async def use(one: aiohttp.ClientSession, host: str) -> None:
        await json_of(one, f"{host}{path}?limit={watches.CHUNK}&labelSelector=a")

    server.play(use)
    assert server.asked == [{"limit": limit, "labelSelector": "a"}]


def test_a_page_with_something_deep_is_read() -> None:
    server = Server(first=page("", '{"spec":' + DEEP + "}", '{"spec":1}'))

    async def use(one: aiohttp.ClientSession, host: str) -> Any:
        return await json_of(one, f"{host}{RULES}?limit=20")

    deep, other = server.play(use)["items"]
    assert depth(deep["spec"]) == DEEPEST - 3
    assert other == {"spec": 1}


def test_a_watch_with_something_deep_goes_on() -> None:
    lines = [b'{"object":' + DEEP.encode() + b"}", b'{"object":"' + b"a" * 300_000 + b'"}', b'{"object":2}']
    server = Server(first=lambda: web.Response(body=b"\n".join(lines) + b"\n"))

    async def use(one: aiohttp.ClientSession, host: str) -> list[Any]:
        response = await one.request(method="get", url=f"{host}{RULES}?watch=true")
        async with response:
            return [json.loads(part) async for part in response.content.iter_chunked(1024)]

    deep, large, last = server.play(use)
    assert depth(deep["object"]) == DEEPEST - 1
    assert len(large["object"]) == 300_000
    assert last == {"object": 2}
    assert server.listed == []


def depth(value: Any) -> int:
    found = 1
    while value and isinstance(value, list) and value[0] is not None:
        value = value[0]
        found += 1
    return found
