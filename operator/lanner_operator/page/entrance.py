# SPDX-License-Identifier: Apache-2.0
"""Who may look: POST /ticket with a token of the cluster, made for this page alone, gives a one-time ticket.

The token is one of the account `NAME-page`, which may do nothing in the cluster; who may make such tokens may
look. It is good for one ticket. The API server says whether it is good.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.page_contact import AUDIENCE, TICKET
from lanner_operator.apiserver import permissions
from lanner_operator.installation import Installation
from lanner_page.tickets import Tickets

REVIEWS: Final = "/apis/authentication.k8s.io/v1/tokenreviews"
AT_ONCE: Final = 4  # questions to the API server; who comes then is told to come again
TOKEN: Final = 8 << 10  # characters
LONGEST_S: Final = 3600.0  # for which a token may be good still: what was used is remembered until then
CLOCKS_S: Final = 600.0  # by which ours and the API server's may differ
OUTCOMES: Final = ("let_in", "unnamed", "busy", "unknown", "used", "refused")
USED: Final = 1_024  # tokens that are remembered; beyond them no user is let in until some are too old
_BEARER: Final = "Bearer "

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Entrance:
    """`counts` are answers by outcome."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        tickets: Tickets,
        counts: Counter[str],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._account = installation.page_account
        self._tickets = tickets
        self._say = say
        self._clock = clock
        self._asking = 0
        self._used: dict[bytes, float] = {}  # until when, by the token's hash
        self._counts = counts

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """In front of the page, which answers nothing but GET."""
        if request.path == TICKET and request.method == "POST":
            return await self._answer(request)
        return await handler(request)

    async def _answer(self, request: web.Request) -> web.Response:
        said = request.headers.get("Authorization", "")
        token = said.removeprefix(_BEARER)
        if not said.startswith(_BEARER) or not token or len(token) > TOKEN:
            return self._refused("unnamed", 401, "give a token: Authorization: Bearer TOKEN")
        if self._asking >= AT_ONCE:
            return self._refused("busy", 429, "others ask at this moment; try again")
        self._asking += 1
        try:
            return await self._judged(token)
        except ApiError as error:
            hint = permissions.hint(REVIEWS) if error.forbidden else ""
            self._say(f"the API server cannot be asked who may look at the page: {error}{hint}")
            return self._refused("unknown", 503, "the API server cannot be asked about the token")
        finally:
            self._asking -= 1

    async def _judged(self, token: str) -> web.Response:
        """Noted before the question, so that no token is good twice at the same moment; what is not good is
        not remembered.
        """
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        if not self._note(key):
            return self._refused("used", 403, "this token was used before; make another one")
        good = False
        try:
            good = await self._is_good(token)
        finally:
            if not good:
                del self._used[key]
        if not good:
            words = f"no token of {self._account} for {AUDIENCE} that ends within the hour"
            return self._refused("refused", 403, words)
        self._counts["let_in"] += 1
        return web.json_response({"ticket": self._tickets.issue()})

    async def _is_good(self, token: str) -> bool:
        """Raises ApiError."""
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token, "audiences": [AUDIENCE]},
        }
        review = await self._api.request("POST", REVIEWS, body=body)
        return self._says_yes(review) and _end(token) <= time.time() + LONGEST_S + CLOCKS_S

    def _note(self, key: bytes) -> bool:
        """Whether it is new. Where there are too many to be remembered none is."""
        now = self._clock()
        for old in [one for one, until in self._used.items() if until <= now]:
            del self._used[old]
        if key in self._used or len(self._used) >= USED:
            return False
        self._used[key] = now + LONGEST_S + 2 * CLOCKS_S
        return True

    def _says_yes(self, review: Mapping[str, Any]) -> bool:
        status = review.get("status") or {}
        user = status.get("user") or {}
        return (
            status.get("authenticated") is True
            and AUDIENCE in (status.get("audiences") or ())
            and user.get("username") == self._account
        )

    def _refused(self, outcome: str, status: int, words: str) -> web.Response:
        self._counts[outcome] += 1
        return web.Response(status=status, text=f"{words}\n")


def _end(token: str) -> float:
    """When it ends, in seconds since the epoch: what the API server has found good says the truth of that."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return float(claims["exp"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return math.inf
