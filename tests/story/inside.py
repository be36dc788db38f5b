# SPDX-License-Identifier: Apache-2.0
"""Commands in one container, and what the agent said of that container."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.containers import runtime
from tests.story import deeds
from tests.story.agent import Agent

# The host's programs, lent to a container whose own image has only busybox.
LENT = ("/usr", "/lib", "/lib64", sys.base_prefix)
LENDING = tuple(
    word for path in LENT for word in ("--mount", f"type=bind,src={path},dst={path},options=rbind:ro")
)
PYTHON = f"{sys.base_prefix}/bin/python3"


class Inside:
    """A running container of the runtime that the agent asks."""

    def __init__(self, containerd: runtime.Containerd, agent: Agent, full_id: str) -> None:
        self._containerd, self._agent, self._id = containerd, agent, full_id
        self._told = 0

    def run(self, script: str) -> str:
        """What busybox' shell printed."""
        return self._containerd.execute(self._id, "sh", "-c", script)

    def command(self, *arguments: str) -> str:
        return self._containerd.execute(self._id, *arguments)

    def python(self, code: str, *arguments: str) -> str:
        """Needs LENDING. `libc` and `os` are there."""
        return self.command(PYTHON, "-c", f"import ctypes, os\nlibc = ctypes.CDLL(None)\n{code}", *arguments)

    def at_a_terminal(self, code: str) -> None:
        """The same, typed by somebody; it must succeed."""
        program = f"import ctypes, os\nlibc = ctypes.CDLL(None)\n{code}\nprint('it ' + 'is done')"
        with self._containerd.exec_terminal(self._id, PYTHON, "-c", program) as terminal:
            terminal.wait_for("it is done")

    def typed(self, code: str) -> None:
        """The same, typed into an interpreter that was started without any code."""
        with self._containerd.exec_terminal(self._id, PYTHON) as terminal:
            terminal.wait_for(">>> ")
            terminal.press(f"{code}; print('it ' + 'is done')\n")
            terminal.wait_for("it is done")

    def alert(self, pattern: str) -> str:
        """The first line about this container with the pattern in it."""
        return self._agent.alerts.wait(f"{pattern}.* container_id={self._id[:12]} ").text

    def said(self) -> list[str]:
        """Everything about this container since it was asked last: up to a deed that is always found."""
        mark = deeds.marker()
        self.run(f"cat /etc/shadow {mark} || true")
        self.alert(mark)
        lines = [line.text for line in self._agent.alerts.all()]
        fresh, self._told = lines[self._told :], len(lines)
        return [line for line in fresh if self._id[:12] in line and mark not in line]


@contextmanager
def furnished(
    containerd: runtime.Containerd, agent: Agent, made: str, capabilities: tuple[str, ...] = ()
) -> Iterator[Inside]:
    """A container with the host's programs and these capabilities, in which the script `made` has run."""
    added = (word for name in capabilities for word in ("--cap-add", f"CAP_{name}"))
    full_id = containerd.run("sleep", "1000", options=(*LENDING, *added))
    inside = Inside(containerd, agent, full_id)
    inside.run(made)
    yield inside
    containerd.remove(full_id)
