# SPDX-License-Identifier: Apache-2.0
"""What the programs are told before they run: event names and numbers, this machine's system call numbers,
the cgroup hierarchy that names containers.
"""

from __future__ import annotations

import pathlib
import platform
from collections.abc import Iterator
from typing import Final

from lanner_agent.kernel import calls, compat, hooks, record_layout
from lanner_agent.kernel.calls import Call
from lanner_agent.kernel.record_layout import Event, Hierarchy, NameKeeper, Outcome, Reason
from lanner_engine.syscalls import own

# Those that have code of their own.
OWN_EVENTS: Final = {event.name.lower(): event.value for event in Event if Event.NONE < event < Event.CALLS}
EVENTS: Final = OWN_EVENTS | {name: Event.CALLS + at for at, name in enumerate(calls.CALLS)}
# Reported by the hook of all system calls' ends; the others have their own. A failed exec is an end too.
EXECS: Final = own.EXECS.keys()
NOTHING: Final[frozenset[str]] = frozenset()
OPENS: Final = own.OPENS.keys()
AT_SYSCALL_EXIT: Final = EXECS | OPENS | calls.CALLS.keys()
# What is known only by a look at the calls' beginning, where a call changes it.
CAPABILITIES: Final = frozenset(f"thread.cap_{which}" for which in ("permitted", "effective", "inheritable"))
_UNKNOWN: Final = Call()  # nothing is said of its arguments

# What a user reads.
_WORDS: Final = {
    Reason.SEEN: "seen",
    Reason.SENT: "sent",
    Reason.RING_FULL: "ring full",
    Reason.SCRATCH_BUSY: "buffer busy",
    Reason.COMPAT: "32-bit system call",
    Reason.ARGS_CUT: "arguments longer than 4 KiB",
    Reason.ARGS_FAULT: "arguments not in memory",
    Reason.ENV_FAULT: "environment not in memory",
    Reason.STRINGS_FULL: "no room for path or arguments",
    Reason.STRINGS_SHARE: "path or arguments beyond its share",
    Reason.STORAGE_FULL: "no task storage",
    Reason.PATH_CUT: "path too long",
    Reason.RECORD_CUT: "record too long",
    Reason.FILE_GONE: "descriptor closed meanwhile",
    Reason.MESSAGES: "message beyond the 16th of a call",
    Reason.NAME_UNSURE: "name as the process had it at the end",
    Reason.REQUEST_LATE: "io_uring request seen only at its end",
    Reason.REQUEST_UNKEPT: "no room to keep an io_uring request",
    Reason.REQUEST_ORPHAN: "io_uring request that ended without its process",
    Reason.LINEAGE_CUT: "more ancestors than a record holds",
    Reason.BEYOND_SHARE: "beyond its share",
    Reason.HELD_BACK: "held back",
}
REASONS: Final = tuple(_WORDS[Reason(number)] for number in range(record_layout.REASONS))
PROGRESS: Final = frozenset(_WORDS[one] for one in (Reason.SEEN, Reason.SENT, Reason.HELD_BACK))
# Whole events that never reached user space.
_LOST: Final = (
    Reason.RING_FULL,
    Reason.SCRATCH_BUSY,
    Reason.COMPAT,
    Reason.MESSAGES,
    Reason.REQUEST_ORPHAN,
    Reason.BEYOND_SHARE,
)
LOSSES: Final = frozenset(_WORDS[one] for one in _LOST)

# The controllers of cgroup v1, in the order of preference.
HIERARCHIES: Final = {one.name.lower(): one.value for one in Hierarchy if one != Hierarchy.UNIFIED}


def wanted(event_types: frozenset[str]) -> int:
    """Bit n is set when event n is among the types; of events that have a hook of their own only."""
    return sum(1 << OWN_EVENTS[name] for name in event_types if name in OWN_EVENTS)


def described(
    succeeded: frozenset[str], failed: frozenset[str], named: frozenset[str] = NOTHING
) -> Iterator[tuple[int, record_layout.Call]]:
    """System call number of this machine -> its struct call, for every call that is known.

    The hook of all calls' ends reports those that are named, by how they ended; execs that succeed and forks
    have hooks of their own. A number that only 32-bit calls have is event 0 here. The paths of those in
    `named` are kept by hooks.
    """
    machine = platform.machine()
    numbered = compat.NATIVE.get(machine, {})
    asked = _asked_by_compat(succeeded, failed)
    for number in numbered.keys() | asked.keys():
        name = numbered.get(number, "")
        outcome = _outcome(name, succeeded, failed)
        how = Outcome.COUNTED if outcome and number in compat.X32_COUNTED else 0
        call = calls.CALLS.get(name, _UNKNOWN)
        yield (
            number,
            fields(
                EVENTS.get(name, 0),
                outcome | how,
                call,
                compat=asked.get(number, False),
                keeper=hooks.keeper(name) if name in named else None,
            ),
        )


def described_compat(
    succeeded: frozenset[str], failed: frozenset[str], named: frozenset[str] = NOTHING
) -> Iterator[tuple[int, record_layout.Call]]:
    """The same for the 32-bit calls of this machine."""
    machine = platform.machine()
    counted = compat.COUNTED.get(machine, {})
    for number, name in (compat.READ.get(machine, {}) | counted).items():
        outcome = _outcome(name, succeeded, failed)
        how = Outcome.COUNTED if outcome and number in counted else 0
        call = calls.CALLS.get(name, _UNKNOWN)
        keeper = hooks.keeper(name) if name in named else None
        yield number, fields(EVENTS[name], outcome | how, call, keeper=keeper)


def _outcome(name: str, succeeded: frozenset[str], failed: frozenset[str]) -> int:
    """How a call must end for the hook of all calls' ends to report it."""
    if name not in AT_SYSCALL_EXIT:
        return 0
    return Outcome.SUCCEEDED * (name in succeeded - EXECS) | Outcome.FAILED * (name in failed)


def _asked_by_compat(succeeded: frozenset[str], failed: frozenset[str]) -> dict[int, bool]:
    """Every number a 32-bit task may have in its register for a known call -> whether a rule wants it."""
    asked: dict[int, bool] = {}
    for at, (_, outcome, *_) in described_compat(succeeded, failed):
        number = compat.SOCKETCALL if at > compat.SOCKETCALLS else at
        asked[number] = asked.get(number, False) or bool(outcome)
    return asked


def fields(
    event: int, outcome: int, call: Call, *, compat: bool = False, keeper: NameKeeper | None = None
) -> record_layout.Call:
    """The end of a call whose names are kept is looked at however it ends: what was kept of it must go."""
    reported = outcome if keeper is not None and not outcome & Outcome.COUNTED else 0
    return record_layout.Call(
        event=event,
        wanted=outcome | (Outcome.SUCCEEDED | Outcome.FAILED if reported else 0),
        descriptor=call.descriptor,
        path_0=call.path[0],
        path_1=call.path[1],
        base_0=call.base[0],
        base_1=call.base[1],
        string=call.string,
        beside=call.beside,
        address=call.address,
        message=call.message,
        messages=call.messages,
        buffer=call.buffer,
        listener=call.listener,
        given=call.given,
        before=call.before,
        compat=compat,
        named=reported,
        keeper=keeper or 0,
        moves=call.moves,
        on_file=call.on_file,
    )


def hierarchy(own: pathlib.Path = pathlib.Path("/proc/self/cgroup")) -> int:
    """Whose cgroup path names containers: a controller of v1 where one is mounted, else v2 (cgroups(7))."""
    mounted: set[str] = set()
    for line in own.read_text("utf-8", "replace").splitlines():
        number, controllers, _ = line.split(":", 2)
        if number != "0":
            mounted.update(controllers.split(","))
    return next((value for name, value in HIERARCHIES.items() if name in mounted), Hierarchy.UNIFIED.value)
