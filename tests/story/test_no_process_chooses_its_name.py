# SPDX-License-Identifier: Apache-2.0
"""A process names itself as a program that the public rules except: it is told of under the name that it was
executed by, on the host and in a container.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.kernel import io_uring
from tests.story import deeds, places, public_rules, workers
from tests.story.agent import Agent, watching
from tests.story.inside import LENDING, Inside
from tests.story.places import Place

READ = "os.open('/etc/shadow', os.O_RDONLY)"
RENAME = "assert libc.prctl(15, b'sshd', 0, 0, 0) == 0"
BY_WORKER = workers.reading("/etc/shadow")
WAIT = "assert os.waitstatus_to_exitcode(os.wait()[1]) == 0"


@pytest.fixture(scope="module")
def agent(containerd: runtime.Containerd) -> Iterator[Agent]:
    """One agent with the public rules, each of which may speak."""
    rules = ("--rules", public_rules.path(), "--match", "all")
    with watching(*rules, "--cri-socket", containerd.socket) as running:
        yield running


@pytest.fixture(scope="module")
def lent(containerd: runtime.Containerd, agent: Agent) -> Iterator[Inside]:
    full_id = containerd.run("sleep", "1000", options=LENDING)
    yield Inside(containerd, agent, full_id)
    containerd.remove(full_id)


@pytest.fixture(scope="module", params=["host", "container"])
def place(request: pytest.FixtureRequest, lent: Inside) -> Place:
    return places.host() if request.param == "host" else places.container(lent)


@pytest.mark.parametrize(
    "code",
    [
        f"{RENAME}; {READ}",
        f"open('/proc/self/comm', 'w').write('sshd'); {READ}",
        f"open(f'/proc/self/task/{{os.getpid()}}/comm', 'w').write('sshd'); {READ}",
        f"{RENAME}\nif os.fork() == 0: {READ}; os._exit(0)\n{WAIT}",
        f"if os.fork() == 0: {RENAME}; {READ}; os._exit(0)\n{WAIT}",
        f"import threading; {RENAME}; one = threading.Thread(target=lambda: {READ}); one.start(); one.join()",
        (
            f"import threading\ndef read(): {RENAME}; {READ}\n"
            "one = threading.Thread(target=read); one.start(); one.join()"
        ),
        (
            "import threading\n"
            f"def fork():\n    {RENAME}\n    if os.fork() == 0: {READ}; os._exit(0)\n    {WAIT}\n"
            "one = threading.Thread(target=fork); one.start(); one.join()"
        ),
        f"{RENAME}\n{BY_WORKER}",
        f"{RENAME}\n{workers.reading('/etc/shadow', ring_flags=io_uring.SQPOLL)}",
        f"{RENAME}\n{workers.without_the_first_thread(BY_WORKER)}",
        workers.without_the_first_thread(f"{RENAME}\n{BY_WORKER}"),
    ],
    ids=[
        *("prctl", "comm", "task", "fork", "in a fork", "a thread", "in a thread", "fork of a thread"),
        *("a worker", "a thread that polls", "a worker alone", "a worker of a thread alone"),
    ],
)
def test_a_sensitive_file_is_read_under_a_name_that_is_excepted(
    agent: Agent, place: Place, code: str
) -> None:
    mark = deeds.marker()
    place.do(code, mark)
    line = agent.alerts.wait(rf"opened for reading by non-trusted program \| file=/etc/shadow .*{mark}").text
    assert " process=python" in line


def test_a_server_that_renames_itself_is_the_parent_of_its_shell(agent: Agent, place: Place) -> None:
    """Whose name would be an exception: a shell below a shell, or below a package manager."""
    mark = deeds.marker()
    served = (
        "import ctypes, os, sys\n"
        "for name in b'bash', b'dpkg':\n"
        "    assert ctypes.CDLL(None).prctl(15, name, 0, 0, 0) == 0\n"
        "    if os.fork() == 0: os.execv('/bin/sh', ['sh', '-c', f': {name.decode()} {sys.argv[1]}'])\n"
        f"    {WAIT}\n"
    )
    place.do(
        "import shutil, tempfile\n"
        "folder = tempfile.mkdtemp(); server = os.path.join(folder, 'httpd')\n"
        "os.symlink(sys.executable, server)\n"
        "os.environ['PYTHONHOME'] = sys.base_prefix\n"  # not to be guessed from where the link is
        f"if os.fork() == 0: os.execv(server, ['httpd', '-c', {served!r}, sys.argv[1]])\n"
        "ended = os.wait()[1]; shutil.rmtree(folder)\n"
        "assert os.waitstatus_to_exitcode(ended) == 0",
        mark,
    )
    for name in ("bash", "dpkg"):
        said = rf"Shell spawned by untrusted binary \| .* command=sh -c : {name} {mark}"
        line = agent.alerts.wait(said).text
        assert " parent=httpd " in line
