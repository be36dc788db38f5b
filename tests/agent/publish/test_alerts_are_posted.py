# SPDX-License-Identifier: Apache-2.0
"""The output `http` with a strict receiver of Falco's JSON, over TLS with its own authority."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from lanner_agent.publish import http
from lanner_agent.publish.sending import delivery, retry_after
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.outputs import OutputsSettings
from tests.agent.publish import receiver
from tests.agent.publish.deliveries import alert, delivering, until
from tests.agent.publish.receiver import Answer, Receiver, Request

KEYS = {"hostname", "output", "output_fields", "priority", "rule", "source", "tags", "time", "uuid"}
PRIORITIES = {"emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"}


def falco(request: Request) -> str:
    """What falcosidekick asks of a request."""
    said = request.json
    if request.headers.get("Content-Type") != "application/json":
        return "no JSON"
    if said.keys() != KEYS or not said["output"] or said["priority"].lower() not in PRIORITIES:
        return "please send a valid request body"
    uuid.UUID(said["uuid"])
    datetime.fromisoformat(re.sub(r"\.(\d{6})\d*Z", r".\1+00:00", said["time"]))
    return "" if isinstance(said["output_fields"], dict) and isinstance(said["tags"], list) else "types"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return receiver.certificates(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def server() -> Iterator[Receiver]:
    one = Receiver(check=falco)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_S", 0.02)
    monkeypatch.setattr(delivery, "LONGEST_S", 0.1)


def posting(said: list[str], url: str, **settings: object) -> Delivery:
    return delivering(http.made, said, http={"url": url, **settings})


def pids(server: Receiver) -> list[int]:
    return [request.json["output_fields"]["proc.pid"] for request in server.requests]


def test_each_alert_is_one_request_on_a_connection_that_stays(server: Receiver) -> None:
    said: list[str] = []
    one = posting(said, server.url)
    for number in range(50):
        one.offer(alert(number, command=b"--password=hunter2 x"))
    until(lambda: len(server.requests) == 50)
    one.close()
    assert pids(server) == [*range(50)]
    assert len({request.peer for request in server.requests}) == 1
    assert len({request.json["uuid"] for request in server.requests}) == 50
    assert not any(b"hunter2" in request.body for request in server.requests)
    assert (one.counts(), one.lost(), said) == ({"sent": 50}, {}, [])


def test_a_server_that_asks_for_time_gets_it_and_the_same_alert_again(server: Receiver) -> None:
    said: list[str] = []
    server.answers += [
        Answer(429, {"Retry-After": "0"}),
        Answer(503, body=b"not \x1b[31mnow"),
        Answer(hang_up=True),
        Answer(404),
    ]
    one = posting(said, server.url)
    one.offer(alert(1))
    one.offer(alert(2))
    until(lambda: one.counts().get("sent") == 2)
    one.close()
    assert pids(server) == [1, 1, 1, 1, 2]  # the request without an answer is not among them
    assert len({request.json["uuid"] for request in server.requests[:4]}) == 1
    assert one.lost() == {}
    assert one.counts() == {"sent": 2, "retried": 3}  # a connection at rest that ends is made anew at once
    assert said[0].startswith(f"output http (http://localhost:{server.port}/): the server answers 429 ")


def test_an_alert_that_is_refused_is_counted_and_the_next_one_goes_on(server: Receiver) -> None:
    said: list[str] = []
    server.answers += [Answer(413, body=b"too \x1b[31mlarge")]
    one = posting(said, server.url)
    one.offer(alert(1))
    one.offer(alert(2))
    until(lambda: one.counts().get("sent") == 1)
    one.close()
    assert one.lost() == {"http: refused": 1}
    assert said[0].endswith(
        r"1 alert DROPPED, last: the server answers 413 Request Entity Too Large: too \u001b[31mlarge"
    )


def test_an_alert_that_a_filter_turns_away_does_not_hold_up_the_others(server: Receiver) -> None:
    server.answers += [Answer(403)] * delivery.TRIES
    one = posting([], server.url)
    one.offer(alert(1, command=b"-c ${jndi:ldap://x}"))
    one.offer(alert(2))
    until(lambda: one.counts().get("sent") == 1)
    one.close()
    assert pids(server) == [*[1] * delivery.TRIES, 2]
    assert one.lost() == {"http: tried too often": 1}


def test_a_server_that_comes_back_gets_what_waited(server: Receiver) -> None:
    said: list[str] = []
    port = server.port
    one = posting(said, server.url)
    one.offer(alert(0))
    until(lambda: one.counts().get("sent") == 1)
    server.close()
    for number in range(1, 20):
        one.offer(alert(number))
    until(lambda: said)
    assert "Connection refused" in said[0]
    again = Receiver(port=port, check=falco)
    until(lambda: one.counts().get("sent") == 20)
    one.close()
    again.close()
    assert pids(again) == [*range(1, 20)]
    assert again.requests[0].json["time"] == "2023-11-14T22:13:20.124456789Z"
    assert "works again" in said[-1]


def test_both_sides_prove_who_they_are(pki: Path, tmp_path: Path) -> None:
    headers = tmp_path / "headers"
    headers.write_text("# the token\nAuthorization: Bearer abc\n\nX-Scope: shop\n")
    server, said = Receiver(pki, check=falco), list[str]()
    ours = {"certificate_file": str(pki / "client.crt"), "key_file": str(pki / "client.key")}
    one = posting(said, server.url, ca_file=str(pki / "ca.crt"), headers_file=str(headers), **ours)
    one.offer(alert(1))
    until(lambda: server.requests)
    headers.write_text("Authorization: Bearer new\n")
    one.reopen()
    one.offer(alert(2))
    until(lambda: len(server.requests) == 2)
    one.close()
    server.close()
    assert [request.headers["Authorization"] for request in server.requests] == ["Bearer abc", "Bearer new"]
    assert server.requests[0].headers["X-Scope"] == "shop"
    assert said == []


def test_a_token_that_is_renewed_is_sent_from_then_on(server: Receiver, tmp_path: Path) -> None:
    """As kubelets turn the files of a Secret: nobody sends a signal."""
    for version in ("old", "new"):
        (tmp_path / version).write_text(f"Authorization: Bearer {version}\n")
    headers = tmp_path / "headers"
    headers.symlink_to("old")
    one = posting([], server.url, headers_file=str(headers))
    one.offer(alert(1))
    one.offer(alert(2))
    until(lambda: len(server.requests) == 2)
    (tmp_path / "link").symlink_to("new")
    (tmp_path / "link").replace(headers)
    one.offer(alert(3))
    until(lambda: len(server.requests) == 3)
    one.close()
    sent = [request.headers["Authorization"] for request in server.requests]
    assert sent == ["Bearer old", "Bearer old", "Bearer new"]
    assert server.requests[0].peer == server.requests[1].peer


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ca_file": "other.crt"}, "certificate verify failed"),
        ({"ca_file": "missing.crt"}, "missing.crt: No such file or directory"),
        ({"ca_file": "ca.crt", "certificate_file": "server.key"}, "cannot use "),
        ({"ca_file": "ca.crt", "headers_file": "ca.key"}, "ca.key:1: no header; `Name: value` is one"),
    ],
)
def test_what_is_wrong_with_certificates_is_said_and_nothing_is_sent(
    pki: Path, wrong: dict[str, str], words: str
) -> None:
    server, said = Receiver(pki), list[str]()
    one = posting(said, server.url, **{name: str(pki / file) for name, file in wrong.items()})
    one.offer(alert(1))
    until(lambda: said)
    one.close()
    server.close()
    assert words in said[0]
    assert server.requests == []
    assert one.lost() == {"http: not sent before the end": 1}


@pytest.mark.parametrize(
    "url", ["ftp://a/", "http://", "localhost:80", "http://u:p@a/", "http://a:x/", "http://a/ b", "http://[a"]
)
def test_an_address_that_cannot_be_posted_to_is_an_error(url: str) -> None:
    with pytest.raises(ValidationError, match=r"http\.url"):
        OutputsSettings.model_validate({"http": {"url": url}})


def test_retry_after_is_bounded_whatever_a_server_says() -> None:
    assert retry_after.seconds("7") == 7
    assert retry_after.seconds("99999999999") == 600
    assert retry_after.seconds("Fri, 31 Dec 9999 23:59:59 GMT") == 600
    assert retry_after.seconds("Fri, 31 Dec 1999 23:59:59 GMT") == 0
    odd = (None, "", "soon", "-1", "²", "1e9", f"Fri, 31 Dec {'9' * 30} 23:59:59 GMT")
    assert [retry_after.seconds(one) for one in odd] == [None] * 7
