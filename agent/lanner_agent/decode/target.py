# SPDX-License-Identifier: Apache-2.0
"""Which process a call acts on, besides its own: a number that is a parameter, or a file below /proc that is
opened. Whether that is the agent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lanner_agent.decode.recorded import RecordedEvent

EVERYBODY: Final = -1  # for kill: all processes that the caller may signal
# Parameters by which a call names a process or one of its threads; with one of a group, both.
_NAMED: Final = {
    **dict.fromkeys(
        ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "ptrace", "process_vm_readv"), "pid"
    ),
    **dict.fromkeys(("process_vm_writev", "pidfd_open", "prlimit", "sched_setscheduler"), "pid"),
    **dict.fromkeys(("sched_setaffinity", "kcmp"), "pid"),
    "tkill": "tid",
}
CALLS: Final = frozenset(_NAMED)
_BY_FOLDER: Final = "pidfd_send_signal"  # takes a descriptor of /proc/PID for a handle
_BELOW_PROC: Final = re.compile(rb"(.*)/proc/(?:\d+/task/)?(\d+)/", re.DOTALL)  # of mounts with any name


def is_agent(event: RecordedEvent, arguments: Mapping[str, int | bytes]) -> bool:
    """Whether another process than the one that started it acts on the agent.

    `arguments` are the call's. The number is the caller's, of its own pid namespace. A path is the host's
    where the caller sees more than its own /proc, as with `/host/proc`.
    """
    process, watcher = event.process, event.watcher
    named = _NAMED.get(event.type)
    if named is not None:
        number = arguments.get(named)
        if number == EVERYBODY:
            found = process.uid == 0 and bool(watcher.numbers(process.pid_ns))
        else:
            found = number in watcher.numbers(process.pid_ns)
    else:
        found = _is_below(event)
    return found and not (process.pid_ns == watcher.namespace and watcher.is_parent(process.vpid))


def _is_below(event: RecordedEvent) -> bool:
    match = _BELOW_PROC.match(_path(event))
    if match is None:
        return False
    namespace = event.watcher.namespace if match[1] else event.process.pid_ns
    return int(match[2]) in event.watcher.numbers(namespace)


def _path(event: RecordedEvent) -> bytes:
    """Of the file that is opened; of the folder that stands for a process, with a slash behind it."""
    if event.type == _BY_FOLDER:
        return b"" if event.fd is None else (event.fd.name or b"") + b"/"
    return b"" if event.opened is None else event.opened.name or b""
