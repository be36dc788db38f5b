# SPDX-License-Identifier: Apache-2.0
"""The path at which the API server tells who enters pods is good with every operator before the API server is
told of it: what it asks while a new certificate spreads is answered, whoever is asked.
"""

from __future__ import annotations

import asyncio
import datetime
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, cast

from lanner_apiserver.client import Api
from lanner_engine.objects.limits import DEFAULT
from lanner_operator.admission import certificates
from lanner_operator.admission.keeping import PATH, Keeper
from lanner_operator.handlers.admission import Admission
from tests.operator.made import HERE

NAMES = (f"{HERE.admission}.{HERE.namespace}.svc",)
LIFE = datetime.timedelta(days=90)


class Server:
    """Has the Secret and the webhook's configuration; notes which paths it was told of, and with how many
    operators each was good then.
    """

    def __init__(self, data: Mapping[str, str]) -> None:
        self.data = dict(data)
        self.client = {"service": {"path": "/exec"}, "caBundle": ""}
        self.good: list[deque[str]] = []
        self.told: list[tuple[str, int]] = []

    async def request(self, method: str, path: str, body: Any = None, **_: Any) -> dict[str, Any]:
        meta = {"metadata": {"resourceVersion": "1"}}
        if path == HERE.admission_secret:
            return {**meta, "data": self.data}
        for change in body[1:] if method == "PATCH" else ():
            if change["path"].endswith(PATH):
                self.client["service"] = {"path": change["value"]}
                self.told.append((change["value"], sum(change["value"] in paths for paths in self.good)))
        return {**meta, "webhooks": [{"clientConfig": self.client}]}


def operator(server: Server) -> Keeper:
    api = cast("Api", server)
    webhook = Admission(api, HERE, 0, dict, DEFAULT, Counter(), lambda _: None)
    server.good.append(webhook._paths)
    return Keeper(api, HERE, lambda _: None, webhook._take, spread_s=0.0)


def test_a_new_path_is_good_with_every_operator_before_the_api_server_asks_there() -> None:
    now = datetime.datetime.now(datetime.UTC)
    old = certificates.issue(NAMES, LIFE, now)
    new = certificates.issue(NAMES, LIFE, now, old)
    server = Server(old.data)
    one, other = operator(server), operator(server)

    async def scene() -> None:
        await one.look()
        await other.look()
        server.told.clear()
        server.data = dict(new.data)
        await one.look()
        await other.look()
        assert server.told == [], "each has it, and the API server asks at the path before"
        await one.look()

    asyncio.run(scene())
    assert server.told == [(new.path, 2)]
    assert [list(paths) for paths in server.good] == [[old.path, new.path]] * 2
