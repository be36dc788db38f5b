# SPDX-License-Identifier: Apache-2.0
"""Until when this node was watched, kept on its disk: what a start needs to say since when it was not.

One small file, written beside itself and renamed, so that an end by force leaves a whole one; not synced: the
page cache outlives the process, and after a crash of the machine an older moment, or none, is still true. The
times of one boot are told apart from those of another by the boot's id. What is read is not believed further
than that it has its shape: only root can write it.
"""

from __future__ import annotations

import json
import os
import pathlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

FILE: Final = "last-seen"
UNTOLD: Final = 16  # gaps that are kept until an Event tells of them
KILLS: Final = 16  # that are counted
_BOOT: Final = pathlib.Path("/proc/sys/kernel/random/boot_id")
_MAX_BYTES: Final = 16 << 10


class Why(StrEnum):
    """Of a time in which nothing, or not in time, was seen; the value is for people."""

    KILLED = "the agent was killed (by hand, or for want of memory) or died"
    ENDED = "the agent was ended and started anew"
    REBOOT = "the node was started anew"
    STOOD = (
        "the agent stood still (stopped, or without processor): what happened then is looked at late, and "
        "what did not fit into the kernel's rings is lost"
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """`since_boot`: ns of CLOCK_BOOTTIME; `wall`: ns since the epoch, which people and NTP may set."""

    boot: str
    since_boot: int
    wall: int


@dataclass(frozen=True, slots=True)
class Gap:
    """`begin` and `end`: ns since the epoch, by the clock as it is at the end."""

    begin: int
    end: int
    why: Why

    @property
    def seconds(self) -> float:
        return max(0, self.end - self.begin) / 1e9


@dataclass(frozen=True, slots=True)
class LastSeen:
    """`ended`: the agent ended as it was told to. `untold`: gaps that no Event tells of yet. `kills`: how
    many agents before this one were killed in a row, each before it had watched for a while. `starting`: the
    boot in which an agent began to start that did not watch yet, "" once it did; the moment is then that of
    the one before it.
    """

    moment: Moment
    ended: bool = False
    untold: tuple[Gap, ...] = ()
    kills: int = 0
    starting: str = ""


def present() -> Moment:
    return Moment(
        _BOOT.read_text("ascii").strip(), time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time_ns()
    )


def gap(before: LastSeen, after: Moment) -> Gap:
    """From the last moment of an earlier agent to the first of this one."""
    same = before.moment.boot == after.boot
    passed = after.since_boot - before.moment.since_boot if same else after.wall - before.moment.wall
    why = Why.ENDED if before.ended and same else Why.KILLED if same else Why.REBOOT
    return Gap(after.wall - max(0, passed), after.wall, why)


@dataclass(frozen=True, slots=True)
class LastSeenFile:
    """In the agent's state directory."""

    directory: pathlib.Path

    @property
    def path(self) -> pathlib.Path:
        return self.directory / FILE

    def read(self) -> LastSeen | None:
        """None where there is none, or nothing that can be read."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:
                return _parsed(json.loads(file.read(_MAX_BYTES)))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, seen: LastSeen) -> None:
        """Raises OSError."""
        fresh = self.path.with_name(f"{FILE}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(fresh, flags, 0o600), "wb") as file:
            file.write(json.dumps(_written(seen)).encode())
        os.replace(fresh, self.path)


def _written(seen: LastSeen) -> dict[str, Any]:
    moment = seen.moment
    return {
        "boot": moment.boot,
        "since_boot": moment.since_boot,
        "wall": moment.wall,
        "ended": seen.ended,
        "kills": seen.kills,
        "starting": seen.starting,
        "untold": [{"begin": one.begin, "end": one.end, "why": one.why.name} for one in seen.untold],
    }


def _parsed(written: Mapping[str, Any]) -> LastSeen:
    moment = Moment(str(written["boot"]), int(written["since_boot"]), int(written["wall"]))
    untold = tuple(
        Gap(int(one["begin"]), int(one["end"]), Why[one["why"]]) for one in written["untold"][-UNTOLD:]
    )
    kills = min(max(0, int(written.get("kills", 0))), KILLS)
    return LastSeen(moment, bool(written["ended"]), untold, kills, str(written.get("starting", "")))
