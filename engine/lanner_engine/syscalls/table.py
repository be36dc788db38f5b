# SPDX-License-Identifier: Apache-2.0
"""All rows: calls that are described by data alone, and those that have code of their own."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import (
    attributes,
    descriptors,
    flags,
    identities,
    looking,
    machine,
    memory,
    modules,
    mounts,
    names,
    own,
    processes,
    rights,
    sockets,
    transfers,
    waiting,
)
from lanner_engine.syscalls.arguments import Flags, Number
from lanner_engine.syscalls.call import Call

CALLS: Final[dict[str, Call]] = (
    names.CALLS
    | rights.CALLS
    | mounts.CALLS
    | descriptors.CALLS
    | sockets.CALLS
    | identities.CALLS
    | processes.CALLS
    | modules.CALLS
    | memory.CALLS
    | attributes.CALLS
    | transfers.CALLS
    | waiting.CALLS
    | looking.CALLS
    | machine.CALLS
)
EVERY: Final = own.CALLS | CALLS
# Of each call the parameters that are numbers in registers; of what makes a process the flags, which the
# kernel side finds out.
NUMBERS: Final[dict[str, dict[str, Number]]] = {
    name: found
    for name, call in CALLS.items()
    if (found := {one: what for one, what in call.parameters.items() if isinstance(what, Number)})
} | {name: {"flags": Flags(0, flags.CLONE)} for name in own.FORKS}
