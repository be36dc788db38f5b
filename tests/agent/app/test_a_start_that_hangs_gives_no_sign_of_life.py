# SPDX-License-Identifier: Apache-2.0
"""The cluster's side of an agent whose kernel programs do not load: what its Lease and /healthz say, and what
they say of a kernel that refuses.
"""

from __future__ import annotations

import json
import pathlib
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.app import cluster as clusters
from lanner_agent.app import cluster_agent
from lanner_agent.app.cluster import Cluster, Options
from lanner_agent.app.notes import Notes
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.loading import Loading, Programs, Report
from lanner_agent.pipeline.counts import Counts
from lanner_agent.publish import json_lines
from lanner_agent.publish.events.dropped import Blamed
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.report import board as boards
from lanner_agent.report import health
from lanner_agent.report.last_seen import LastSeen, LastSeenFile
from lanner_apiserver.client import Api
from lanner_apiserver.metrics.place import Place
from lanner_apiserver.server import Server

NODE = NodeIdentity("node-1", None, "agent-1", "uid-1", "lanner")
QUIET_S = 1.5


class ApiServer:
    """Knows no object, takes every one. `written`: methods and paths."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str]] = []
        written = self.written

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.answer(
                    404, {"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"}
                )

            def do_POST(self) -> None:
                written.append((self.command, self.path))
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if isinstance(body, dict):
                    body["metadata"] = {**body.get("metadata", {}), "resourceVersion": "1", "uid": "u"}
                self.answer(200, body)

            do_PUT = do_PATCH = do_POST  # noqa: N815  as they are called there

            def answer(self, code: int, body: object) -> None:
                text = json.dumps(body).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def renewals(self) -> int:
        return sum("/leases" in path for _, path in self.written)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Agent:
    """Its cluster's side, started; the main thread's part is the test's."""

    def __init__(self, server: ApiServer, state: pathlib.Path) -> None:
        self.server = server
        self.notes: list[str] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._page = Place(free.getsockname()[1])
        options = Options(
            identity=NODE,
            node_ip="",
            name="lanner",
            cri_socket=str(state / "no.sock"),
            verify_kubelet=True,
            state_dir=state,
            health_port=self._port,
            metrics=self._page,
            spread_s=0.0,
            proven_s=60.0,
            exec_sessions=False,
            reports=False,
            index=False,
            matching="first",
            form=json_lines.line,
            events=EventSettings(),
        )
        api = Api(Server(server.host), "lanner-tests")
        self.cluster = Cluster(api, options, self.notes.append, self.notes.append)
        self.program = self.cluster.start()

    def watches(self) -> None:
        self.cluster.watching(Counts(), tuple, Blamed(dict, dict), tuple)

    def healthz(self) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, "not yet"

    def page(self) -> str:
        """Of metrics."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._page.port}/metrics", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def close(self) -> None:
        self.cluster.flush()
        self.cluster.containers.close()
        self.cluster.names.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.setattr(clusters, "FIRST_RULES_S", 0.1)
    with closing(ApiServer()) as made:
        yield made


@pytest.fixture
def agent(server: ApiServer, tmp_path: pathlib.Path) -> Iterator[Agent]:
    with closing(Agent(server, tmp_path)) as made:
        yield made


def until(done: Callable[[], object], patience_s: float = 20.0) -> None:
    deadline = time.monotonic() + patience_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_lease_is_renewed_when_the_agent_watches_and_not_before(agent: Agent) -> None:
    until(lambda: agent.healthz() == (200, "ok\n"))  # a start that takes its time is alive
    time.sleep(QUIET_S)
    assert agent.server.written == []
    agent.watches()
    until(agent.server.renewals)
    until(lambda: ("PATCH", "/apis/lanner.dev/v1alpha1/falconodes/node-1/status") in agent.server.written)


def test_its_page_of_metrics_says_whether_it_watches(agent: Agent) -> None:
    until(lambda: 'lanner_condition{type="ProbesLoaded"} 0.0' in agent.page())
    agent.watches()
    until(lambda: 'lanner_condition{type="ProbesLoaded"} 1.0' in agent.page())
    until(lambda: 'lanner_api_requests_total{code="200",method="PATCH"}' in agent.page())
    assert 'lanner_bundle_info{bundle="built-in",sha256=""} 1.0' in agent.page()


def test_an_agent_whose_predecessor_died_before_it_watched_must_show_that_it_stays(
    server: ApiServer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lanner_agent.report.sight.STEADY_S", QUIET_S)
    file = LastSeenFile(tmp_path)
    first = Agent(server, tmp_path)  # and dies now: its files stay as they are
    until(file.read)
    kept = file.read()
    assert kept is not None
    first.close()
    file.write(kept)
    assert kept == LastSeen(kept.moment, starting=kept.moment.boot)
    with closing(Agent(server, tmp_path)) as second:
        time.sleep(QUIET_S)  # a start that takes as long does not count
        second.watches()
        time.sleep(QUIET_S / 2)
        assert second.cluster.board.get(boards.READY).reason in ("WasKilled", "Starting")
        assert server.renewals() == 0
        until(server.renewals)


def test_a_start_that_hangs_is_ended_by_the_kubelet(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    until(lambda: agent.healthz() == (200, "ok\n"))
    monkeypatch.setattr(health, "START_S", 0.0)
    code, words = agent.healthz()
    assert (code, words.startswith("the agent does not watch yet, ")) == (503, True)
    assert agent.server.renewals() == 0


class Refused(Loading):
    """A kernel that does not run the programs."""

    def __init__(self) -> None:
        """Loads nothing."""

    def take(self, report: Report) -> Programs:
        raise KernelError("CAP_BPF is missing")


class Hangs(Refused):
    """A kernel that never answers, until `go_on`, and refuses then."""

    asked = threading.Event()
    go_on = threading.Event()

    def take(self, report: Report) -> Programs:
        self.asked.set()
        self.go_on.wait(60)
        raise KernelError("CAP_BPF is missing")


def test_an_agent_whose_kernel_refuses_stays_and_is_alive_between_its_attempts(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_agent, "KERNEL_RETRY_S", (QUIET_S, QUIET_S))
    monkeypatch.setattr(cluster_agent, "Loading", Hangs)
    until(lambda: agent.healthz() == (200, "ok\n"))
    monkeypatch.setattr(health, "START_S", 0.0)
    assert agent.healthz()[0] == 503
    ended = threading.Event()
    with closing(Notes()) as notes:
        work = (agent.cluster, agent.program, notes, Refused(), ended)
        trying = threading.Thread(target=cluster_agent._probes, args=work)
        trying.start()
        until(lambda: agent.cluster.board.get(boards.PROBES).reason == "ProbesRefused")
        assert agent.healthz() == (200, "ok\n"), "it waits"
        until(agent.server.renewals)
        assert "CAP_BPF is missing" in agent.cluster.board.get(boards.READY).message
        assert Hangs.asked.wait(10)
        until(lambda: agent.healthz()[0] == 503, 5)  # the next attempt may not hang either
        ended.set()
        Hangs.go_on.set()
        trying.join(10)
    assert not trying.is_alive()
