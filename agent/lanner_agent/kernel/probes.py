# SPDX-License-Identifier: Apache-2.0
"""The probes: load the object, attach what the rules need, scan what runs already, hand over records.

In: the event types that rules want, and what they read of each. Out: records (bytes, bpf/wire/record.h) and
counters.
"""

from __future__ import annotations

import os
import pathlib
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import (
    actors,
    alarm,
    cgroup_mkdir,
    cgroups,
    heap,
    hooks,
    index,
    io_uring,
    kept,
    kept_maps,
    loader,
    loading,
    optional_programs,
    reads,
    record_layout,
    reentry,
    ring,
    room,
    run_times,
    scan,
    sifted,
    startup_cmdlines,
    syscall_bpf,
    tables,
    turned_away,
)
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.record import Record
from lanner_agent.kernel.record_layout import ReaderState
from lanner_engine.index.tables import Tables

ALWAYS: Final = ("process_exec", "process_fork", "process_exit")  # they keep what is known of processes
CGROUPS: Final = "cgroup_made"
TASKS: Final = "task_scan"
AT_ENTRY: Final = "syscall_enter"
AT_EXIT: Final = "syscall_exit"
BATCH_BYTES: Final = 64 << 10
WOKEN_AT: Final = 8  # parts of a ring: the reader is awake before the ring is shared out, at a quarter
EARLY_BYTES: Final = 32 << 20  # held while processes are scanned; more waits in the rings
LOST_CGROUPS_EVERY_S: Final = 1.0  # between looks at cgroups of which all records are lost
NAP_S: Final = 0.02  # while events come, those other than exec, fork and exit wait at most this long
_CONFIG: Final = record_layout.CONFIG
_CALL: Final = record_layout.CALL
_KEY: Final = struct.Struct("=I")
_COUNTERS: Final = record_layout.EVENTS * len(tables.REASONS)  # entries of the map
_OF_PROCESSES: Final = "paths and arguments of processes"
_OF_ALL: Final = "events"
_NOT_KEPT: Final = "left out of a record and not at hand"
_NO_NAMES: Final[actors.Names] = {}


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
        self,
        loaded: loader.Loaded,
        rings: ring.Rings,
        found: optional_programs.OptionalPrograms,
        scope: int = 0,
    ) -> None:
        self._loaded = loaded
        self._names = found.names
        self._requests = found.requests
        self._made = found.made
        self.weaker = found.weaker
        self._rings = rings
        self._scope = scope
        self._identify: cgroups.Identify | None = None
        self._early: list[Record] = []  # taken from the rings while processes were scanned
        self._alarm = alarm.Alarm(loaded.maps["reader"], loaded.maps["alarm"])
        self._busy = False  # whether records have come since the last nap
        self._index = index.Index(loaded.maps, self._settle)
        self.kept = kept.Kept(kept_maps.KeptMaps(loaded.maps, rings, self._settle))
        self._scanned: tuple[int, ...] = ()
        self._cgroups = cgroups.Cgroups(loaded.maps, self.kept)
        self._look_at = 0.0  # for cgroups that are not known
        self._turned_away = turned_away.Tally(loaded.maps["turned_away"], self._cgroups.origins.get)
        self._programs = reentry.Programs(loaded.programs, loaded.maps)
        for number, one in enumerate(rings.rings):
            syscall_bpf.map_update(self._loaded.maps["rings"], _KEY.pack(number), _KEY.pack(one.fd))
        self._wanted = reads.Wanted()
        self._marks: tuple[int, ...] = ()
        self._describe(frozenset(), frozenset())

    @classmethod
    def load(cls, report: loading.Report = lambda *_: None, scope: pathlib.Path | None = None) -> Probes:
        """Load every program into the kernel, attach nothing yet. Raises KernelError with what is missing.

        `scope`: a cgroup in the hierarchy that names containers; of processes elsewhere nothing is reported.
        """
        return cls.from_loaded(*loading.load(report), scope)

    @classmethod
    def from_loaded(
        cls,
        loaded: loader.Loaded,
        found: optional_programs.OptionalPrograms,
        scope: pathlib.Path | None = None,
    ) -> Probes:
        """The same of programs that are loaded already; they belong to it from now on."""
        try:
            return cls(loaded, ring.create(*room.here().sizes), found, scope.stat().st_ino if scope else 0)
        except BaseException:
            loaded.close()
            raise

    def subscribe(
        self, succeeded: frozenset[str], failed: frozenset[str], fields: reads.Fields = reads.NO_FIELDS
    ) -> None:
        """Report these events from now on, by how they ended, each with what its `fields` are read from.
        Attaches what is needed for them and detaches nothing.
        """
        self._want(reads.Wanted(succeeded, failed, fields))

    def subscribe_also(self, succeeded: frozenset[str], failed: frozenset[str], fields: reads.Fields) -> None:
        """The same, and all that was wanted before. When it returns, records that know less are only among
        those that wait.
        """
        self._want(self._wanted | reads.Wanted(succeeded, failed, fields))
        self._settle()
        self._marks = self._rings.marks()

    def narrow(self) -> bool:
        """Whether records from before the last `subscribe_also` wait, which may know less than it asks."""
        return not self._rings.passed(self._marks)

    def hold_back(
        self,
        classes: Tables | None,
        identify: cgroups.Identify = lambda path: None,
        names: actors.Names = _NO_NAMES,
    ) -> str:
        """Report only events that these tables leave possible, from now on; None: all that are wanted.

        Returns why all of them are reported nevertheless, else nothing.

        `identify`: cgroup path -> id of a container, None on the host; asked once for each cgroup. `names`:
        what users of the host are called; others may have any name.
        """
        self._identify = identify if classes is not None else None
        return self._index.fill(classes, names)

    @property
    def generation(self) -> int:
        """The number of the tables in force, which records tell; 0: none are."""
        return self._index.generation

    def tell_apart(self, identify: cgroups.Identify) -> None:
        """The same without tables: whose events they are is known by container."""
        self._identify = identify

    def new_cgroups(self) -> cgroup_mkdir.NewCgroups:
        """Cgroups that are made from now on; to be closed before this is."""
        made = cgroup_mkdir.NewCgroups(os.dup(self._loaded.maps["births"]))
        self._attach(CGROUPS)
        return made

    def with_resolved_paths(self) -> frozenset[str]:
        """The events whose paths are those the kernel took, since `subscribe`."""
        return self._names.known(self._loaded.attached)

    def why_paths_untrusted(self, wanted: frozenset[str]) -> str:
        """Why the paths of some of these events can be changed by another thread before they are read; empty
        when none can.
        """
        return self._names.why if wanted & hooks.EVENTS - self.with_resolved_paths() else ""

    def why_io_uring_unseen(self, wanted: frozenset[str]) -> str:
        """Why io_uring can do the work of some of these calls unseen; empty when it cannot."""
        hidden = wanted & io_uring.EVENTS and not self._requests.absent
        return self._requests.why if hidden else ""

    def scan(self) -> int:
        """Learn of the processes that ran before; after `subscribe`, so that none is missed. How many."""
        names = ("execs", "images", "strings", "long_strings")
        maps = startup_cmdlines.Maps(*(self._loaded.maps[name] for name in names))
        try:
            return scan.run(maps, self._loaded.attach(TASKS), self._take_early)
        finally:
            self._loaded.detach(TASKS)
            heap.give_back()  # the end of what only the start needs
            self._settle()
            self._scanned = self._rings.marks()

    def wait(self, timeout_s: float) -> bool:
        """Sleep until there are records (True), the time is over or `wake` is called (False). The first
        record after a rest ends the sleep at once; while more come they are gathered. A full batch does not
        wait.
        """
        if self._early or self._is_full():
            return True
        until = time.monotonic() + timeout_s
        woken = self._busy and not self._alarm.wait(ReaderState.NAPS, min(timeout_s, NAP_S), self._is_full)
        while not woken and not self._holds_any() and (rest := until - time.monotonic()) > 0:
            woken = not self._alarm.wait(ReaderState.SLEEPS, rest, self._holds_any)
        self._busy = self._holds_any()
        return self._busy

    def wake(self) -> None:
        """End `wait`, or the next one; for other threads and signal handlers."""
        self._alarm.wake()

    def drain(self) -> list[Record]:
        """Take what waits in the rings, in the order of time. Those taken before must be decoded."""
        early, self._early = self._early, []
        if not early:
            self._turn()
        found = early or self._rings.drain()
        if self._identify is not None:
            self._learn(found, self._identify)
        return found

    def counters(self) -> tuple[Counter, ...]:
        """Everything that went wrong so far, nonzero ones only."""
        counted = tuple(c for c in self.totals() if c.reason not in tables.PROGRESS)
        passed = self._programs.passed_over()
        missed, overtaken = self.kept.missed, self._rings.overtaken
        return (
            *counted,
            *(Counter(p.what, reentry.PASSED_OVER, p.times, p.lost) for p in passed),
            *((Counter(_OF_PROCESSES, _NOT_KEPT, missed, False),) if missed else ()),
            *((Counter(_OF_ALL, ring.OVERTAKEN, overtaken, False),) if overtaken else ()),
        )

    def totals(self) -> tuple[Counter, ...]:
        """All nonzero counters, those of events seen, held back and sent too."""
        values = self._counted()
        return tuple(
            Counter(event, reason, value, reason in tables.LOSSES)
            for event, number in tables.EVENTS.items()
            for index, reason in enumerate(tables.REASONS)
            if (value := values[number * len(tables.REASONS) + index])
        )

    def sifted(self) -> tuple[sifted.Sifted, ...]:
        """What the index held back of the events of each type, all so far; from any thread."""
        return sifted.by_event_type(self._counted())

    def run_times(self) -> tuple[run_times.RunTime, ...]:
        """How long each program ran, where the kernel counts it; from any thread."""
        return run_times.of(self._loaded.programs)

    def waiting(self) -> int:
        """Bytes of records that wait in the rings; from any thread."""
        return self._rings.waiting()

    @property
    def ring_bytes(self) -> int:
        """Bytes that all rings hold."""
        return sum(one.size for one in self._rings.rings)

    def crowded(self) -> tuple[turned_away.TurnedAway, ...]:
        """Whose events were turned away for the sake of others, all so far; from any thread."""
        return self._turned_away.read()

    def map_fd(self, name: str) -> int:
        """Descriptor of a map, for tests and measurements; borrowed."""
        return int(self._loaded.maps[name])

    def verified(self) -> dict[str, int]:
        """How many instructions the verifier went through, by program."""
        fds = self._loaded.programs
        return {name: int(syscall_bpf.program_info(fd).verified_insns) for name, fd in fds.items()}

    def close(self) -> None:
        """Detach and unload everything."""
        self._alarm.close()
        self._rings.close()
        self._loaded.close()

    def _want(self, wanted: reads.Wanted) -> None:
        succeeded, failed = wanted.succeeded, wanted.failed
        keys = b"".join(map(_KEY.pack, range(record_layout.EVENTS)))
        values = b"".join(reads.packed(wanted.fields))
        syscall_bpf.map_update_all(self._loaded.maps["reads"], keys, values, record_layout.EVENTS)
        config = _CONFIG.pack(
            tables.wanted(succeeded),
            self._scope,
            os.getpid(),
            len(self._rings.rings) - 1,
            tables.hierarchy(),
            self._rings.rings[-1].size // WOKEN_AT,
            bool(self._programs.behind),
        )
        syscall_bpf.map_update(self._loaded.maps["configuration"], _KEY.pack(0), config)
        self._describe(succeeded, failed)
        for name in ALWAYS:
            self._attach(name)
        if "unshare" in succeeded and wanted.fields.get("unshare", frozenset()) & tables.CAPABILITIES:
            self._attach(AT_ENTRY)
        if (succeeded - tables.EXECS | failed) & tables.AT_SYSCALL_EXIT:
            self._attach(AT_EXIT)
            self._follow(wanted)
        if (succeeded | failed) & io_uring.EVENTS:
            for hook in self._requests.hooks:
                self._attach(hook.program)
            self._note_files(succeeded)
        self._wanted = wanted

    def _learn(self, found: list[Record], identify: cgroups.Identify) -> None:
        self._cgroups.learn(found, identify)
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOST_CGROUPS_EVERY_S
            self._cgroups.learn_unmet(identify)

    def _counted(self) -> Sequence[int]:
        return syscall_bpf.map_totals(self.map_fd("counters"), _COUNTERS)

    def _holds_any(self) -> bool:
        return self._rings.waiting() > 0

    def _turn(self) -> None:
        """All records that were handed over are decoded."""
        if self._scanned and self._rings.passed(self._scanned):
            self._scanned = ()
            self.kept.open()
        self.kept.turn()

    def _is_full(self) -> bool:
        """Whether a batch is."""
        return self._rings.waiting() >= BATCH_BYTES

    def _take_early(self) -> None:
        """Make room in the rings; a flood must not fill this process' memory instead."""
        if sum(map(len, self._early)) < EARLY_BYTES:
            self._early += self._rings.drain()

    def _settle(self) -> None:
        """Putting a ring in its own place waits until every program that runs now has ended."""
        ring_fd = _KEY.pack(self._rings.rings[0].fd)
        syscall_bpf.map_update(self._loaded.maps["rings"], _KEY.pack(0), ring_fd)

    def _follow(self, wanted: reads.Wanted) -> None:
        """Keep the kernel's names of these calls; behind AT_EXIT, which takes what is kept."""
        for hook in self._names.hooks:
            if hooks.is_asked(hook, wanted.succeeded | wanted.failed, wanted.fields):
                try:
                    self._attach(hook.program)
                except KernelError as error:
                    self._names = hooks.Available(self._names.hooks, error.headline)
        self._describe(wanted.succeeded, wanted.failed)

    def _note_files(self, succeeded: frozenset[str]) -> None:
        """As soon as io_uring has made them, where the kernel takes programs on its functions."""
        for hook in self._made.hooks:
            if hook.events & succeeded:
                with suppress(KernelError):
                    self._attach(hook.program)

    def _describe(self, succeeded: frozenset[str], failed: frozenset[str]) -> None:
        named = self.with_resolved_paths()
        for number, fields in tables.described(succeeded, failed, named):
            syscall_bpf.map_update(self._loaded.maps["calls"], _KEY.pack(number), _CALL.pack(*fields))
        for number, fields in tables.described_compat(succeeded, failed, named):
            syscall_bpf.map_update(self._loaded.maps["compat_calls"], _KEY.pack(number), _CALL.pack(*fields))

        for opcode, fields in io_uring.described(succeeded, failed):
            syscall_bpf.map_update(self._loaded.maps["request_calls"], _KEY.pack(opcode), _CALL.pack(*fields))

    def _attach(self, name: str) -> None:
        self._loaded.attach(name)
        if name in self._programs.behind:
            self._loaded.attach(self._programs.behind[name])
