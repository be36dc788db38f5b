# SPDX-License-Identifier: Apache-2.0
"""Classes of events: what the kernel knows when an event of the class happens, as one row for alike events.

The index in the kernel has one set of tables for each class.
"""

from __future__ import annotations

from lanner_engine.fields.tables.event_names import EVENT_NAMES

OTHER = "other"

_NAMES = {
    "exec": "execve execveat",
    "fork": "clone clone3 fork vfork",
    "exit": "procexit",
    "open": "creat open open_by_handle_at openat openat2",
    "path": """
        chmod chown fchmod fchmodat fchmodat2 fchown fchownat ftruncate lchown link linkat mkdir mkdirat mknod
        mknodat rename renameat renameat2 rmdir symlink symlinkat truncate unlink unlinkat
        """,
    "socket": """
        accept accept4 bind connect listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto socket
        """,
}

_NAMED = {name: frozenset(text.split()) for name, text in _NAMES.items()}

CLASSES: dict[str, frozenset[str]] = {**_NAMED, OTHER: EVENT_NAMES - frozenset().union(*_NAMED.values())}
CLASS_OF = {event_type: name for name, members in CLASSES.items() for event_type in members}


def split(event_types: frozenset[str]) -> dict[str, frozenset[str]]:
    """The events of each class that has any of them."""
    return {name: found for name, members in CLASSES.items() if (found := members & event_types)}
