# SPDX-License-Identifier: Apache-2.0
"""Who we are is said by the kubeconfig's token and by nothing else of this user's machine."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from lanner_apiserver import kubeconfigs
from lanner_apiserver.client import Api
from lanner_apiserver.errors import Unreachable
from tests.apiserver import serving


async def shown(request: web.Request) -> web.Response:
    return web.json_response({"shown": request.headers.get("Authorization", "")})


def asked_with(said: str) -> Any:
    """What the server sees of who shows this."""

    async def token() -> str:
        return said

    async def use(api: Api) -> Any:
        api.server = replace(api.server, token=token)
        return await api.request("GET", "/api")

    return serving.asked(shown, use)


@pytest.mark.parametrize("said", ["Bearer ours", ""])
def test_what_a_netrc_has_for_the_host_is_not_shown(
    said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert asked_with(said) == {"shown": said}


def test_a_token_that_is_no_header_is_no_bug() -> None:
    with pytest.raises(Unreachable):
        asked_with("Bearer a\nb")


def test_a_proxy_that_is_asked_by_tls_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "https://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert asked_with("Bearer ours") == {"shown": "Bearer ours"}


def test_a_file_with_a_token_may_end_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("ours\n")
    user = {"name": "u", "user": {"tokenFile": str(tmp_path / "token")}}
    made = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [user],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    }
    (tmp_path / "config").write_text(json.dumps(made))

    async def token() -> str:
        return await (await kubeconfigs.server(str(tmp_path / "config"))).token()

    assert asyncio.run(token()) == "Bearer ours"
