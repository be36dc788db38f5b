# SPDX-License-Identifier: Apache-2.0
"""The probes: load the object, attach what the rules need, scan what runs already, hand over records.

In: the event types that rules want. Out: records (bytes, bpf/record.h) and counters. Called by cli, for the
pipeline.
"""

from __future__ import annotations

import os
import pathlib
import select
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import (
    ancestry,
    arguments,
    births,
    hooks,
    index,
    loader,
    optional,
    record_layout,
    requests,
    requirements,
    ring,
    scan,
    seconds,
    syscall_bpf,
    tables,
)
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.record import Record
from lanner_engine.index.tables import Tables

OBJECT: Final = pathlib.Path(__file__).with_name("lanner.bpf.o")
ALWAYS: Final = ("process_exec", "process_fork", "process_exit")  # they keep what is known of processes
CGROUPS: Final = "cgroup_made"
TASKS: Final = "task_scan"
AT_ENTRY: Final = "syscall_enter"
AT_EXIT: Final = "syscall_exit"
RINGS_MAX: Final = record_layout.RINGS - 1  # besides that of processes' life
LIFE_BYTES: Final = 4 << 20  # of the ring for exec, fork and exit
# Small machines have few rings and as bursty a life: theirs are larger. CPU pairs at most -> bytes of a ring.
RING_BYTES: Final = ((1, 32 << 20), (3, 16 << 20), (RINGS_MAX, 8 << 20))
BATCH_BYTES: Final = 64 << 10
EARLY_BYTES: Final = 32 << 20  # held while processes are scanned; more waits in the rings
ROUND_S: Final = 0.02  # records other than exec, fork and exit wait for the reader at most this long
_CONFIG: Final = record_layout.CONFIG
_CALL: Final = record_layout.CALL
_KEY: Final = struct.Struct("=I")
_COUNTERS: Final = record_layout.EVENTS * len(tables.REASONS)  # entries of the map

Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Counter:
    """How often `reason` happened to events of `event_class` (a type, or what seconds.Passed names): they
    are `lost`, or known in part.
    """

    event_class: str
    reason: str
    value: int
    lost: bool


class Probes:
    """Loaded programs and their rings. Make it with `load`, end it with `close`."""

    def __init__(
        self, loaded: loader.Loaded, rings: ring.Rings, found: optional.OptionalPrograms, scope: int = 0
    ) -> None:
        self._loaded = loaded
        self._names = found.names
        self._requests = found.requests
        self._rings = rings
        self._scope = scope
        self._identify: index.Identify | None = None
        self._early: list[Record] = []  # taken from the rings while processes were scanned
        self._epoll = select.epoll()
        self._index = index.Index(loaded.maps, self._settle)
        self._programs = seconds.Programs(loaded.programs, loaded.maps)
        for number, one in enumerate(rings.rings):
            self._epoll.register(one.fd, select.EPOLLIN | (select.EPOLLET if number else 0))
            syscall_bpf.map_update(self._loaded.maps["rings"], _KEY.pack(number), _KEY.pack(one.fd))
        self._describe(frozenset(), frozenset())

    @classmethod
    def load(cls, report: Report = lambda *_: None, scope: pathlib.Path | None = None) -> Probes:
        """Load every program into the kernel, attach nothing yet. Raises KernelError with what is missing.

        `scope`: a cgroup in the hierarchy that names containers; of processes elsewhere nothing is reported.
        """
        report("looking at this kernel", 0, 4)
        refusal = requirements.refusal()
        if refusal is not None:
            raise refusal
        report("loading the kernel programs", 1, 4)
        loaded, found = loader.load(OBJECT, optional.available())
        try:
            return cls(loaded, _rings(), found, scope.stat().st_ino if scope else 0)
        except BaseException:
            loaded.close()
            raise

    def want(
        self, succeeded: frozenset[str], failed: frozenset[str], fields: frozenset[str] = frozenset()
    ) -> None:
        """Report these events from now on, by how they ended, with what these fields are read from. Attaches
        what is needed for them and detaches nothing.
        """
        config = _CONFIG.pack(
            tables.wanted(succeeded),
            self._scope,
            os.getpid(),
            len(self._rings.rings) - 1,
            tables.hierarchy(),
            self._rings.rings[-1].size // 2,
            tables.facts(fields),
            ancestry.ancestors(fields),
            ancestry.exepaths(fields),
            ancestry.args(fields),
            ancestry.creators(fields),
            bool(self._programs.behind),
        )
        syscall_bpf.map_update(self._loaded.maps["configuration"], _KEY.pack(0), config)
        self._describe(succeeded, failed)
        for name in ALWAYS:
            self._attach(name)
        if "unshare" in succeeded and fields & tables.CAPABILITIES:
            self._attach(AT_ENTRY)
        if (succeeded - tables.EXECS | failed) & tables.AT_SYSCALL_EXIT:
            self._attach(AT_EXIT)
            self._follow(succeeded, failed)
        if (succeeded | failed) & requests.EVENTS:
            for hook in self._requests.hooks:
                self._attach(hook.program)

    def hold_back(self, classes: Tables | None, identify: index.Identify = lambda path: None) -> str:
        """Report only events that these tables leave possible, from now on; None: all that are wanted.

        Returns why all of them are reported nevertheless, else nothing.

        `identify`: cgroup path -> id of a container, None on the host; asked once for each cgroup.
        """
        self._identify = identify if classes is not None else None
        return self._index.fill(classes)

    def births(self) -> births.Births:
        """Cgroups that are made from now on; to be closed before this is."""
        made = births.Births(os.dup(self._loaded.maps["births"]))
        self._attach(CGROUPS)
        return made

    def followed(self) -> frozenset[str]:
        """The events whose paths are those the kernel took, since `want`."""
        return self._names.known(self._loaded.attached)

    def unsure(self, wanted: frozenset[str]) -> str:
        """Why the paths of some of these events can be changed by another thread before they are read; empty
        when none can.
        """
        return self._names.why if wanted & hooks.EVENTS - self.followed() else ""

    def blind(self, wanted: frozenset[str]) -> str:
        """Why io_uring can do the work of some of these calls unseen; empty when it cannot."""
        hidden = wanted & requests.EVENTS and not self._requests.absent
        return self._requests.why if hidden else ""

    def scan(self) -> int:
        """Learn of the processes that ran before; after `want`, so that none is missed. How many."""
        names = ("execs", "images", "strings", "long_strings")
        maps = arguments.Maps(*(self._loaded.maps[name] for name in names))
        try:
            return scan.run(maps, self._loaded.attach(TASKS), self._take_early)
        finally:
            self._loaded.detach(TASKS)

    def wait(self, timeout_s: float) -> bool:
        """Sleep until there are records (True) or the time is over (False). A full batch does not wait."""
        if self._early or self._rings.waiting() >= BATCH_BYTES:
            return True
        rest = timeout_s
        while True:
            self._epoll.poll(min(rest, ROUND_S))
            if self._rings.waiting():
                return True
            rest -= ROUND_S
            if rest <= 0:
                return False

    def drain(self) -> list[Record]:
        """Take what waits in the rings, in the order of time."""
        early, self._early = self._early, []
        found = early or self._rings.drain()
        if self._identify is not None:
            for record in found:
                self._index.learn(record, self._identify)
        return found

    def counters(self) -> tuple[Counter, ...]:
        """Everything that went wrong so far, nonzero ones only."""
        counted = tuple(c for c in self.totals() if c.reason not in tables.PROGRESS)
        passed = self._programs.passed_over()
        return counted + tuple(Counter(p.what, seconds.PASSED_OVER, p.times, p.lost) for p in passed)

    def totals(self) -> tuple[Counter, ...]:
        """All nonzero counters, those of events seen and sent too."""
        values = syscall_bpf.map_totals(self.map_fd("counters"), _COUNTERS)
        return tuple(
            Counter(event, reason, value, reason in tables.LOSSES)
            for event, number in tables.EVENTS.items()
            for index, reason in enumerate(tables.REASONS)
            if (value := values[number * len(tables.REASONS) + index])
        )

    def map_fd(self, name: str) -> int:
        """Descriptor of a map, for tests and measurements; borrowed."""
        return int(self._loaded.maps[name])

    def verified(self) -> dict[str, int]:
        """How many instructions the verifier went through, by program."""
        fds = self._loaded.programs
        return {name: int(syscall_bpf.program_info(fd).verified_insns) for name, fd in fds.items()}

    def close(self) -> None:
        """Detach and unload everything."""
        self._epoll.close()
        self._rings.close()
        self._loaded.close()

    def _take_early(self) -> None:
        """Make room in the rings; a flood must not fill this process' memory instead."""
        if sum(map(len, self._early)) < EARLY_BYTES:
            self._early += self._rings.drain()

    def _settle(self) -> None:
        """Putting a ring in its own place waits until every program that runs now has ended."""
        ring_fd = _KEY.pack(self._rings.rings[0].fd)
        syscall_bpf.map_update(self._loaded.maps["rings"], _KEY.pack(0), ring_fd)

    def _follow(self, succeeded: frozenset[str], failed: frozenset[str]) -> None:
        """Keep the kernel's names of these calls; behind AT_EXIT, which takes what is kept."""
        for hook in self._names.hooks:
            if hook.events & (succeeded | failed):
                try:
                    self._attach(hook.program)
                except KernelError as error:
                    self._names = hooks.Available(self._names.hooks, error.headline)
        self._describe(succeeded, failed)

    def _describe(self, succeeded: frozenset[str], failed: frozenset[str]) -> None:
        named = self.followed()
        for number, fields in tables.described(succeeded, failed, named):
            syscall_bpf.map_update(self._loaded.maps["calls"], _KEY.pack(number), _CALL.pack(*fields))
        for number, fields in tables.described_compat(succeeded, failed, named):
            syscall_bpf.map_update(self._loaded.maps["compat_calls"], _KEY.pack(number), _CALL.pack(*fields))

        for opcode, fields in requests.described(succeeded, failed):
            syscall_bpf.map_update(self._loaded.maps["request_calls"], _KEY.pack(opcode), _CALL.pack(*fields))

    def _attach(self, name: str) -> None:
        self._loaded.attach(name)
        if name in self._programs.behind:
            self._loaded.attach(self._programs.behind[name])


def _rings() -> ring.Rings:
    pairs = min(RINGS_MAX, (syscall_bpf.possible_cpus() + 1) // 2)
    size = next(size for most, size in RING_BYTES if pairs <= most)
    return ring.create(LIFE_BYTES, *[size] * pairs)
