# SPDX-License-Identifier: Apache-2.0
"""One-time tokens and the sessions that they open: used once, for a while, a bounded number of them."""

from __future__ import annotations

import asyncio

from lanner_page.access import Session
from lanner_page.tickets import SESSION_S, SESSIONS, TICKET_S, TICKETS, Tickets


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def entered(tickets: Tickets, token: str) -> Session | None:
    return asyncio.run(tickets.enter(token))


def test_a_token_opens_one_session_and_no_second() -> None:
    tickets = Tickets()
    token = tickets.issue()
    session = entered(tickets, token)
    assert session is not None
    assert tickets.knows(session.secret)
    assert not tickets.knows(token)
    assert entered(tickets, token) is None
    assert entered(tickets, session.secret) is None
    assert entered(tickets, "") is None
    assert tickets.refused == 3


def test_a_token_is_good_for_a_minute_and_a_session_for_a_day_of_work() -> None:
    clock = Clock()
    tickets = Tickets(clock=clock)
    late, used = tickets.issue(), tickets.issue()
    session = entered(tickets, used)
    assert session is not None
    clock.now += TICKET_S
    assert entered(tickets, late) is None
    assert tickets.knows(session.secret)
    clock.now += SESSION_S
    assert not tickets.knows(session.secret)


def test_the_oldest_go_when_there_are_too_many() -> None:
    tickets = Tickets()
    tokens = [tickets.issue() for _ in range(TICKETS + 1)]
    assert entered(tickets, tokens[0]) is None
    found = [entered(tickets, token) for token in tokens[1:]]
    assert all(found)
    for _ in range(SESSIONS):
        entered(tickets, tickets.issue())
    assert not any(one is None or tickets.knows(one.secret) for one in found)


def test_who_used_one_is_told_once() -> None:
    told: list[bool] = []
    tickets = Tickets()
    tickets.used = lambda: told.append(True)
    token = tickets.issue()
    entered(tickets, token)
    entered(tickets, token)
    assert told == [True]
