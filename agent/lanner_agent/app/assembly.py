# SPDX-License-Identifier: Apache-2.0
"""The parts of one agent, made in the order that loses nothing and taken down in the opposite one.

Probes are attached before the processes that run already are read, and both before the user is told that the
agent watches; the container inventory goes on beside all that.
"""

from __future__ import annotations

import os
import pathlib
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass

from lanner_agent.app import first_line, page, recording
from lanner_agent.app.holding import Holding
from lanner_agent.app.notes import Notes
from lanner_agent.app.service_manager import ServiceManager
from lanner_agent.app.surface import Surface
from lanner_agent.app.watch import Watch
from lanner_agent.decode.event import decoder
from lanner_agent.decode.session import Session
from lanner_agent.enrich import node_cgroup, users
from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.environments import Environments
from lanner_agent.enrich.lookups import NodeLookups
from lanner_agent.enrich.new_containers import NewContainers
from lanner_agent.enrich.resolved_names import ResolvedNames
from lanner_agent.kernel.inotify import Inotify
from lanner_agent.kernel.loading import Loading, Report
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record import Record
from lanner_agent.pipeline import crowds
from lanner_agent.pipeline.contracts import Ring
from lanner_agent.pipeline.loop import Loop
from lanner_agent.pipeline.metadata import Metadata
from lanner_agent.policy.files import load
from lanner_agent.policy.files.reload import Reloader
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Form, Given
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.publish.stdout import LineWriter
from lanner_agent.recording.wishes import Wishes
from lanner_apiserver.metrics.place import Place
from lanner_engine.codegen.compile import Program
from lanner_engine.index import tables
from lanner_engine.index.tables import Tables

STDOUT = 1
INVENTORY_S = 2.0  # how long the start waits for a runtime's first answer
NAMES_S = 2.0  # and for the first answer to each name of a host
PAGE_S = 2.0  # for the end of a page that is being read


@dataclass(frozen=True, slots=True)
class Machine:
    """What watches: the kernel's programs, which are being loaded, and the container runtime where one was
    named. Without `index` the kernel holds nothing back. `recording`: what is kept for a replay. `progress`
    shows how the start goes on, `surface` everything after it where there is a terminal; `metrics`: where
    their page is, `page`: where that of alerts is.
    """

    loading: Loading
    cri_socket: pathlib.Path | None
    index: bool
    progress: Callable[[], AbstractContextManager[Report]]
    metrics: Place
    surface: Surface | None = None
    recording: Wishes | None = None
    page: page.Wanted | None = None


@contextmanager
def standalone(
    machine: Machine,
    paths: Sequence[pathlib.Path],
    checked: load.Checked,
    form: Form,
    settings: OutputsSettings,
) -> Iterator[Watch]:
    """An agent that watches already. Raises KernelError when this machine or user cannot run it,
    RecordingError when there is no place for a recording.
    """
    program = load.compiled(checked)
    held_back = tables.build(program.rules)
    with ExitStack() as parts:
        containers = parts.enter_context(closing(_containers(machine.cri_socket)))
        with machine.progress() as report:
            loaded = Probes.from_loaded(*machine.loading.take(report))
            kernel = parts.enter_context(closing(attached(loaded, program, report)))
            parts.enter_context(closing(NewContainers(kernel, containers)))
            report("asking the container runtime", 0, 1)
            containers.ready(INVENTORY_S)
        surface = machine.surface
        notes = parts.enter_context(closing(Notes(surface.note if surface else None)))
        notes.say(f"containers: {containers.state()}")
        kept = page.kept(machine.page)
        outputs = page.outputs(Given(_stdout(surface), form, notes.warn, settings=settings), kept)
        names = parts.enter_context(closing(_resolved(program, notes.say)))
        environments = Environments()
        lookups = NodeLookups(containers, names, environments, base=node_cgroup.cgroup())
        session = Session(lookups, kept=kernel.kept)
        beside = recording.Parts(kernel, session, lookups, containers, machine.index)
        recorded = recording.begin(machine.recording, beside, notes.warn)
        ring, deliver = recording.tapped(recorded, kernel, outputs.offer)
        turning = loop(ring, session, Metadata(containers, notes.say), deliver, notes.say)
        turning.switch(program)
        reloader = Reloader(paths, checked, program, notes.say, Inotify())
        parts.callback(reloader.stop)
        watch = Watch(kernel, turning, reloader, program, outputs, notes)
        watch.needs_reader = not outputs.others
        watch.switched = lambda new: names.resolve(new.hosts)
        watch.record(recorded)
        watch.want = reloader.want
        if machine.index:
            hold_back(watch, held_back, lookups)
        else:
            kernel.tell_apart(lookups.identify)
        _name_crowds(watch, containers)
        watch.flush = lambda: {
            "names of hosts in rules": names.counts(),
            "environments of ancestors not known": environments.counts,
            users.TITLE: lookups.users.unread(),
        }
        manager = ServiceManager()
        watch.between = lambda: manager.look(watch.standing)
        watch.listen()
        _on_hangup(reloader.ask, outputs.reopen)
        reloader.start()
        for end in _pages(machine, kept, watch, containers, reloader):
            parts.callback(end)
        notes.say(first_line.line(program, "") if manager.listens else first_line.line(program))
        if surface is not None:
            parts.enter_context(surface.showing(watch.standing))
        manager.ready(watch.standing())
        yield watch
        manager.stopping()


def _stdout(surface: Surface | None) -> LineWriter:
    return LineWriter(STDOUT, show=surface.alert if surface else None)


def _pages(
    machine: Machine, kept: page.Kept | None, watch: Watch, containers: Containers, reloader: Reloader
) -> Iterator[Callable[[], object]]:
    """Of metrics, and of alerts. What ends them."""
    yield serve(machine.metrics, watch, containers)
    yield page.serve(kept, watch, reloader, os.uname().nodename)


def _resolved(program: Program, say: Callable[[str], None]) -> ResolvedNames:
    """The hosts that rules name, as far as they are found soon."""
    names = ResolvedNames(say)
    names.resolve(program.hosts)
    names.ready(NAMES_S)
    return names


def _name_crowds(watch: Watch, containers: Containers) -> None:
    """Who causes losses is told by the names of containers."""
    watch.crowded = lambda: crowds.numbers(watch.probes.crowded(), containers.known)
    watch.busiest = lambda: crowds.doers(watch.loop.busy.recent(), containers.known)


def _on_hangup(*calls: Callable[[], None]) -> None:
    def call(*_: object) -> None:
        for one in calls:
            one()

    signal.signal(signal.SIGHUP, call)


def serve(place: Place, watch: Watch, containers: Containers) -> Callable[[], object]:
    """The page of metrics, by a thread of its own. Returns what ends it."""
    if not place.port:
        return lambda: None
    from lanner_agent.app import measured, tasks  # noqa: PLC0415  asyncio and more, for those who want a page
    from lanner_agent.report.metrics.sources import Sources  # noqa: PLC0415

    sources = Sources()
    measured.fill(sources, watch, containers)
    serving = tasks.Tasks(watch.notes.say)
    serving.start({"metrics": measured.site(place, sources, watch.notes.say).run}, _nothing)
    return lambda: serving.stop(PAGE_S)


async def _nothing() -> None:
    """Nothing is to be closed behind the page."""


def _containers(cri_socket: pathlib.Path | None) -> Containers:
    containers = Containers(None if cri_socket is None else str(cri_socket))
    containers.start()
    return containers


def attached(made: Probes, program: Program, report: Report) -> Probes:
    """Attached for what `program` wants, and told of the processes that run already. Raises KernelError."""
    try:
        made.subscribe(program.succeeding, program.failing, program.reads)
        report("reading the processes that run already", 0, 1)
        made.scan()
    except BaseException:
        made.close()
        raise
    return made


def hold_back(watch: Watch, first: Tables, lookups: NodeLookups) -> None:
    """Let the kernel hold back what the rules in force cannot be true on, from now on."""
    holding = Holding(watch.probes, lookups.identify, lookups.users.host_names, watch.notes.say)

    def refresh_names() -> None:
        if holding.refresh_names():  # the same rules, of another generation
            watch.loop.switch(watch.program, watch.probes.generation, holding.tables)

    watch.hold_back, watch.refresh_names = holding.tell, refresh_names
    watch.loop.switch(watch.program, holding.tell(first), first)


def loop(
    ring: Ring[Record],
    session: Session,
    metadata: Metadata,
    deliver: Callable[[Alert], object],
    say: Callable[[str], None],
) -> Loop[Record]:
    """From this ring to `deliver`; `session` answers what the kernel does not know."""
    return Loop(ring, decoder(session), metadata, deliver, say)
