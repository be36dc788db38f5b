# SPDX-License-Identifier: Apache-2.0
"""No answer is an answer with a reason: in time, counted, with what the cgroup path tells."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanner_agent.enrich import answers
from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.containers import Containers, Unknown
from lanner_agent.enrich.cri import endpoints
from lanner_agent.enrich.cri.failure import CRIError, Reason
from tests.agent.enrich import asking
from tests.containers import runtime

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.bind(str(tmp_path / "listener.sock"))
        made.listen()
        yield made


def refused(containers: Containers, identity: Identity, reason: Reason, within: float) -> Unknown:
    answer, seconds = asking.settled(containers, identity)
    assert isinstance(answer, Unknown), answer
    assert (answer.cause, seconds < within + asking.LATE_S) == (reason, True), (answer, seconds)
    assert answer.container.full_id == identity.full_id
    assert answer.container.id == identity.full_id[:12]
    assert answer.container.type == identity.runtime
    assert answer.container.name is None
    assert containers.counts()[f"unresolved_{reason}"] == 1
    return answer


def test_no_socket(tmp_path: Path) -> None:
    with asking.inventory(str(tmp_path / "none.sock")) as containers:
        answer = refused(containers, asking.of_pod(runtime.new_id()), Reason.NO_SOCKET, 0.2)
        assert "none.sock" in answer.reason
        assert "none.sock" in containers.state()


def test_a_machine_without_a_runtime_does_not_load_grpc() -> None:
    code = (
        "import sys, time\n"
        "from lanner_agent.enrich import cgroup, containers, users\n"
        "from lanner_agent.enrich.cri import endpoints\n"
        "made = containers.Containers(find=lambda: endpoints.find(environment={}, well_known=('/none',)))\n"
        "made.start(); made.ready(5); made.get(b'a' * 64); time.sleep(0.2)\n"
        "assert type(made.get(b'a' * 64)).__name__ == 'Unknown'\n"
        "print([name for name in ('grpc', 'google.protobuf') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    with asking.inventory(str(tmp_path / "dead.sock")) as containers:
        refused(containers, asking.lone(runtime.new_id()), Reason.UNAVAILABLE, 0.6)
    with asking.inventory(str(tmp_path / "dead.sock")) as containers:
        answer, seconds = asking.settled(containers, asking.of_pod(runtime.new_id()))
        assert 1.0 < seconds < 2.0 + asking.LATE_S, "a pod's container waits for the runtime to come back"
        assert isinstance(answer, Unknown)


def test_a_socket_that_is_not_a_runtime_s(listener: socket.socket) -> None:
    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    with asking.inventory(listener.getsockname()) as containers:
        answer, seconds = asking.settled(containers, asking.lone(runtime.new_id()))
        assert isinstance(answer, Unknown)
        assert answer.cause in (Reason.UNAVAILABLE, Reason.NOT_CRI)
        assert seconds < 0.6 + asking.LATE_S
    listener.shutdown(socket.SHUT_RDWR)


def test_a_socket_that_never_answers(listener: socket.socket) -> None:
    with asking.inventory(listener.getsockname()) as containers:
        answer, seconds = asking.settled(containers, asking.lone(runtime.new_id()))
        assert isinstance(answer, Unknown)
        assert answer.cause is Reason.UNAVAILABLE
        assert "timed out" in answer.reason
        assert seconds < 1.5 + asking.LATE_S


def test_a_runtime_that_is_no_cri(containerd: runtime.Containerd, tmp_path: Path) -> None:
    """containerd with its cri plugin disabled, as Docker's packages ship it."""
    config = tmp_path / "config.toml"
    address = containerd.folder / "plain.sock"  # a socket's path is short
    config.write_text(
        f'version = 2\nroot = "{tmp_path}/root"\nstate = "{tmp_path}/state"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        f'[grpc]\n  address = "{address}"\n'
        f'[plugins."io.containerd.internal.v1.opt"]\n  path = "{tmp_path}/opt"\n'
    )
    with subprocess.Popen(["containerd", "-c", config], stderr=subprocess.DEVNULL) as plain:
        try:
            asking.eventually(address.exists)
            with asking.inventory(str(address)) as containers:
                answer = refused(containers, asking.of_pod(runtime.new_id()), Reason.NOT_CRI, 0.6)
                assert "disabled_plugins" in answer.reason
        finally:
            plain.terminate()


def test_a_socket_without_permission(containerd: runtime.Containerd) -> None:
    code = (
        "import os, sys\n"
        "from lanner_agent.enrich.cri import endpoints, failure\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try:\n    endpoints.find(sys.argv[1])\n"
        "except failure.CRIError as error:\n    print(error.reason, error)\n"
    )
    command = [sys.executable, "-c", code, str(containerd.socket)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("permission_denied ")
    assert "run as root" in done.stdout


def test_a_container_outside_kubernetes_answers_within_half_a_second(containerd: runtime.Containerd) -> None:
    full_id = containerd.run("sleep", "1000")
    with asking.inventory(str(containerd.socket)) as containers:
        refused(containers, asking.lone(full_id), Reason.NOT_FOUND, 0.5)
    containerd.remove(full_id)


def test_an_unknown_container_of_a_pod_is_retried_up_to_two_seconds(containerd: runtime.Containerd) -> None:
    with asking.inventory(str(containerd.socket)) as containers:
        answer, seconds = asking.settled(containers, asking.of_pod(runtime.new_id()))
        assert isinstance(answer, Unknown)
        assert answer.cause is Reason.NOT_FOUND
        assert 1.5 < seconds < 2.0 + asking.LATE_S
        assert containers.counts()["retried"] > 3


def test_a_container_that_was_removed_before_anybody_asked(containerd: runtime.Containerd) -> None:
    pod = containerd.pods.run("shortlived")
    gone = containerd.pods.start(pod, "gone")
    containerd.pods.remove_container(gone)
    with asking.inventory(str(containerd.socket)) as containers:
        refused(containers, asking.of_pod(gone.id), Reason.NOT_FOUND, 2.0)
    containerd.pods.remove(pod.id)


def test_a_removed_container_is_still_answered_when_it_was_known(containerd: runtime.Containerd) -> None:
    pod = containerd.pods.run("remembered")
    gone = containerd.pods.start(pod, "gone")
    with asking.inventory(str(containerd.socket)) as containers:
        known = asking.resolved(containers, asking.of_pod(gone.id))
        containerd.pods.remove(pod.id)
        assert containers.get(gone.id.encode()) == known


def test_an_exited_container_that_nobody_asked_about_is_found(containerd: runtime.Containerd) -> None:
    """The kubelet keeps a dead container for a while: a job of one second must not stay nameless."""
    pod = containerd.pods.run("job")
    job = containerd.pods.start(pod, "job", ("true",))
    asking.eventually(lambda: job.id not in containerd.ctr("task", "ls", namespace="k8s.io").split())
    with asking.inventory(str(containerd.socket)) as containers:
        assert asking.resolved(containers, asking.of_pod(job.id)).pod_name == b"job"
    containerd.pods.remove(pod.id)


def test_half_an_id_is_nobody(containerd: runtime.Containerd) -> None:
    """Runtimes complete prefixes; a cgroup named by another container's first digits must not become it."""
    pod = containerd.pods.run("whole")
    whole = containerd.pods.start(pod, "whole")
    with asking.inventory(str(containerd.socket)) as containers:
        refused(containers, asking.lone(whole.id[:20]), Reason.NOT_FOUND, 0.5)
    containerd.pods.remove(pod.id)


def test_a_rootless_container_is_never_asked_about(containerd: runtime.Containerd) -> None:
    """Its user chose the id: it may be another container's."""
    pod = containerd.pods.run("victim")
    victim = containerd.pods.start(pod, "victim")
    with asking.inventory(str(containerd.socket)) as containers:
        claimed = Identity(victim.id.encode(), b"podman", rootless=True)
        assert isinstance(containers.get(claimed.key, claimed), Unknown)
        asking.resolved(containers, asking.of_pod(victim.id))
        assert isinstance(containers.get(claimed.key), Unknown), "whatever is learnt of the other one"
    containerd.pods.remove(pod.id)


def test_a_claim_that_made_room_for_others_is_not_asked_about_either() -> None:
    containers = Containers(find=lambda: "")  # not started
    claims = [Identity(b"%064x" % number, b"podman", rootless=True) for number in range(answers.CLAIMS + 1)]
    for one in claims:
        containers.get(one.key, one)
    assert containers.counts()["evicted"] == 1
    again = containers.get(claims[0].key)
    assert isinstance(again, Unknown)
    assert (again.cause, again.container.full_id) == (Reason.ROOTLESS, claims[0].full_id)


def test_a_runtime_that_is_there_again_is_asked_about_no_claim() -> None:
    claimed, own = Identity(b"a" * 64, b"podman", rootless=True), Identity(b"b" * 64, b"containerd")
    known = answers.Answers()
    for one in (claimed, own):
        known.put(one, Unknown(answers.bare(one), Reason.TIMEOUT, ""))
    assert [entry.identity for entry in known.unknown()] == [own]


@pytest.mark.parametrize(
    ("given", "environment", "wanted"),
    [
        ("{a}", {}, "{a}"),
        ("unix://{a}", {}, "{a}"),
        (None, {"CONTAINER_RUNTIME_ENDPOINT": "unix://{b}"}, "{b}"),
        ("{a}", {"CONTAINER_RUNTIME_ENDPOINT": "unix://{b}"}, "{a}"),
        (None, {}, "{b}"),
    ],
)
def test_which_socket_is_asked(
    given: str | None, environment: dict[str, str], wanted: str, tmp_path: Path
) -> None:
    names = {"a": str(tmp_path / "a.sock"), "b": str(tmp_path / "b.sock")}
    with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        for listening, path in ((first, names["a"]), (second, names["b"])):
            listening.bind(path)
            listening.listen()
        variables = {key: value.format(**names) for key, value in environment.items()}
        chosen = given.format(**names) if given else None
        found = endpoints.find(chosen, variables, ("/nowhere/a.sock", names["b"], names["a"]))
    assert found == wanted.format(**names)


BOUNDS = "-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search"  # as the chart has it


def test_in_a_pod_it_is_found_in_the_root_of_the_nodes_first_process(tmp_path: Path) -> None:
    """A mount namespace in which the place is empty, with what a pod of the chart may do and has mounted."""
    if os.geteuid() != 0:
        pytest.skip("a mount namespace needs root")
    path = str(tmp_path / "well-known.sock")
    script = (
        "import sys; from lanner_agent.enrich.cri import endpoints\n"
        "print(endpoints.find(None, {}, (sys.argv[1],)))"
    )
    hidden = f"mount -t tmpfs none {tmp_path} && exec setpriv --bounding-set={BOUNDS}"
    node = """mount -t proc proc /proc; unshare --mount sh -c "$0" "$@"; exit $?"""  # its shell is process 1
    first = ("unshare", "--pid", "--fork", "--mount", "sh", "-c", node)
    words = (*first, f'{hidden} "$@"', "sh", sys.executable, "-c", script, path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout == f"/proc/1/root{path}\n", done.stderr


def test_a_given_socket_is_never_replaced_by_another(listener: socket.socket) -> None:
    with pytest.raises(CRIError) as caught:
        endpoints.find("/nowhere/given.sock", {}, (listener.getsockname(),))
    assert caught.value.reason is Reason.NO_SOCKET


@pytest.mark.parametrize("given", ["tcp://127.0.0.1:1", "unix://" + "x" * 200, os.devnull])
def test_what_is_no_socket_is_refused_in_words(given: str) -> None:
    with pytest.raises(CRIError) as caught:
        endpoints.find(given, {})
    assert caught.value.reason in (Reason.NO_SOCKET, Reason.NOT_CRI, Reason.UNAVAILABLE)
