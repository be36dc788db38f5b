# SPDX-License-Identifier: Apache-2.0
"""Which bundles are tried, and which ended the agent: known before they are loaded, since after that it may
be too late. One small file beside the cached bundles; written whole, on the disk before a bundle is touched.

A bundle is on trial from before it is loaded until it has run for a minute, or the agent ends in good order.
An agent that finds one on trial when it starts was killed with it. That holds for the machine as it was:
started anew, under another version of the agent or with another memory limit a bundle may be tried again. The
one that ran last for a minute is not tried again: killing an agent later takes no rules out of force. Any
thread may use it.
"""

from __future__ import annotations

import json
import pathlib
import threading
from collections.abc import Callable
from typing import Any, Final

from lanner_agent.policy.bundle.cache import write_whole

FILE: Final = "trial"
BOOT: Final = pathlib.Path("/proc/sys/kernel/random/boot_id")
REMEMBERED: Final = 8  # bundles that killed; who alternates between more of them is tried again
MAX_BYTES: Final = 1 << 16


class Trials:
    """Bundles are named by the hash of what they hold: the same rules under another number are not newer. One
    that chooses nodes is another one for each choice (node_choice.trial).

    `under`: what a bundle ran under, besides this start of the machine. `killer` is the one that the agent
    before this one died with, "" for none.
    """

    def __init__(
        self, directory: pathlib.Path, owner: str, say: Callable[[str], None], under: str = ""
    ) -> None:
        self._path = directory / FILE
        self._owner = owner
        self._say = say
        self._lock = threading.Lock()
        self._under = f"{BOOT.read_text().strip()} {under}"
        self._problem = ""
        found = self._read()
        same = found.get("under") == self._under
        self._killed = [str(one) for one in found.get("killed", ()) if same][-REMEMBERED:]
        self._proven = str(found.get("proven", ""))
        self._trying: list[str] = []
        trying = [str(one) for one in found.get("trying", ()) if same]
        self.killer = trying[-1] if trying and trying[-1] != self._proven else ""
        if self.killer:
            self._killed = [*(one for one in self._killed if one != self.killer), self.killer][-REMEMBERED:]
            self._write()

    def killed(self, sha256: str) -> bool:
        """Whether an agent of this node died with it."""
        return sha256 in self._killed

    def begin(self, sha256: str) -> None:
        """It is about to be loaded. The proven one is noted too, since what was tried before it runs no
        longer.
        """
        with self._lock:
            others = [one for one in self._trying if one != sha256]
            self._trying = [*others, sha256][-REMEMBERED:]
            self._write()

    def end(self, sha256: str) -> None:
        """It was refused, or replaced by another, before it ran."""
        with self._lock:
            if sha256 in self._trying:
                self._trying.remove(sha256)
                self._write()

    def prove(self, sha256: str) -> None:
        """It ran long enough; what was tried before it did no harm either."""
        with self._lock:
            later = self._trying[self._trying.index(sha256) + 1 :] if sha256 in self._trying else self._trying
            self._proven, self._trying = sha256, later
            self._write()

    def end_all(self) -> None:
        """The agent ends in good order."""
        with self._lock:
            if self._trying:
                self._trying = []
                self._write()

    def _read(self) -> dict[str, Any]:
        """Nothing where there is nothing that can be understood: a bundle is tried once too often then."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        whole = isinstance(found, dict) and all(
            isinstance(found.get(key), list) for key in ("trying", "killed")
        )
        return found if whole and found.get("owner") == self._owner else {}

    def _write(self) -> None:
        state = {
            "owner": self._owner,
            "under": self._under,
            "trying": self._trying,
            "killed": self._killed,
            "proven": self._proven,
        }
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(state).encode())
        except OSError as error:
            problem = f"a bundle that kills the agent would be loaded again: {self._path}: {error.strerror}"
            if problem != self._problem:
                self._say(problem)
            self._problem = problem
