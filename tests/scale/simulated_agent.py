# SPDX-License-Identifier: Apache-2.0
"""An agent as the API server sees it: all that it asks and says is done by the agent's own classes. What is
left out needs a kernel, or a processor of its own: probes, containers, the compilation of rules.

Rules are fetched and their hashes compared as ever; the time that an agent takes to check and compile them
passes without the work.
"""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import ssl
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.apiserver.node_labels import NodeLabels
from lanner_agent.pipeline.counts import Counts
from lanner_agent.policy.bundle.bundle_watch import BundleWatch, Place
from lanner_agent.policy.bundle.in_force import InForce
from lanner_agent.policy.bundle.loaded import Origin
from lanner_agent.policy.bundle.trials import Trials
from lanner_agent.publish.events.publisher import EventsPublisher
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.report import board as boards
from lanner_agent.report import counters, dry_runs, status
from lanner_agent.report.board import Board
from lanner_agent.report.falco_node import FalcoNode
from lanner_agent.report.lease import Lease
from lanner_agent.report.places_told import PlacesTold
from lanner_agent.report.rule_hits import RuleHits
from lanner_agent.settings.model import Settings
from lanner_apiserver.client import Api
from lanner_apiserver.server import Server
from lanner_engine.codegen.compile import Program
from tests.scale.verified import Verified

RELEASE: Final = "lanner"  # its name and its namespace
FIRST_RULES_S: Final = 3.0  # as app/cluster has it
SPREAD_S: Final = float(Settings.model_fields["write_spread"].default)
VERSIONS: Final = {"version": "0.0.0", "engine": "0.1.0", "kernel": "6.12.0-simulated"}


@dataclass(frozen=True, slots=True)
class Trusting(Server):
    """Many agents of one process trust one authority, which is read once."""

    context: ssl.SSLContext | None = None

    def trust(self) -> ssl.SSLContext:
        assert self.context is not None
        return self.context


@dataclass(frozen=True, slots=True)
class Given:
    """What all agents of a process share. `compile_s`: how long an agent takes for the rules."""

    url: str
    trust: ssl.SSLContext
    state: pathlib.Path
    verified: Verified
    compile_s: float


class SimulatedAgent:
    """`run` until cancelled; `token` is that of the agent's pod."""

    def __init__(self, given: Given, identity: NodeIdentity, token: str) -> None:
        self.identity = identity
        self._given = given
        self._said: list[str] = []
        self._counts = Counts()
        self._board = Board()
        self._api = Api(_server(given, token), "lanner-agent")
        place = Place(identity.namespace, f"{RELEASE}-rules")
        self._rules = InForce(str(place), self._said.append)
        self._rules.ready = self._take
        self._rules.listeners.append(self._tell_rules)
        trials = Trials(given.state / identity.name, str(place), self._said.append)
        labels = NodeLabels(self._api, identity.name, self._said.append)
        self._bundles = BundleWatch(
            self._api,
            place,
            self._rules,
            self._said.append,
            self._compiled,
            trials,
            labels,
            given.verified.load,
        )
        self.events = EventsPublisher(self._api, identity, EventSettings(), self._said.append)
        self._node = self._falco_node()
        self._lease = self._made_lease()
        self._board.changed = self._node.poke
        self._offered = asyncio.Event()

    @property
    def words(self) -> list[str]:
        """What it would have logged."""
        return self._said

    @property
    def ready(self) -> bool:
        """Whether its FalcoNode says that it watches with the cluster's rules."""
        now = self._rules.current
        return bool(self._node.writes) and now is not None and now.origin is Origin.BUNDLE

    async def run(self) -> None:
        """The tasks of app/cluster that speak with the API server."""
        tasks: tuple[Coroutine[Any, Any, None], ...] = (
            self._bundles.run(),
            self._node.run(),
            self._lease.run(),
            self.events.run(),
            self._begin(),
        )
        try:
            async with asyncio.TaskGroup() as group:
                for task in tasks:
                    group.create_task(task)
        finally:
            await self._api.close()

    async def _begin(self) -> None:
        """As app/cluster_agent: rules first, the cluster's where they come in time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._offered.wait(), FIRST_RULES_S)
        self._rules.first(None, 0.0)
        self._board.say(boards.PROBES, "True", "Attached", "the kernel's programs are attached")
        self._board.say(boards.METADATA, "True", "RuntimeAnswers", "simulated")
        reason, words = self.events.state()
        self._board.say(boards.EVENTS, "True", reason, words)
        self._node.begin()
        self._lease.begin(0.0)

    async def _compiled(self, _: Program) -> None:
        await asyncio.sleep(self._given.compile_s)

    def _take(self) -> None:
        """What the hot thread does between two events; before the first rules they wait for `first`."""
        self._offered.set()
        if self._rules.current is not None and self._rules.take() is not None:
            self._rules.confirm()

    def _tell_rules(self) -> None:
        state = self._rules.state()
        if state is not None:
            self._board.say(boards.RULES, "True" if state.well else "False", state.reason, state.message)

    def _falco_node(self) -> FalcoNode:
        return FalcoNode(
            self._api,
            node=self.identity.name,
            role=f"{RELEASE}-agent",
            status=self._status,
            counters=lambda: counters.counters(self._counts, (), {"events": dict(self.events.counts())}),
            alerts=self.events.namespaces,
            hits=RuleHits(self._counts.hits.taken, time.monotonic).status,
            reports=PlacesTold(lambda: None, time.time, wanted=False).status,
            tried=lambda: dry_runs.told(self._counts.dry_run.objects()),
            found=lambda node: self._board.remember((node.get("status") or {}).get("conditions") or ()),
            spread_s=SPREAD_S,
            say=self._said.append,
        )

    def _status(self) -> dict[str, Any]:
        since = datetime.fromtimestamp(self._rules.since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return status.status(self._board, VERSIONS, self._rules.current, since)

    def _made_lease(self) -> Lease:
        name = f"{RELEASE}-agent-{self.identity.name}"
        return Lease(self._api, name, self.identity, self._said.append, renewed=self._node.renewed)


def _server(given: Given, token: str) -> Trusting:
    async def header() -> str:
        return f"Bearer {token}"

    return Trusting(given.url, header, context=given.trust, namespace=RELEASE)
