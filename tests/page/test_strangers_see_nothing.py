# SPDX-License-Identifier: Apache-2.0
"""Who has no session, comes by another name, or wants more than to read."""

from __future__ import annotations

import http.client
import re

import pytest

from lanner_page.headers import HEADERS
from tests.page.asking import ask, session
from tests.page.conftest import Reader
from tests.page.scenes import SCENES
from tests.page.serving import Served

PATHS = ("/", "/alerts.json", "/live", "/alert/x", "/rules", "/nodes", "/attack", "/change", "/no-such-page")


@pytest.mark.parametrize("path", PATHS)
def test_without_a_session_there_is_only_how_to_get_one(page: Served, path: str) -> None:
    said = ask(page, path)
    assert said.status == 401
    assert "kubectl lanner page" in said.text
    assert not any(scene.rule in said.text for scene in SCENES)


@pytest.mark.parametrize(
    "cookie", ["lanner_page_1=x", "x", "lanner_page_{port}=", "lanner_page_{port}=guessed"]
)
def test_a_wrong_cookie_is_none(page: Served, cookie: str) -> None:
    port = page.address.rpartition(":")[2]
    assert ask(page, "/", Cookie=cookie.format(port=port)).status == 401


def test_a_wrong_token_opens_nothing(page: Served) -> None:
    said = ask(page, "/enter?token=wrong")
    assert said.status == 403
    assert "set-cookie" not in said.headers


def test_looking_at_a_link_does_not_use_it_up(page: Served) -> None:
    assert ask(page, "/enter?token=open-sesame", method="HEAD").status == 405
    assert page.access.sessions == set()


def test_a_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use(page: Served) -> None:
    said = ask(page, "/enter?token=open-sesame")
    port = page.address.rpartition(":")[2]
    assert (said.status, said.headers["location"]) == (303, "/")
    assert re.fullmatch(
        rf"lanner_page_{port}=[0-9a-f]{{32}}; HttpOnly; Max-Age=3600; Path=/; SameSite=Strict",
        said.headers["set-cookie"],
    )


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:{port}", "", "[::1", "localhost:x"]
)
def test_by_another_name_nothing_is_served(page: Served, host: str) -> None:
    said = ask(page, "/", Host=host.format(port=page.address.rpartition(":")[2]), Cookie=session(page))
    assert said.status == 421
    assert SCENES[0].rule not in said.text


def test_its_own_names_are_served(page: Served) -> None:
    port = page.address.rpartition(":")[2]
    for host in (f"localhost:{port}", f"LOCALHOST:{port}", f"127.0.0.1:{port}"):
        assert ask(page, "/", Host=host, Cookie=session(page)).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_there_is_nothing_but_reading(page: Served, method: str) -> None:
    said = ask(page, "/", method=method, Cookie=session(page))
    assert (said.status, said.headers["allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize(
    "path", [*PATHS, "/enter?token=wrong", "/static/page.css", "/static/alerts.js", "/static/x"]
)
def test_every_answer_says_what_a_browser_may_do(page: Served, path: str) -> None:
    for headers in ({}, {"Cookie": session(page)}, {"Host": "evil.example"}):
        if path == "/live" and "Cookie" in headers:
            continue
        said = ask(page, path, **headers)
        assert {name: said.headers[name.lower()] for name in HEADERS} == HEADERS
        assert said.headers["cache-control"] in ("no-store", "no-cache")


def test_the_stream_says_it_too_and_ends_with_its_session(page: Served) -> None:
    connection = http.client.HTTPConnection(page.address.removeprefix("http://"), timeout=30)
    connection.request("GET", "/live", headers={"Cookie": session(page)})
    answer = connection.getresponse()
    assert {name: answer.getheader(name) for name in HEADERS} == HEADERS
    assert answer.readline() == b"retry: 1000\n"
    page.do(page.access.sessions.clear)
    page.do(lambda: page.source.happen([page.source.latest]))
    assert answer.read() == b"\n"
    connection.close()


@pytest.mark.parametrize(
    "path",
    ["/static/../pages.py", "/static/%2e%2e%2fpages.py", "/static/x.js", "/static/", "/templates/alert.html"],
)
def test_files_beside_the_pages_are_a_fixed_list(reader: Reader, path: str) -> None:
    assert reader.get(path).status == 404


def test_a_file_that_has_not_changed_is_not_sent_again(page: Served) -> None:
    first = ask(page, "/static/list.js")
    again = ask(page, "/static/list.js", If_None_Match=first.headers["etag"])
    assert (first.status, again.status, again.text) == (200, 304, "")


def test_readers_of_the_stream_are_bounded(page: Served) -> None:
    cookie, open_ = session(page), []
    for _ in range(32):
        connection = http.client.HTTPConnection(page.address.removeprefix("http://"), timeout=30)
        connection.request("GET", "/live", headers={"Cookie": cookie})
        assert connection.getresponse().status == 200
        open_.append(connection)
    assert ask(page, "/live", Cookie=cookie).status == 503
    for connection in open_:
        connection.close()
