# SPDX-License-Identifier: Apache-2.0
"""Five things an attacker does in a container, each really done. Told by __main__ in this order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """`command` is typed at `prompt`; `alert` is a part of the line it must bring."""

    title: str
    command: str
    alert: str
    prompt: str = "web-0 #"


ENTERING = Scene(
    "A person enters a running container", "ctr task exec -t web sh", "A shell was spawned", prompt="node #"
)
INSIDE = (
    Scene("looks at the password hashes", "cat /etc/shadow", "A sensitive file was opened"),
    Scene(
        "brings a program along and starts it",
        "cp /bin/busybox /tmp/id && /tmp/id",
        "A program that is not part of the image",
    ),
    Scene(
        "starts another one that never touches the disk",
        "cp /bin/busybox /dev/shm/uname && /dev/shm/uname",
        "A program was executed from shared memory",
    ),
    Scene("and wipes the traces", ": > /var/log/messages", "A log file was emptied or removed"),
)
