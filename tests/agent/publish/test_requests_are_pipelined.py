# SPDX-License-Identifier: Apache-2.0
"""Several requests at once to an HTTP server: in order, none lost and none twice whatever it answers in
between, and one at a time to a server that does not like it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from lanner_agent.publish.http import Http
from lanner_agent.publish.sending.carrier import LaterError, RefusedError
from lanner_agent.publish.sending.depth import Depth
from lanner_agent.publish.settings.http import HttpSettings
from tests.agent.publish.deliveries import until
from tests.agent.publish.receiver import Answer, Receiver

BODIES = [b'{"number":%d}' % number for number in range(100)]


@pytest.fixture
def server() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


def posting(url: str, pipeline: int = 128, timeout_s: float = 10.0) -> Http:
    return Http(HttpSettings(url=url, pipeline=pipeline, timeout=timeout_s), lambda _: b"")


def sent(one: Http, bodies: list[bytes], steps: list[int]) -> None:
    """All of them; how many at a time goes to `steps`, a refusal with a minus, a failure as 0."""
    while bodies:
        try:
            steps.append(one.send(bodies))
            bodies = bodies[steps[-1] :]
        except RefusedError as error:
            steps.append(-error.of)
            bodies = bodies[error.of :]
        except LaterError as error:
            steps.append(0)
            bodies = bodies[error.sent :]


def numbers(server: Receiver) -> list[int]:
    return [request.json["number"] for request in server.requests]


def test_there_are_twice_as_many_each_time_all_went_well(server: Receiver) -> None:
    one, steps = posting(server.url, pipeline=16), list[int]()
    with closing(one):
        sent(one, BODIES, steps)
    assert steps == [1, 2, 4, 8, 16, 16, 16, 16, 16, 5]
    assert numbers(server) == [*range(100)]
    assert len({request.peer for request in server.requests}) == 1


def test_what_arrived_behind_one_that_did_not_is_not_sent_again(server: Receiver) -> None:
    one, steps = posting(server.url), list[int]()
    server.answers += [Answer()] * 5 + [Answer(503), Answer(), Answer(400), Answer()]
    with closing(one):
        sent(one, BODIES[:12], steps)
    assert steps == [1, 2, 0, -1, 1, 2, 3]  # 2 went with the failure
    assert numbers(server) == [*range(7), 5, *range(7, 12)]


def test_a_server_that_ends_its_connections_is_asked_one_at_a_time(server: Receiver) -> None:
    one, steps = posting(server.url), list[int]()
    server.answers += [Answer(headers={"Connection": "close"})] * 20
    with closing(one):
        sent(one, BODIES[:20], steps)
    assert steps == [1] * 20
    assert numbers(server) == [*range(20)]


def test_a_connection_that_ends_amid_several_goes_on_with_the_rest(server: Receiver) -> None:
    one, steps = posting(server.url), list[int]()
    server.answers += [Answer()] * 4 + [Answer(headers={"Connection": "close"})]
    with closing(one):
        sent(one, BODIES[:30], steps)
    assert numbers(server)[:7] == [*range(7)]
    assert sorted(set(numbers(server))) == [*range(30)]


def test_a_server_that_answers_the_first_of_several_only_gets_one_at_a_time() -> None:
    seen: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connected, _ = listening.accept()
            except OSError:
                return
            with connected:
                while data := connected.recv(1 << 16):  # whatever came with it is thrown away
                    seen.append(data)
                    connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        one, steps = posting(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout_s=0.2), list[int]()
        with closing(one):
            sent(one, BODIES[:8], steps)
        until(lambda: len(seen) >= 8)
        listening.shutdown(socket.SHUT_RDWR)
    assert steps == [1, 0, 1, 1, 1, 1, 1, 1]
    assert [data.count(b"POST") for data in seen] == [1, 2, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "answers",
    [
        [Answer(200, body=b"x"), Answer(200, body=b"y" * 3000), Answer(200), Answer(200, body=b"z" * 70_000)],
        [Answer(200, {"X-Id": str(number)}, b"x" * number) for number in range(4)],
        [Answer(204), Answer(200), Answer(204), Answer(204)],
    ],
)
def test_answers_that_differ_are_each_read_to_their_end(server: Receiver, answers: list[Answer]) -> None:
    one, steps = posting(server.url), list[int]()
    server.answers += answers * 5
    with closing(one):
        sent(one, BODIES[:20], steps)
    assert all(step > 0 for step in steps)
    assert sorted(set(numbers(server))) == [*range(20)]


def test_an_answer_before_the_answer_is_taken_for_none() -> None:
    early, good, bad = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", b"200 OK", b"400 Bad"
    answers = [b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % one for one in (good, good, bad, good)]

    def serve(listening: socket.socket) -> None:
        connected, _ = listening.accept()
        with connected:
            while data := connected.recv(1 << 16):
                for _ in range(data.count(b"POST")):
                    connected.sendall(early + answers.pop(0))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        one, steps = posting(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout_s=2), list[int]()
        with closing(one):
            sent(one, BODIES[:4], steps)
    assert steps == [1, -2, 1]


def test_how_many_there_may_be() -> None:
    depth = Depth(8)
    for _ in range(9):
        depth.good()
    assert depth.now == 8
    depth.silent(8, answered=1)
    depth.good()
    assert depth.now == 1
    depth.reopen()
    depth.good()
    assert depth.now == 2


def test_a_server_that_was_away_gets_several_at_once_again() -> None:
    depth = Depth(8)
    for number in (8, 1, 1):  # the network is gone amid several, and stays so for a while
        depth.silent(number, answered=0)
    for _ in range(3):
        depth.good()
    assert depth.now == 8


def test_a_server_that_answers_none_of_several_gets_one_at_a_time_after_the_second_time() -> None:
    depth = Depth(8)
    for _ in range(2):
        depth.good()
        depth.silent(2, answered=0)
    depth.good()
    assert depth.now == 1
