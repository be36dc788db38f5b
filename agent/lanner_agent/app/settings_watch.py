# SPDX-License-Identifier: Apache-2.0
"""The configuration's file changes -> what can be taken over is, and what needs a restart is said.

A thread waits, reads and checks beside the watch. A file with an error changes nothing: what was in force
stays so, with every reason said.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from lanner_agent.policy.files import fingerprint
from lanner_agent.policy.files.reload import RELOAD_PAUSE_S, SETTLE_S, Changes
from lanner_agent.publish import escape
from lanner_agent.settings import catalogue
from lanner_agent.settings.catalogue import Setting
from lanner_agent.settings.errors import SettingsError
from lanner_agent.settings.model import Settings
from lanner_agent.settings.reading import FILE, InForce
from lanner_engine import diagnostics
from lanner_engine.source import Diagnostic, RuleError

Take = Callable[[Settings], None]
_LOOKS: Final = 20  # until a file is read that is written without pause


class SettingsWatch:
    """From `with` on. `changes` belongs to it."""

    def __init__(
        self,
        command: str,
        read: Callable[[], InForce],
        found: InForce,
        say: Callable[[str], None],
        changes: Changes,
    ) -> None:
        self._takers: list[tuple[str, Take]] = []
        self._settings = catalogue.of(command)
        self._live = {one for one in self._settings if command in one.use.live}
        self._read, self._found, self._say, self._changes = read, found, say, changes
        self._path = found.file or FILE
        self._seen: fingerprint.Fingerprint = ()  # read once more: it may have changed since `found`
        self._counts = {"loaded": 0, "refused": 0}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lanner-settings", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._changes.wake()
        self._thread.join(1.0)
        self._changes.close()

    def on(self, top: str, take: Take) -> None:
        """`take` gets the settings when a live one below this first key changed. It may raise RuleError."""
        self._takers.append((top, take))

    def counts(self) -> Mapping[str, int]:
        """Changes of the file that were taken over, and that were refused."""
        return self._counts

    def _run(self) -> None:
        while not self._stop.is_set():
            self._changes.watch((self._path,))
            self._look()
            if self._changes.wait() and self._stop.wait(RELOAD_PAUSE_S):
                return

    def _look(self) -> None:
        now = fingerprint.take((self._path,))
        if now == self._seen:
            return
        for _ in range(_LOOKS):  # two looks in a row that agree, a second at most
            if self._stop.wait(SETTLE_S):
                return
            before, now = now, fingerprint.take((self._path,))
            if before == now:
                break
        self._seen = now
        try:
            self._take(self._read())
        except (SettingsError, RuleError) as error:
            self._refuse(error.diagnostics)
        except Exception as error:  # whatever is in a file, the watch goes on
            self._counts["refused"] += 1
            words = escape.shown(f"{type(error).__name__}: {error}")
            self._say(f"{self._path} not taken over: internal error, please report this: {words}")

    def _take(self, found: InForce) -> None:
        new, old = found.settings, self._found.settings
        changed = [one for one in self._settings if one.value(new) != one.value(old)]
        taken = [one for one in changed if one in self._live]
        tops = {one.keys[0] for one in taken}
        for take in [take for top, take in self._takers if top in tops]:
            take(new)
        self._found = found
        self._counts["loaded"] += bool(changed)
        for words, which in (
            ("taken over", taken),
            ("needs a restart", [one for one in changed if one not in self._live]),
        ):
            if which:
                self._say(f"{self._path}: {words}: {_names(which)}")

    def _refuse(self, found: Sequence[Diagnostic]) -> None:
        self._counts["refused"] += 1
        for one in found:
            self._say(diagnostics.render(one))
        self._say(f"{self._path} not taken over, what was in force stays so: fix the problems above")


def _names(settings: Sequence[Setting]) -> str:
    return ", ".join(one.key for one in settings)
