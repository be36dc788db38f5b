# SPDX-License-Identifier: Apache-2.0
"""The parts of an agent in a cluster, made in the order that loses nothing.

Rules first (the node's last bundle, which needs no answer of the API server), then probes, then the processes
that run already. A kernel that cannot run the probes does not end the agent: it stays, says why, and tries
again now and then.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Final

from lanner_agent.app import assembly, exits, measured, page
from lanner_agent.app.cluster import Cluster, Options
from lanner_agent.app.notes import Notes
from lanner_agent.app.settings_watch import SettingsWatch
from lanner_agent.app.watch import Watch
from lanner_agent.decode.session import Session
from lanner_agent.enrich import node_cgroup, users
from lanner_agent.enrich.lookups import NodeLookups
from lanner_agent.enrich.new_containers import NewContainers
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.loading import Loading
from lanner_agent.kernel.probes import Probes
from lanner_agent.pipeline import crowds
from lanner_agent.pipeline.metadata import Metadata
from lanner_agent.publish.events.dropped import Blamed
from lanner_agent.publish.output import Given
from lanner_agent.publish.stdout import LineWriter
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_engine.codegen.compile import Program

KERNEL_RETRY_S: Final = (60.0, 600.0)  # the first and the longest pause before the kernel is tried again

Configured = Callable[[Callable[[str], None]], SettingsWatch]  # of what says something


def run(api: Api, options: Options, loading: Loading, configured: Configured | None = None) -> int:
    """Until SIGTERM. The exit code. `loading`: the kernel takes the programs meanwhile; `configured` follows
    the settings while all this runs.
    """
    with ExitStack() as parts:
        notes = parts.enter_context(closing(Notes()))
        cluster = Cluster(api, options, notes.say, notes.warn)
        if configured is not None:
            cluster.configured = parts.enter_context(configured(notes.say)).counts
        parts.enter_context(closing(cluster.containers))
        parts.enter_context(closing(cluster.names))
        ended = _ended()  # before rules are on trial: who ends the agent meanwhile says nothing against them
        program = cluster.start()
        cluster.names.resolve(program.hosts)
        probes = _probes(cluster, program, notes, loading, ended)
        if probes is None:
            cluster.flush()
            return exits.OK
        parts.enter_context(closing(probes))
        parts.enter_context(closing(NewContainers(probes, cluster.containers)))
        watch = _watch(cluster, probes, program, notes, options)
        if ended.is_set():  # before the watch took the signals
            watch.loop.stop()
        return watch.watch()


def _ended() -> threading.Event:
    """Set by the signals that end the agent, until its watch takes them."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    return ended


def _probes(
    cluster: Cluster, program: Program, notes: Notes, loading: Loading, ended: threading.Event
) -> Probes | None:
    """Attached probes, whenever this kernel can run them; None when the agent is to end before that."""
    backoff = Backoff(*KERNEL_RETRY_S, spread=0)
    said = ""
    while not ended.is_set():
        try:
            probes = assembly.attached(Probes.from_loaded(*loading.take(_quiet)), program, _quiet)
            cluster.sight.attached()
            return probes
        except KernelError as error:
            cluster.probes_refused(error)
            gc.enable()  # off since the start (cli/main), and this may last
            if str(error) != said:
                notes.warn(f"not watching, this kernel cannot run the probes: {error}; trying again later")
            said = str(error)
        ended.wait(backoff.next())
        cluster.starting()
        loading = Loading()
    return None


def _quiet(*_: object) -> None:
    """A pod has no terminal that could show a progress."""


def _watch(cluster: Cluster, probes: Probes, program: Program, notes: Notes, options: Options) -> Watch:
    kept = cluster.page.kept if cluster.page else None
    given = Given(LineWriter(assembly.STDOUT), options.form, notes.warn, cluster.events, options.outputs)
    outputs = page.outputs(given, kept)
    signal.signal(signal.SIGHUP, lambda *_: outputs.reopen())
    cluster.delivered = outputs.delivered
    parts = cluster.containers, cluster.names, cluster.environments
    sessions = None if cluster.entered is None else cluster.entered.sessions
    lookups = NodeLookups(*parts, hostname=cluster.node, base=node_cgroup.cgroup(), sessions=sessions)
    if node_cgroup.is_hidden():
        notes.warn(node_cgroup.HIDDEN)
    metadata = Metadata(cluster.containers, notes.say)
    session = Session(lookups, kept=probes.kept)
    loop = assembly.loop(probes, session, metadata, outputs.offer, notes.say)
    loop.switch(program)
    watch = Watch(probes, loop, cluster.rules, program, outputs, notes)
    watch.between, watch.needs_reader = cluster.note_awake, False
    watch.flush = lambda: {**cluster.flush(), users.TITLE: lookups.users.unread()}
    watch.switched = lambda new: cluster.names.resolve(new.hosts)
    if options.index:
        assembly.hold_back(watch, cluster.tables, lookups)
    else:
        probes.tell_apart(lookups.identify)
    watch.listen()
    watch.crowded = lambda: crowds.numbers(probes.crowded(), cluster.containers.known)
    watch.busiest = lambda: crowds.doers(loop.busy.recent(), cluster.containers.known)
    blamed = Blamed(watch.crowded, watch.busiest)
    cluster.watching(loop.counts, probes.counters, blamed, probes.sifted, probes.weaker)
    measured.fill(cluster.sources, watch, cluster.containers)
    if kept is not None:
        kept.fill(watch)
    number = len(program.rules)
    notes.say(f"watching node {cluster.node} with {number} rule{'' if number == 1 else 's'}")
    return watch
