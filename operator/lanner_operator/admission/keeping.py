# SPDX-License-Identifier: Apache-2.0
"""Keeps the webhook's certificate: in its Secret, in the ValidatingWebhookConfiguration as what to trust, and
with who serves.

Both objects are the chart's; only what stands in them is written here. A new certificate is served some
seconds after the API server was told to trust it.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import MERGE, PATCH, Api
from lanner_apiserver.errors import ApiError
from lanner_operator.admission import certificates
from lanner_operator.admission.certificates import Issued
from lanner_operator.apiserver import permissions
from lanner_operator.installation import Installation

LIFE: Final = datetime.timedelta(days=90)
LOOK_S: Final = 60.0
PATH: Final = "service/path"
SPREAD_S: Final = 10.0  # until the API server trusts what it was told to
Serve = Callable[[Issued], None]


class Keeper:
    """`serve` is given each certificate that is to be served from then on. The API server is told of its path
    at the next look, when every operator that stands by has it, too: where it asks, any of them answers.
    """

    def __init__(  # noqa: PLR0913  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        say: Callable[[str], None],
        serve: Serve,
        *,
        life: datetime.timedelta = LIFE,
        look_s: float = LOOK_S,
        spread_s: float = SPREAD_S,
    ) -> None:
        self._api = api
        self._installation = installation
        self._say = say
        self._serve = serve
        self._life = life
        self._look_s = look_s
        self._spread_s = spread_s
        self._served: Issued | None = None
        self._said = ""

    async def run(self) -> None:
        """Until cancelled."""
        backoff = Backoff(1.0, 60.0)
        while True:
            try:
                await self.look()
            except ApiError as error:
                if not error.conflict:  # with another operator, whose certificate is as good
                    self._complain(error)
                await asyncio.sleep(backoff.next(error.retry_after))
                continue
            if self._said:
                self._say("the admission webhook has its certificate now")
            self._said = ""
            backoff.reset()
            await asyncio.sleep(self._look_s)

    async def look(self) -> None:
        """Everything is as it should be afterwards. Raises ApiError."""
        issued = await self._stored()
        told = await self._trusted(issued)
        if issued != self._served:
            if told and self._served is not None:
                await asyncio.sleep(self._spread_s)
            self._serve(issued)
            self._served = issued

    async def _stored(self) -> Issued:
        """What the Secret holds, which is written anew when it is time."""
        path, now = self._installation.admission_secret, datetime.datetime.now(datetime.UTC)
        secret = await self._api.request("GET", path)
        found = certificates.read(secret.get("data") or {})
        if found is not None and not found.due(self._names, now):
            return found
        made = certificates.issue(self._names, self._life, now, found)
        meta = {"resourceVersion": secret["metadata"]["resourceVersion"]}
        await self._api.request("PATCH", path, body={"metadata": meta, "data": made.data}, content_type=MERGE)
        self._say(f"the admission webhook has a new certificate, good until {now + self._life:%Y-%m-%d}")
        return made

    @property
    def _names(self) -> Sequence[str]:
        return (f"{self._installation.admission}.{self._installation.namespace}.svc",)

    async def _trusted(self, issued: Issued) -> bool:
        """Whether the API server had to be told."""
        path, bundle = self._installation.admission_webhook, base64.b64encode(issued.authorities).decode()
        found = await self._api.request("GET", path)
        changes = [
            {"op": "add", "path": f"/webhooks/{number}/clientConfig/{part}", "value": value}
            for number, webhook in enumerate(found.get("webhooks") or ())
            for part, value in _wanted(webhook, bundle, issued.path)
            if _told(webhook, part) != value and (part != PATH or self._served in (None, issued))
        ]
        if changes:
            version = found["metadata"]["resourceVersion"]
            same = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
            await self._api.request("PATCH", path, body=[same, *changes], content_type=PATCH)
        return bool(changes)

    def _complain(self, error: ApiError) -> None:
        words = f"the admission webhook cannot keep its certificate: {error.path}: {error}"
        if error.forbidden:
            words += permissions.hint(error.path)
        if words != self._said:
            self._say(words)
        self._said = words


def _wanted(webhook: Mapping[str, Any], bundle: str, path: str) -> Sequence[tuple[str, str]]:
    """Where the chart names /exec, the path is what only the API server knows."""
    trust = ("caBundle", bundle)
    return (trust, (PATH, path)) if str(_told(webhook, PATH)).startswith("/exec") else (trust,)


def _told(webhook: Mapping[str, Any], part: str) -> object:
    found: Any = webhook.get("clientConfig")
    for name in part.split("/"):
        found = (found or {}).get(name)
    return found
