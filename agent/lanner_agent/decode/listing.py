# SPDX-License-Identifier: Apache-2.0
"""The events for people: every name that evt.type can be compared with, whether it is recorded, and its
parameters; as rows, chosen by a pattern, and as the page docs/reference/events.md.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from lanner_agent.decode.parameters import PARAMETERS
from lanner_engine.fields.globbing import glob
from lanner_engine.fields.tables import parameters
from lanner_engine.fields.tables.event_names import EVENT_NAMES, HOT, RECORDED

_WIDE = 110  # columns of the page's running text


@dataclass(frozen=True, slots=True)
class Row:
    """One event. `parameters` are `name:type`, in the order of evt.args; none where it is not recorded."""

    name: str
    recorded: bool
    hot: bool
    parameters: tuple[str, ...]


def rows(pattern: str = "") -> list[Row]:
    """The events whose name holds the pattern, in the order of names; a pattern with `*` or `?` is a glob."""
    return [_row(name) for name in sorted(EVENT_NAMES) if _wanted(name, pattern.lower())]


def _wanted(name: str, pattern: str) -> bool:
    if "*" in pattern or "?" in pattern:
        return glob(pattern.encode(), name.encode())
    return pattern in name


def _row(name: str) -> Row:
    named = PARAMETERS.get(name, {})
    return Row(
        name, name in RECORDED, name in HOT, tuple(f"{one}:{parameters.PARAMETERS[one]}" for one in named)
    )


def page() -> str:
    """docs/reference/events.md."""
    every = rows()
    recorded = [
        f"| `{row.name}`{' (hot)' * row.hot} | {', '.join(row.parameters)} |" for row in every if row.recorded
    ]
    others = ", ".join(f"`{row.name}`" for row in every if not row.recorded)
    folded = textwrap.fill(others, _WIDE, break_long_words=False, break_on_hyphens=False)
    return "\n".join([_HEAD, *recorded, "", _OTHERS, "", folded])


_HEAD = """\
# Events

Every name that `evt.type` can be compared with; `lanner fields --events [PATTERN]` prints the same. Made from
the tables in the code by `make reference`.

## Recorded

A condition and an output can name each parameter: `evt.arg.NAME` is its text, `evt.rawarg.NAME` its value, of
the type that stands behind it; `evt.args` has all of them in this order. `umount` and `mmap2` are calls of
32-bit programs only.

Those marked **hot** every program makes all the time, some a million times a second. They are events of the
rules that name them, in `evt.type` or `evt.type.is`, and of no others: a rule that leaves the type open, or
says what it is not, does not mean them. For a rule on one each call of it on the machine is looked at, and is
an event unless the kernel can tell by the rest of the condition that the rule is not true of it (`lanner
check --explain`): say which program, user or argument it is about. A rule on `close`, `read` or `write`
alone can cost a busy machine a CPU and fill the rings, so that others' events are lost; and what carries
alerts on (a terminal, a collector of logs) reads and writes too, so such a rule must leave it out.

What is not here of a call is not recorded: the bytes of `readv`, `preadv` and their like, the descriptors
that `pipe` makes or `poll` waits for, times, limits and structures that calls are given, the file behind the
descriptor of a `close`, which is gone when the call ends.

| event | parameters |
|---|---|"""
_OTHERS = """\
## Not recorded

A rule may name these; it never fires on them. `lanner check`, `lanner run` and the `warnings` in the status
of a FalcoRule or ClusterFalcoRule say so, with the place."""
