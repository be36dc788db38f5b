# SPDX-License-Identifier: Apache-2.0
"""Five things an attacker does in a container, each really done. Told by __main__ in this order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.containers.runtime import Containerd

# An executable /dev/shm, as a pod gets it from an emptyDir in memory; runtimes mount their own without exec.
OPTIONS = ("--mount", "type=tmpfs,src=tmpfs,dst=/dev/shm,options=mode=1777")


@dataclass(frozen=True, slots=True)
class Scene:
    """`command` is what is shown, `act` what is done; `alert` is a part of the line it must bring."""

    title: str
    command: str
    alert: str
    act: Callable[[Containerd, str], None]


def _terminal(containerd: Containerd, full_id: str) -> None:
    with containerd.exec_terminal(full_id, "sh") as terminal:
        terminal.run("id")


def _script(script: str) -> Callable[[Containerd, str], None]:
    def act(containerd: Containerd, full_id: str) -> None:
        containerd.execute(full_id, "sh", "-c", script)

    return act


def _scene(title: str, script: str, alert: str) -> Scene:
    return Scene(title, script, alert, _script(script))


SCENES = (
    Scene("Somebody enters a running container", "sh", "A shell was spawned", _terminal),
    _scene("looks at the password hashes", "cat /etc/shadow", "A sensitive file was opened"),
    _scene(
        "brings a program along and starts it",
        "cp /bin/busybox /tmp/id && /tmp/id",
        "A program that is not part of the image",
    ),
    _scene(
        "starts another one that never touches the disk",
        "cp /bin/busybox /dev/shm/uname && /dev/shm/uname",
        "A program was executed from shared memory",
    ),
    _scene("and wipes the traces", ": > /var/log/messages", "A log file was emptied"),
)
