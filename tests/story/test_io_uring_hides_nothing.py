# SPDX-License-Identifier: Apache-2.0
"""What others lose sight of, since no system call does it: io_uring in a container, watched by the default
rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers import runtime
from tests.kernel import io_uring
from tests.story.agent import Agent
from tests.story.inside import Inside, furnished

SOURCE = Path(io_uring.__file__).read_text().replace("from __future__ import annotations", "")
READ = "Warning A sensitive file was opened for reading"
# What the container's code starts with: a ring, and one request by opcode and what it takes.
BEGIN = f"""{SOURCE}
made = Ring()
def ask(opcode, fd=-100, path=b'', **more):
    held = text(path)
    request = Request(opcode, fd, at(held) if path else 0, **more)
    if more.get('flags', 0) & CQE_SKIP:
        return made.submit(request, wait=0)
    result = made.result(request)
    assert result >= 0, result
    return result
"""


@pytest.fixture(scope="module")
def inside(containerd: runtime.Containerd, container_agent: Agent) -> Iterator[Inside]:
    made = "ln -s /etc/shadow /tmp/link; mkdir -p /var/log; echo entry > /var/log/messages"
    with furnished(containerd, container_agent, made) as inside:
        yield inside


@pytest.mark.parametrize(
    "code",
    [
        "os.read(ask(OPENAT, path=b'/tmp/link'), 1)",
        "ask(OPENAT, path=b'/tmp/../etc/shadow', flags=ASYNC)",
        "made.register_files(2); ask(OPENAT, path=b'/tmp/link', slot=1)",
        "how = text(bytes(24)); ask(OPENAT2, path=b'/tmp/link', length=24, offset=at(how))",
    ],
    ids=["a link", "a worker", "the ring's own table", "openat2"],
)
def test_a_sensitive_file_is_read(inside: Inside, code: str) -> None:
    inside.python(f"{BEGIN}\n{code}")
    inside.alert(rf"{READ} \(file=/etc/shadow evt_type=openat2? ")


def test_a_sensitive_file_is_read_and_no_completion_says_so(inside: Inside) -> None:
    inside.python(f"{BEGIN}\nask(OPENAT, path=b'/etc/shadow', flags=CQE_SKIP)")
    inside.alert(rf"{READ} \(file=/etc/shadow evt_type=openat ")


def test_a_sensitive_file_gets_another_name(inside: Inside) -> None:
    inside.python(
        f"{BEGIN}\nother = text(b'/tmp/hard')\n"
        "ask(LINKAT, path=b'/etc/shadow', length=0xffffff9c, offset=at(other))"
    )
    inside.alert(r"given another name \(source=/tmp/hard target=/etc/shadow evt_type=linkat ")


def test_a_log_is_emptied(inside: Inside) -> None:
    inside.python(f"{BEGIN}\nask(OPENAT, path=b'/var/log/messages', how=os.O_WRONLY | os.O_TRUNC)")
    inside.alert(r"A log file was emptied or removed \(file=/var/log/messages .*evt_type=openat ")
