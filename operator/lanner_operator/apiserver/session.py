# SPDX-License-Identifier: Apache-2.0
"""An HTTP session for somebody else's client, kopf's: our credentials, and our eyes on what comes back.

The token is put into each request as it is then, so that a session outlives its tokens. What every request
came to is told to `contacts`; that a path was listed is told to `listed`.
"""

from __future__ import annotations

from collections.abc import Callable

import aiohttp

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable
from lanner_operator.apiserver.contacts import Contacts

_ERRORS = 400


def opened(api: Api, contacts: Contacts, listed: Callable[[str], None]) -> aiohttp.ClientSession:
    """A session on the same server; whoever gets it closes it."""

    async def accompany(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        path = request.url.path
        try:
            request.headers.update(await api.authorization())
            response = await handler(request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            contacts.ill(path, Unreachable(str(error) or type(error).__name__, path))
            raise
        if response.status >= _ERRORS:
            contacts.ill(
                path, ApiError(response.status, response.reason or "", "the server did not answer as asked")
            )
        else:
            contacts.well(path)
            if "watch" not in request.url.query:
                listed(path)
        return response

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=api.trust),
        headers={"User-Agent": api.agent},
        middlewares=(accompany,),
        trust_env=True,
    )
