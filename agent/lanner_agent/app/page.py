# SPDX-License-Identifier: Apache-2.0
"""The page: what keeps alerts for it, and what serves it; made only where it is wanted.

On one machine it is served by a thread of its own, beside the one that watches. In a cluster the operator
asks, and the agent's asyncio thread answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.output import Given
from lanner_agent.publish.outputs import Outputs
from lanner_agent.publish.remembered import output
from lanner_agent.publish.remembered.output import Remembered
from lanner_agent.publish.remembered.settings import Keeping
from lanner_agent.report.page.standing import Standing

if TYPE_CHECKING:
    from lanner_agent.app.tasks import Task
    from lanner_agent.app.watch import Watch
    from lanner_agent.policy.files.reload import Reloader
    from lanner_agent.report.page.endpoint import Endpoint
    from lanner_apiserver.client import Api

END_S: Final = 2.0  # for answers that are under way
TICKET_S: Final = 3600.0  # for which a URL that was printed is good, until it is used
ENTRY: Final = "/enter?token="
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the page is on one machine, or where the operator reaches this agent."""

    address: str
    port: int
    keeping: Keeping


@dataclass(frozen=True, slots=True)
class Kept:
    """For as long as the agent lives. `standing` is filled in when it watches."""

    wanted: Wanted
    remembered: Remembered
    standing: Standing = field(default_factory=Standing)

    def fill(self, watch: Watch) -> None:
        counts, probes, outputs = watch.loop.counts, watch.probes, watch.outputs
        self.standing.timing = counts.timing
        self.standing.kernel = probes.counters
        self.standing.undelivered = outputs.undelivered
        self.standing.alerts = lambda: sum(dict(counts.alerts).values())


def outputs(given: Given, page: Kept | None) -> Outputs:
    """All of an agent, and the memory where there is a page."""
    if page is not None:
        given = replace(given, remembered=output.output(page.remembered, given.say, given.hide))
    return Outputs(given)


def kept(wanted: Wanted | None) -> Kept | None:
    return None if wanted is None else Kept(wanted, Remembered(wanted.keeping))


def serve(page: Kept | None, watch: Watch, reloader: Reloader, name: str) -> Callable[[], object]:
    """The page of this machine. Returns what ends it."""
    if page is None:
        return lambda: None
    from lanner_agent.app.tasks import Tasks  # noqa: PLC0415

    page.fill(watch)
    serving = Tasks(watch.notes.say)
    serving.start({"page": _local(page, watch, reloader, name)}, _nothing)
    return lambda: serving.stop(END_S)


def _local(page: Kept, watch: Watch, reloader: Reloader, name: str) -> Task:
    """What it is made of is imported by its own thread."""

    async def run() -> None:
        from lanner_agent.report.page.local import Local, Machine  # noqa: PLC0415
        from lanner_apiserver.served import Served  # noqa: PLC0415
        from lanner_page.application import application  # noqa: PLC0415
        from lanner_page.tickets import Tickets  # noqa: PLC0415

        machine = Machine(
            name, lambda: watch.program.rules, lambda: reloader.sources, lambda: watch.probes.weaker
        )
        source = Local(machine, page.remembered, page.standing)
        tickets = Tickets()
        host = f"[{page.wanted.address}]" if ":" in page.wanted.address else page.wanted.address

        def listening(port: int) -> None:
            url = f"http://{host}:{port}{ENTRY}"
            watch.notes.say(f"page: {url}{tickets.issue(TICKET_S)} opens it, once and within an hour")
            tickets.used = lambda: watch.notes.say(
                f"page: that link is used up; another browser: {url}{tickets.issue(TICKET_S)}"
            )

        await Served(
            lambda: application(source, tickets),
            "the page",
            page.wanted.address,
            page.wanted.port,
            watch.notes.say,
            listening=listening,
        ).run()

    return run


async def _nothing() -> None:
    """Nothing is to be closed behind it."""


@dataclass(frozen=True, slots=True)
class Answering:
    """An agent in a cluster: `tasks` answer the operator, `annotations` are those of the Lease."""

    kept: Kept
    endpoint: Endpoint
    tasks: Mapping[str, Task]
    annotations: Mapping[str, str]


def answering(
    wanted: Wanted | None, api: Api, who: NodeIdentity, installation: str, say: Say
) -> Answering | None:
    """Cryptography is imported here: who has no page does without its memory."""
    page = kept(wanted)
    if page is None:
        return None
    from lanner_agent.report.page.asked import Asked  # noqa: PLC0415
    from lanner_agent.report.page.endpoint import Endpoint  # noqa: PLC0415

    endpoint = Endpoint(page.remembered, page.standing)
    asked = Asked(api, who, installation, page.wanted.address, page.wanted.port, endpoint, say)
    tasks = {"page": asked.serve, "operator's certificate": asked.follow}
    return Answering(page, endpoint, tasks, asked.annotations)
