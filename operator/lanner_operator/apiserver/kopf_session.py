# SPDX-License-Identifier: Apache-2.0
"""An HTTP session for kopf's client, with our credentials; what comes back is observed.

The token is put into each request as it is then, so that a session outlives its tokens. What every request
came to is told to `contacts`; that a path was listed, to its last page, is told to `listed`. What kopf would
take for its end and is none, a listing that took so long that its next page is gone, it gets as a broken one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Final

import aiohttp

from lanner_apiserver.client import UNREACHABLE, Api
from lanner_apiserver.errors import ApiError, Unreachable
from lanner_operator.apiserver.answers import Answer
from lanner_operator.apiserver.contacts import Contacts

_REDIRECTS, _ERRORS, _GONE = 300, 400, 410
NO_PAGES: Final[Mapping[str, int]] = {}


def opened(
    api: Api,
    contacts: Contacts,
    listed: Callable[[str], None],
    pages: Mapping[str, int] = NO_PAGES,
) -> aiohttp.ClientSession:
    """A session on the same server; who gets it closes it. `pages`: by path, how many objects a page of a
    listing has where that is not what kopf asks for.
    """

    async def accompany(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        path = request.url.path
        try:
            _resize(request, pages)
            request.headers.pop("Authorization", None)  # what ~/.netrc has, which `trust_env` reads
            request.headers.update(await api.authorization())
            response = await handler(request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            api.answers[request.method, UNREACHABLE] += 1
            contacts.ill(path, Unreachable(str(error) or type(error).__name__, path))
            raise
        api.answers[request.method, str(response.status)] += 1
        if _REDIRECTS <= response.status < _ERRORS:  # followed, the token would be shown wherever that is
            response.close()
            contacts.ill(path, ApiError(response.status, "Redirected", "it redirects", None, path))
            raise aiohttp.ClientPayloadError(f"{path}: it redirects")
        if response.status >= _ERRORS:
            contacts.ill(
                path, ApiError(response.status, response.reason or "", "the server did not answer as asked")
            )
            if response.status == _GONE and "continue" in request.url.query:
                response.close()
                raise aiohttp.ClientPayloadError(f"{path}: the rest of the listing is gone")
        else:
            contacts.well(path)
            _prepare(response, request, functools.partial(listed, path))
        return response

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=api.trust),
        headers={"User-Agent": api.agent},
        middlewares=(accompany,),
        response_class=Answer,
        trust_env=True,
    )


def _resize(request: aiohttp.ClientRequest, pages: Mapping[str, int]) -> None:
    if request.url.path in pages and "limit" in request.url.query:
        request.url = request.url.update_query(limit=pages[request.url.path])


def _prepare(
    response: aiohttp.ClientResponse, request: aiohttp.ClientRequest, listed: Callable[[], None]
) -> None:
    assert isinstance(response, Answer)  # noqa: S101  the session's response_class
    if "watch" in request.url.query:
        response.watched()
    else:
        response.ended = listed
