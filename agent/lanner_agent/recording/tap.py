# SPDX-License-Identifier: Apache-2.0
"""Beside the loop: every batch that is drained, and what the rest of the agent answered meanwhile.

What the loop's own thread asks (users, environments, the clock) is written before the batch whose events
asked it; what other threads came to know (containers, names of hosts) before the batch that follows. Nothing
is copied here: records never change.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from lanner_agent.decode.host_names import HostNames
from lanner_agent.decode.lookups import Lookups
from lanner_agent.decode.session import Session
from lanner_agent.enrich.accounts import Accounts
from lanner_agent.enrich.answers import Answer, Pending, Unknown
from lanner_agent.recording import wire
from lanner_agent.recording.items import (
    AccountsRead,
    Alerted,
    Batch,
    Clock,
    ContainerAnswer,
    End,
    EnvironmentRead,
    Forgotten,
    HostsResolved,
    Item,
    Rules,
    Strings,
)
from lanner_agent.recording.writer import Writer

_REMEMBERED: Final = 1024  # environments


class Ring(Protocol):
    """What is drained: kernel.probes.Probes."""

    def wait(self, timeout_s: float) -> bool: ...
    def wake(self) -> None: ...
    def drain(self) -> Sequence[bytes]: ...


class Tap:
    """The loop's ring in place of `ring`. Belongs to the loop's thread."""

    def __init__(self, ring: Ring, writer: Writer) -> None:
        self.wait: Final = ring.wait
        self.wake: Final = ring.wake
        self._ring = ring
        self._writer = writer
        self._answers: deque[tuple[bytes, Answer]] = deque()  # of other threads
        self._before: list[Item] = []  # what counts for the batch in hand, and before it
        self._batch: Batch | None = None
        self._alerts: list[Alerted] = []
        self._offset: int | None = None
        self._hosts: HostNames | None = None
        self._environments: OrderedDict[tuple[int, int], tuple[bytes, ...] | None] = OrderedDict()
        self._session: Session
        self._lookups: Lookups

    def follow(self, session: Session, lookups: Lookups) -> None:
        """Whose answers are recorded; `lookups` are those without the tap."""
        self._session, self._lookups = session, lookups
        _ = session.boot_offset  # so that it is known from the first record on
        session.kept.when_kept = self._kept
        session.kept.when_forgotten = self._forgotten

    def drain(self) -> Sequence[bytes]:
        """The batch before is judged by now."""
        self._hand_over()
        records = self._ring.drain()
        self._note_answers()
        if records or self._before:
            self._batch = Batch(time.monotonic_ns(), self._session.events, records)
        return records

    def environment(self, pid: int, start: int) -> tuple[bytes, ...] | None:
        """As the look-ups answer it."""
        answer = self._lookups.environment(pid, start)
        key = pid, start
        if key not in self._environments or self._environments[key] != answer:
            self._environments[key] = answer
            if len(self._environments) > _REMEMBERED:
                self._environments.popitem(last=False)
            self._before.append(EnvironmentRead(pid=pid, start=start, values=answer))
        return answer

    def accounts_read(self, container: bytes | None, accounts: Accounts) -> None:
        self._before.append(AccountsRead(container=container, accounts=accounts))

    def container_answered(self, full_id: bytes, answer: Answer) -> None:
        """From any thread."""
        self._answers.append((full_id, answer))

    def rules(self, rules: Rules) -> None:
        """In force for what is drained from now on."""
        self._hand_over()
        self._before.append(rules)

    def alerted(self, rule: str, time_ns: int) -> None:
        """A capture is wanted of this alert."""
        self._alerts.append(Alerted(rule=rule, time=time_ns))

    def close(self, lost: Mapping[str, int]) -> None:
        """After the last event. `lost`: events that the kernel lost, by what and why."""
        self._hand_over()
        self._writer.put([End(lost=lost)])
        self._writer.close()

    def _hand_over(self) -> None:
        offset = self._session.last_offset
        if offset != self._offset and offset:
            self._offset = offset
            self._before.append(Clock(offset=offset))
        batch, self._batch = self._batch, None
        if batch is not None or self._alerts:
            batches = [] if batch is None else list(_split(batch))
            items, self._before = self._before, []
            alerts, self._alerts = self._alerts, []
            self._writer.put([*items, *batches, *alerts])

    def _note_answers(self) -> None:
        while self._answers:
            full_id, answer = self._answers.popleft()
            self._before.append(_of_container(full_id, answer))
        hosts = self._lookups.host_names()
        if hosts is not self._hosts:
            self._hosts = hosts
            self._before.append(
                HostsResolved.model_construct(everywhere=hosts.everywhere, within=hosts.within)
            )

    def _kept(self, strings: Mapping[int, bytes]) -> None:
        self._before.append(Strings(strings))

    def _forgotten(self, numbers: frozenset[int]) -> None:
        self._before.append(Forgotten(numbers))


class Lookup:
    """The loop's look-ups in place of `lookups`: the same, and the tap hears what it has to."""

    def __init__(self, lookups: Lookups, tap: Tap) -> None:
        self.hostname: Final = lookups.hostname
        self.identify: Final = lookups.identify
        self.container: Final = lookups.container
        self.exec_session: Final = lookups.exec_session
        self.user: Final = lookups.user
        self.group: Final = lookups.group
        self.host_names: Final = lookups.host_names
        self.watcher: Final = lookups.watcher
        self.environment: Final = tap.environment


def _of_container(full_id: bytes, answer: Answer) -> ContainerAnswer:
    if isinstance(answer, Pending):
        return ContainerAnswer(full_id=full_id, known="pending", container=answer.container)
    if isinstance(answer, Unknown):
        return ContainerAnswer(
            full_id=full_id,
            known="unknown",
            container=answer.container,
            cause=answer.cause,
            reason=answer.reason,
        )
    return ContainerAnswer(full_id=full_id, known="container", container=answer)


def _split(batch: Batch) -> Iterator[Batch]:
    """Batches of at most MAX_BATCH bytes."""
    if sum(map(len, batch.records)) <= wire.MAX_BATCH:  # nearly always, and on the thread that watches
        yield batch
        return
    events, begin, size = batch.events, 0, 0
    for at, record in enumerate(batch.records):
        if size and size + len(record) > wire.MAX_BATCH:
            yield Batch(batch.at, events + begin, batch.records[begin:at])
            begin, size = at, 0
        size += len(record)
    yield Batch(batch.at, events + begin, batch.records[begin:])
