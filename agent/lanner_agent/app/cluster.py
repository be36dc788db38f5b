# SPDX-License-Identifier: Apache-2.0
"""The cluster's side of an agent: what runs in the asyncio thread, and what the hot thread hands over to it.

The main thread calls `start`, `watching` and `flush`. Whatever fails here is told in the FalcoNode, on
/readyz or in the log; the hot thread never waits for it.
"""

from __future__ import annotations

import asyncio
import functools
import os
import pathlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, Final

from lanner_agent.apiserver import kubelet
from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.apiserver.node_labels import NodeLabels
from lanner_agent.app import measured, page
from lanner_agent.app.entered import entered
from lanner_agent.app.tasks import Task, Tasks
from lanner_agent.enrich.cluster_facts import ClusterFacts
from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.environments import Environments
from lanner_agent.enrich.kubelet import Kubelet
from lanner_agent.enrich.namespaces import Namespaces
from lanner_agent.enrich.resolved_names import ResolvedNames
from lanner_agent.kernel import room
from lanner_agent.kernel.ancestry import EXEC_SESSION
from lanner_agent.pipeline import held_back
from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.held_back import Sifted
from lanner_agent.pipeline.hits import RuleKey
from lanner_agent.pipeline.places import Places
from lanner_agent.pipeline.summary import KernelCounter
from lanner_agent.policy.bundle.bundle_watch import BundleWatch, Place
from lanner_agent.policy.bundle.cache import Cache, installation
from lanner_agent.policy.bundle.cache_keeper import CacheKeeper
from lanner_agent.policy.bundle.in_force import InForce
from lanner_agent.policy.bundle.trials import Trials
from lanner_agent.publish import redact
from lanner_agent.publish.events.dropped import Blamed, Dropped
from lanner_agent.publish.events.killed import Killed
from lanner_agent.publish.events.publisher import PUBLISHING, EventsPublisher
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.output import Form
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.report import board as boards
from lanner_agent.report import counters, dry_runs, status
from lanner_agent.report.blind_events import BlindEvents
from lanner_agent.report.board import Board
from lanner_agent.report.falco_node import FalcoNode
from lanner_agent.report.health import Health, Heartbeat
from lanner_agent.report.last_seen import LastSeenFile
from lanner_agent.report.lease import Lease
from lanner_agent.report.metrics.sources import Sources
from lanner_agent.report.places_told import PlacesTold
from lanner_agent.report.rule_hits import RuleHits
from lanner_agent.report.sight import Sight
from lanner_apiserver.client import Api
from lanner_apiserver.metrics.place import Place as Page
from lanner_engine.codegen.compile import Matching, Program
from lanner_engine.engine_version import ENGINE
from lanner_engine.index.tables import Tables

FIRST_RULES_S: Final = 3.0  # how long a node without rules of its own waits for the cluster's
CONDITIONS_EVERY_S: Final = 2.0  # between looks at what no message tells of
STOP_S: Final = 4.0
SIGHT_S: Final = 1.0  # for a last word on a disk that may hang


@dataclass(frozen=True, slots=True)
class Options:
    """What `lanner agent` was given. `name` is the installation's; `spread_s` see FalcoNode; `proven_s` see
    CacheKeeper; `exec_sessions`: who enters pods is told; `reports`: alerts are told by namespace;
    `index`: the kernel holds events back; `form` makes
    the lines of standard output; `matching`
    says which rules of an object make alerts; `outputs`: where else they go; `page`: where the operator asks.
    """

    identity: NodeIdentity
    node_ip: str
    name: str
    cri_socket: str | None
    verify_kubelet: bool
    state_dir: pathlib.Path
    health_port: int
    metrics: Page
    spread_s: float
    proven_s: float
    index: bool
    exec_sessions: bool
    reports: bool
    matching: Matching
    form: Form
    events: EventSettings
    outputs: OutputsSettings = field(default_factory=OutputsSettings)
    page: page.Wanted | None = None


class Cluster:
    """One for the life of the agent. `containers` is its inventory, begun by `start`; `names` begins
    with the first rules."""

    def __init__(
        self, api: Api, options: Options, say: Callable[[str], None], warn: Callable[[str], None]
    ) -> None:
        self._heartbeat = Heartbeat()
        self.sight = Sight(LastSeenFile(options.state_dir), say)
        self.board = Board()
        self.node = options.identity.name
        self._api = api
        self._options = options
        self._say, self._warn = say, warn
        facts = ClusterFacts()
        self.containers = Containers(options.cri_socket, facts=facts)
        self.names = ResolvedNames(say)
        self.environments = Environments()
        self.configured: Callable[[], Mapping[str, int]] = dict
        self._namespaces = Namespaces(api, facts, self.containers.refresh, say)
        self._kubelet = self._found_kubelet(facts)
        self._prepared: Program | None = None
        place = Place(options.identity.namespace, f"{options.name}-rules")
        self.rules = InForce(str(place), say, options.matching)
        self.entered = entered(api, options.identity, options.name, say) if options.exec_sessions else None
        if self.entered is not None:
            self.rules.always = EXEC_SESSION
        self.page = page.answering(options.page, api, options.identity, options.name, say)
        whose = installation(str(place), api.server.authority, api.host)
        under = f"{metadata.version('lanner')} in {room.memory()} bytes"
        self._trials = Trials(options.state_dir, whose, say, under)
        labels = NodeLabels(api, options.identity.name, say)
        self._bundles = BundleWatch(api, place, self.rules, say, self._prepare, self._trials, labels)
        cache = Cache(options.state_dir, whose)
        self._cache = CacheKeeper(cache, self._trials, self.rules, say, options.proven_s)
        self.events = EventsPublisher(api, options.identity, options.events, warn)
        self._dropped = Dropped(api, options.identity, self._lost)
        self._tasks = Tasks(say)
        self._places = PlacesTold(lambda: self._counts.places, time.time, wanted=options.reports)
        self._node = self._falco_node()
        self._lease = self._made_lease()
        self._counts = Counts()
        self._kernel: Callable[[], tuple[KernelCounter, ...]] = tuple
        self._sifted: Callable[[], tuple[Sifted, ...]] = tuple
        self.sources = self._made_sources()
        self.delivered: Callable[[], Mapping[str, int]] = dict  # by the other outputs
        self.board.changed = self._node.poke
        self.rules.listeners.append(self._tell_rules)

    def start(self) -> Program:
        """Start the thread; the rules to begin with."""
        self.sight.start()
        if self._trials.killer:
            what = f"with the bundle {self._trials.killer[:8]} on trial, which is not loaded again"
            self._warn(f"the agent before this one was killed {what}")
        self.containers.start()
        kept = self._cache.read()
        self._prepared = kept.program if kept else None
        health = Health(self._options.health_port, self._heartbeat.problem, self._unready, self._say)
        tasks: dict[str, Task] = {
            "rules": self._bundles.run,
            "rules' cache": self._cache.run,
            "node": self._node.run,
            "lease": self._lease.run,
            "events": self.events.run,
            "lost events": self._dropped.run,
            "gaps": BlindEvents(self._api, self._options.identity, self.sight).run,
            "state": self._look,
            "namespaces": self._namespaces.run,
        }
        if self._kubelet is not None:
            tasks["kubelet"] = self._kubelet.run
        if self.entered is not None:
            tasks["sessions in pods"] = self.entered.notices.run
        if self.page is not None:
            tasks.update(self.page.tasks)
        if self._trials.killer:
            tasks["killed agent"] = Killed(self._api, self._options.identity, self._trials.killer).run
        if self._options.health_port:
            tasks["health"] = health.run
        if self._options.metrics.port:
            tasks["metrics"] = measured.site(self._options.metrics, self.sources, self._say).run
        self._tasks.start(tasks, self._close)
        return self.rules.first(kept, FIRST_RULES_S)

    @property
    def tables(self) -> Tables:
        """Of the rules to begin with."""
        now = self.rules.current
        return now.tables if now else {}

    def probes_refused(self, error: Exception) -> None:
        """The kernel does not run the probes: the node is not ready, and says why."""
        self._heartbeat.rest()
        self.board.say(boards.PROBES, "False", "ProbesRefused", str(error))
        self._node.begin()
        self._lease.begin(0.0)

    def starting(self) -> None:
        """The kernel is tried again."""
        self._heartbeat.start()

    def watching(
        self,
        counts: Counts,
        kernel: Callable[[], tuple[KernelCounter, ...]],
        blamed: Blamed,
        sifted: Callable[[], tuple[Sifted, ...]],
        weaker: Sequence[str] = (),
    ) -> None:
        """The probes are attached; these are the numbers to tell from now on. `weaker`: what this kernel
        does not let them know.
        """
        self._counts, self._kernel, self._dropped.blamed = counts, kernel, blamed
        counts.places = Places() if self._options.reports else None
        self._sifted = sifted
        if self.sight.steady_s:
            wait = f"ready when this one has watched for {self.sight.steady_s:.0f} s"
            self.board.hold("WasKilled", f"the agent before this one was killed: {wait}")
            self._tasks.later(self.sight.steady_s, self.board.release)
        self._tell_probes(weaker)
        self.sight.begin()
        self._heartbeat.beat()
        self._node.begin()
        self._lease.begin(self.sight.steady_s)

    def note_awake(self) -> None:
        """The hot thread looks up: after each batch, and when none came for some seconds."""
        self._heartbeat.beat()
        self.sight.note_awake()

    def flush(self) -> Mapping[str, Mapping[str, int]]:
        """End every task; what is left goes out or is counted. Numbers for the summary."""
        self.sight.end(SIGHT_S)
        if not self._tasks.stop(STOP_S):
            self._say("some requests to the cluster were not finished before the end")
        self._trials.end_all()
        return {
            "names of hosts in rules": self.names.counts(),
            "environments of ancestors not known": self.environments.counts,
            "tasks that failed": self._tasks.failed,
        }

    async def _close(self) -> None:
        await self._api.close()
        if self._kubelet is not None:
            await self._kubelet.close()

    async def _prepare(self, program: Program) -> None:
        """What a program needs before it can be in force."""
        self._prepared = program
        if _asks_for_namespaces(program):
            await self._namespaces.watch_labels()

    async def _look(self) -> None:
        while True:
            self._tell_metadata()
            self._tell_events()
            await self._mind_namespaces()
            await asyncio.sleep(CONDITIONS_EVERY_S)

    async def _mind_namespaces(self) -> None:
        """Watched for the rules in force and for those that will be; not before, and not after."""
        now = self.rules.current
        programs = (self._prepared, now.program if now else None)
        if any(program is not None and _asks_for_namespaces(program) for program in programs):
            await self._namespaces.watch_labels()
        else:
            self._namespaces.drop()

    def _tell_probes(self, weaker: Sequence[str]) -> None:
        words = "; ".join(("the kernel's programs are attached", *weaker))
        self.board.say(boards.PROBES, "True", boards.WEAKER if weaker else "Attached", words)

    def _tell_rules(self) -> None:
        state = self.rules.state()
        if state is not None:
            self.board.say(boards.RULES, "True" if state.well else "False", state.reason, state.message)

    def _tell_metadata(self) -> None:
        if not self.containers.ready(0.0):
            return
        pods = self._kubelet.problem if self._kubelet else ""
        for well, reason, words in (
            (self.containers.connected, "RuntimeUnavailable", self.containers.state()),
            (not pods, "KubeletUnavailable", pods),
            (not self._namespaces.problem, "NamespacesUnknown", self._namespaces.problem),
        ):
            if not well:
                self.board.say(boards.METADATA, "False", reason, words)
                return
        self.board.say(boards.METADATA, "True", "RuntimeAnswers", self.containers.state())

    def _tell_events(self) -> None:
        reason, words = self.events.state()
        self.board.say(boards.EVENTS, "True" if reason == PUBLISHING else "False", reason, words)

    def _unready(self) -> str:
        ready = self.board.get(boards.READY)
        return "" if ready.status == "True" else f"{ready.reason}: {ready.message}"

    def _found_kubelet(self, facts: ClusterFacts) -> Kubelet | None:
        options = self._options
        if not options.node_ip:
            self._say("no --node-ip: labels and addresses of pods stay those of their start")
            return None
        server = kubelet.connect(self._api, options.node_ip, verify=options.verify_kubelet)
        return Kubelet(server, facts, self.containers.refresh, self._say)

    def _falco_node(self) -> FalcoNode:
        return FalcoNode(
            self._api,
            node=self._options.identity.name,
            role=f"{self._options.name}-agent",
            status=self._status,
            counters=self._numbers,
            alerts=self.events.namespaces,
            hits=RuleHits(self._fired, time.monotonic).status,
            reports=self._places.status,
            tried=lambda: dry_runs.told(self._counts.dry_run.objects()),
            found=self._found,
            spread_s=self._options.spread_s,
            say=self._say,
        )

    def _made_sources(self) -> Sources:
        """What is there before anything is watched; the rest comes with the watch."""
        return Sources(
            rules=self.rules,
            containers=self.containers.counts,
            bundle=lambda: self.rules.current,
            propagation=self.rules.propagation,
            conditions=self.board.conditions,
            gaps=lambda: self.sight.counts,
            events=self.events.counts,
            requests=self._api.answers,
        )

    def _made_lease(self) -> Lease:
        return Lease(
            self._api,
            f"{self._options.name}-agent-{self._options.identity.name}",
            self._options.identity,
            self._say,
            annotations=self._annotations(),
            problem=self._heartbeat.problem,
            renewed=self._node.renewed,
        )

    def _annotations(self) -> dict[str, str]:
        """What the operator is told of this agent."""
        parts = (self.entered, self.page)
        return {key: said for part in parts if part is not None for key, said in part.annotations.items()}

    def _status(self) -> dict[str, Any]:
        since = datetime.fromtimestamp(self.rules.since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return status.status(self.board, _versions(), self.rules.current, since)

    def _numbers(self) -> dict[str, int]:
        bundles = {"loaded": self.rules.loaded, "refused": self.rules.refused}
        events = {**self.events.counts(), **self._dropped.counts}
        groups = {
            "bundles": bundles,
            "settings": self.configured(),
            "redacted": redact.totals(),
            "events": events,
            "containers": self.containers.counts(),
            "host_names": self.names.counts(),
            "environments": dict(self.environments.counts),
            "blind": dict(self.sight.counts),
            "kernel": held_back.numbers(self._sifted()),
            "dry_run": {"matches": self._counts.dry_run.matches, "untold": self._counts.dry_run.untold},
            "outputs": self.delivered(),
            "exec": {} if self.entered is None else dict(self.entered.sessions.counts),
        }
        return counters.counters(self._counts, self._kernel(), groups)

    def _fired(self) -> Mapping[RuleKey, tuple[int, int]]:
        return self._counts.hits.taken()

    def _lost(self) -> dict[str, int]:
        return {f"{one.event_class}: {one.reason}": one.value for one in self._kernel() if one.lost}

    def _found(self, node: Mapping[str, Any]) -> None:
        status = node.get("status") or {}
        self.board.remember(status.get("conditions") or ())
        self._places.resume(status)


def _asks_for_namespaces(program: Program) -> bool:
    scopes = (rule.scope for rule in program.rules)
    return any(scope is not None and scope.namespaces is not None for scope in scopes)


@functools.cache
def _versions() -> dict[str, str]:
    engine = ".".join(map(str, ENGINE))
    return {"version": metadata.version("lanner"), "engine": engine, "kernel": os.uname().release}
