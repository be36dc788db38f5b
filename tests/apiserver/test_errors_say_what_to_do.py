# SPDX-License-Identifier: Apache-2.0
"""Every way in which an API server does not answer well is one ApiError, sorted by what a caller does."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web

from lanner_apiserver import client, connection
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable
from tests.apiserver import serving


def refused(response: web.Response) -> ApiError:
    async def handler(_: web.Request) -> web.Response:
        return response

    async def use(api: Api) -> ApiError:
        with pytest.raises(ApiError) as caught:
            await api.request("GET", "/api/v1/namespaces")
        return caught.value

    return serving.asked(handler, use)


def test_a_missing_right_is_forbidden_and_stays_so() -> None:
    error = refused(serving.status(403, "Forbidden", 'namespaces is forbidden: User "x" cannot list'))
    assert (error.forbidden, error.temporary, error.reason) == (True, False, "Forbidden")
    assert "cannot list" in str(error)


def test_patience_that_is_asked_for_is_known_in_seconds() -> None:
    error = refused(serving.status(429, "TooManyRequests", "later", retryAfterSeconds=7))
    assert (error.retry_after, error.temporary) == (7.0, True)


@pytest.mark.parametrize(
    ("response", "missing"),
    [
        (web.Response(status=404, text="404 page not found\n"), True),
        (serving.status(404, "NotFound", "the server could not find the requested resource"), True),
        (serving.status(404, "NotFound", 'falconodes.lanner.dev "n1" not found'), False),
    ],
)
def test_a_missing_kind_is_not_a_missing_object(response: web.Response, missing: bool) -> None:
    error = refused(response)
    assert (error.not_found, error.missing_kind) == (True, missing)


def test_an_answer_that_is_no_json_is_an_error() -> None:
    assert refused(web.Response(text="<html>a proxy's page</html>")).reason == "NotJson"


def test_a_redirect_is_said_and_leads_nowhere() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async def use(api: Api) -> str:
        with pytest.raises(ApiError) as caught:
            await api.request("GET", "/api/v1/namespaces")
        return str(caught.value)

    assert serving.asked(handler, use) == "Redirected: it redirects to /elsewhere"
    assert asked == ["/api/v1/namespaces"]


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_BYTES", 1 << 20)
    assert refused(web.Response(body=b" " * (2 << 20))).reason == "TooLarge"


def test_hostile_words_stay_on_one_line_and_short() -> None:
    error = refused(serving.status(422, "Invalid", "a\n\x1b[2Jb" + "x" * 10_000))
    assert str(error).isprintable()
    assert len(str(error)) < 600


def test_a_server_that_never_answers_is_unreachable() -> None:
    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async def use(api: Api) -> float:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="no answer in time"):
            await api.request("GET", "/", timeout_s=0.2)
        return time.monotonic() - began

    assert serving.asked(handler, use) < 3


def test_without_a_cluster_the_message_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Unreachable, match=r"this is no pod, and \$KUBECONFIG names no file"):
        asyncio.run(connection.server())
    with pytest.raises(Unreachable, match="the kubeconfig /nowhere does not exist"):
        asyncio.run(connection.server("/nowhere"))
