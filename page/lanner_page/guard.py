# SPDX-License-Identifier: Apache-2.0
"""What every request goes through: its Host, its method, its session; and the headers of every answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from lanner_page.access import Access
from lanner_page.headers import HEADERS
from lanner_page.pages import Pages

ENTER: Final = "/enter"
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}))?")
_TOKEN: Final = 512  # characters

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    def __init__(self, access: Access, pages: Pages) -> None:
        self._access = access
        self._pages = pages

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await self._answer(request, handler)
        except web.HTTPException as error:
            answer = self._said(error)
        if not answer.prepared:
            answer.headers.update(HEADERS)
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    async def enter(self, request: web.Request) -> web.Response:
        """A token becomes a session, which the cookie holds, and the token leaves the address."""
        session = await self._access.enter(request.query.get("token", "")[:_TOKEN])
        if session is None:
            return self._closed(request, used=True)
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(
            _cookie(request),
            session.secret,
            max_age=session.life_s,
            path="/",
            httponly=True,
            samesite="Strict",
        )
        return answer

    def admits(self, request: web.Request) -> bool:
        """Whether the request's session is open still."""
        return self._access.knows(request.cookies.get(_cookie(request), ""))

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if _name(request.host) not in self._access.hosts:
            text = "This page is not served under that name. Open the address that was printed.\n"
            return web.Response(status=421, text=text)
        if request.method not in ("GET", "HEAD"):
            raise web.HTTPMethodNotAllowed(request.method, ("GET", "HEAD"))
        if request.path != ENTER and not request.path.startswith("/static/") and not self.admits(request):
            return self._closed(request)
        return await handler(request)

    def _closed(self, request: web.Request, used: bool = False) -> web.Response:
        return self._pages.answer("closed.html", request, status=403 if used else 401, used=used)

    def _said(self, error: web.HTTPException) -> web.Response:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return web.Response(status=error.status, text=f"{error.status}: {error.reason}\n", headers=headers)


def _name(host: str) -> str:
    match = _HOST.fullmatch(host)
    return match["name"].lower() if match else ""


def _cookie(request: web.Request) -> str:
    """Cookies do not know ports: the page of another port on this machine has a cookie of its own."""
    match = _HOST.fullmatch(request.host)
    return f"lanner_page_{(match and match['port']) or 'default'}"
