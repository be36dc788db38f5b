# SPDX-License-Identifier: Apache-2.0
"""Works under one agent, and what it says of them. Others use the machine meanwhile: an alert belongs to the
run when the head of its family is among the ancestors, and to the work that was done at its time.
"""

from __future__ import annotations

import json
import pathlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.containers import runtime
from tests.noise.places import CONTAINER, HOST, Container, Host, Place
from tests.noise.works import Work
from tests.story import deeds
from tests.story.agent import Agent, watching

PODS: Final = "a pod is started, probed by exec three times and removed"
IDLE: Final = "between works"
ANCESTORS: Final = 40  # of which an alert is asked


@dataclass(frozen=True, slots=True, order=True)
class Done:
    """A work in a place."""

    work: str
    where: str


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert of Notice or above on ordinary work. `by`: executable and what was touched."""

    done: Done
    rule: str
    priority: str
    by: str


@dataclass(slots=True)
class Noise:
    """`done`: how often each work was done to its end; `failed` how often it was not, `words` what the last
    one said. `others`: rules that fired on processes that are none of the run's. `told`: the
    alerts as they were written. `summary`: the agent's own
    of what it saw and lost, `lost` what it
    says of that.
    """

    seconds: float = 0.0
    summary: str = ""
    lost: str = ""
    done: Counter[Done] = field(default_factory=Counter)
    failed: Counter[Done] = field(default_factory=Counter)
    words: dict[Done, str] = field(default_factory=dict)
    fired: Counter[Fired] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)


class Watch:
    """One agent and one runtime, on which works are done one after the other, in `places` by their names."""

    def __init__(self, agent: Agent, containerd: runtime.Containerd, head: int) -> None:
        self._agent, self._containerd, self._head = agent, containerd, head
        self._times: list[tuple[int, Done]] = []
        self._read = 0
        self.places: dict[str, Place] = {HOST: Host(), CONTAINER: Container(containerd)}
        self.noise = Noise()

    def do(self, work: Work, where: str) -> None:
        """To its end; its failure is counted and is not the point."""
        place = self.places[where]
        self.doing(Done(work.name, where), lambda: place.do(work.script))

    def pods(self) -> None:
        """One, through the CRI, as a kubelet asks for it."""
        self.doing(Done(PODS, CONTAINER), self._pod)

    def doing(self, what: Done, work: Callable[[], str | None]) -> None:
        """Do it, and count it as `what`."""
        self._times.append((time.time_ns(), what))
        if (words := work()) is None:
            self.noise.done[what] += 1
        else:
            self.noise.failed[what] += 1
            self.noise.words[what] = words
        self._times.append((time.time_ns(), Done(IDLE, HOST)))

    def _pod(self) -> None:
        pod = self._containerd.pods.run("noise")
        container = self._containerd.pods.start(pod, "app")
        for _ in range(3):
            self._containerd.pods.execute(container, "true")
        self._containerd.pods.remove(pod.id)

    def settle(self) -> None:
        """Count what was said up to a deed that is always found."""
        mark = deeds.marker()
        deeds.read_absolute(mark)
        self._agent.alerts.wait(mark, 60)
        lines = self._agent.alerts.all()
        for line in lines[self._read :]:
            if mark not in line.text:
                self._count(json.loads(line.text))
        self._read = len(lines)

    def _count(self, alert: dict[str, Any]) -> None:
        fields = alert["output_fields"]
        if not any(fields.get(f"proc.apid[{n}]") == self._head for n in range(1, ANCESTORS + 1)):
            self.noise.others[alert["rule"]] += 1
            return
        self.noise.told.append(alert["output"])
        names = ("fs.path.name", "fd.name", "fs.path.target", "fs.path.source")
        touched = next((fields[key] for key in names if fields.get(key)), "")
        by = f"{fields.get('proc.exepath')} {touched}".strip()
        self.noise.fired[Fired(self._at(fields["evt.time"]), alert["rule"], alert["priority"], by)] += 1

    def _at(self, moment: int) -> Done:
        """What was done then."""
        began = [done for start, done in self._times if start <= moment]
        return began[-1] if began else Done(IDLE, HOST)


@contextmanager
def watched(head: int) -> Iterator[Watch]:
    """While it watches. At the end everything that was said is counted. `head`: the pid of the family's
    head.
    """
    marks = "%evt.time " + " ".join(f"%proc.apid[{n}]" for n in range(1, ANCESTORS + 1))
    arguments: Sequence[str | pathlib.Path] = (
        "--output", "json", "--append-output", marks, "--outputs-stdout-minimum-priority", "notice",
    )  # fmt: skip
    with runtime.running() as containerd:
        with watching(*arguments, "--cri-socket", containerd.socket) as agent:
            watch = Watch(agent, containerd, head)
            began = time.monotonic()
            yield watch
            watch.noise.seconds = time.monotonic() - began
            watch.settle()
        watch.noise.summary, watch.noise.lost = _summary(agent)


def _summary(agent: Agent) -> tuple[str, str]:
    """The agent's last words on what it saw: `193 events in 4 s, 5 alerts, nothing lost`; and what follows
    them.
    """
    said = [line.text for line in agent.notes.all()]
    at = max(number for number, line in enumerate(said) if " events in " in line)
    return said[at].removeprefix("lanner: "), "\n".join(said[at + 1 :])
