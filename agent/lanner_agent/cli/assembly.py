# SPDX-License-Identifier: Apache-2.0
"""The parts of one agent, made in the order that loses nothing and taken down in the opposite one. Called
by run.

Probes are attached before the processes that run already are read, and both before the user is told that the
agent watches; the container inventory goes on beside all that.
"""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from lanner_agent.cli import progress, watching
from lanner_agent.cli.notes import Notes
from lanner_agent.cli.standalone import Standalone
from lanner_agent.decode.event import decode
from lanner_agent.decode.session import Session
from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.users import Users
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record import Record
from lanner_agent.pipeline import node
from lanner_agent.pipeline.contracts import Event
from lanner_agent.pipeline.loop import Loop
from lanner_agent.pipeline.metadata import Metadata
from lanner_agent.policy import load
from lanner_agent.policy.reload import Reloader
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.stdout import LineWriter
from lanner_engine.codegen.compile import Program

Form = Callable[[Alert], bytes]
STDOUT = 1
INVENTORY_S = 2.0  # how long the start waits for a runtime's first answer


@contextmanager
def standalone(
    paths: Sequence[pathlib.Path], checked: load.Checked, form: Form, cri_socket: pathlib.Path | None
) -> Iterator[Standalone]:
    """An agent that watches already. Raises KernelError when this machine or user cannot run it."""
    program = load.compiled(checked)
    with ExitStack() as parts:
        containers = parts.enter_context(closing(_containers(cri_socket)))
        with progress.shown() as report:
            probes = parts.enter_context(closing(_probes(program, report)))
            report("asking the container runtime", 0, 1)
            containers.ready(INVENTORY_S)
        notes = parts.enter_context(closing(Notes()))
        notes.say(f"containers: {containers.state()}")
        metadata = Metadata(containers, notes.say, node.cgroup())
        output = LineWriter(STDOUT)
        loop: Loop[Record] = Loop(
            probes, _decoder(metadata), metadata, lambda alert: output.write(form(alert)), notes.say
        )
        loop.switch(program)
        reloader = Reloader(paths, checked, program, notes.say)
        parts.callback(reloader.stop)
        agent = Standalone(probes, loop, reloader, program, output, notes)
        agent.listen()
        notes.say(watching.line(program))
        yield agent


def _containers(cri_socket: pathlib.Path | None) -> Containers:
    containers = Containers(None if cri_socket is None else str(cri_socket))
    containers.start()
    return containers


def _probes(program: Program, report: progress.Report) -> Probes:
    probes = Probes.load(report)
    try:
        probes.want(program.event_types, program.fields)
        report("reading the processes that run already", 0, 1)
        probes.scan()
    except BaseException:
        probes.close()
        raise
    return probes


def _decoder(metadata: Metadata) -> Callable[[Record], Event]:
    """decode with the hooks that answer what the kernel does not know."""
    users = Users()
    session = Session(
        identify=metadata.identify, container=metadata.container, user=users.user, group=users.group
    )
    return functools.partial(decode, session=session)
