# SPDX-License-Identifier: Apache-2.0
"""`lanner run --page`: what is done on this machine is on the page of the process itself, for one browser."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.operator.whole.scene import eventually
from tests.page.visitor import Visitor
from tests.story import agent as agents

URL = r"page: http://127\.0\.0\.1:(\d+)/enter\?token=([\w-]+) opens it"
AGAIN = r"another browser: http://127\.0\.0\.1:\d+/enter\?token=([\w-]+)"
HOSTILE = "</script>\x1b[2J\u202e"


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    """Let in by the first URL that was printed; which is used up then, and another one printed."""
    with agents.watching("--page", "0") as agent:
        port, token = found(agent, URL)
        one = Visitor(int(port))
        assert one.get("/")[0] == 401
        assert one.enter(token) == 303
        assert Visitor(one.port).enter(token) == 403
        (another,) = found(agent, AGAIN)
        assert Visitor(one.port).enter(another) == 303
        yield one


def found(agent: agents.Agent, pattern: str) -> tuple[str, ...]:
    match = re.search(pattern, agent.notes.wait(pattern, 30.0).text)
    assert match is not None
    return match.groups()


def test_who_reads_the_password_hashes_is_seen_live_and_afterwards(visitor: Visitor) -> None:
    with visitor.live() as events:
        subprocess.run(["cat", "/etc/shadow"], check=True, stdout=subprocess.DEVNULL)
        live = next(one for event in events for one in event if "command=cat /etc/shadow" in one["text"])
    shown = visitor.alerts("?rule=Sensitive+file+read&text=CAT+/etc/shadow")["alerts"]
    assert live["id"] in [one["id"] for one in shown]
    status, text = visitor.get(f"/alert/{live['id']}")
    assert status == 200
    assert "lanner_sensitive_file" in text  # the rule's own words, with what made them true
    assert "/usr/bin/cat" in text
    assert "Sensitive file read" in visitor.get("/rules")[1]


def test_what_a_process_chose_stays_text(visitor: Visitor) -> None:
    code = "open('/etc/shadow').close()"
    subprocess.run([sys.executable, "-c", code, HOSTILE], check=True)
    (one,) = eventually(lambda: visitor.alerts("?text=script")["alerts"])
    status, text = visitor.get(f"/alert/{one['id']}")
    assert status == 200
    assert "&lt;/script&gt;" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_the_page_is_read_only_and_for_its_own_name(visitor: Visitor) -> None:
    assert visitor.get("/", "POST")[0] == 405
    assert visitor.get("/", Host=f"rebound.example:{visitor.port}")[0] == 421
