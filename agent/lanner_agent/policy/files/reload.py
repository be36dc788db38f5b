# SPDX-License-Identifier: Apache-2.0
"""Rule files that change -> new programs, made beside the hot path.

One thread waits for a change, looks at the files, reads, checks and compiles. The result waits in a slot
until the pipeline takes it between two events: one assignment, no lock on the hot path. A bad edit leaves the
slot empty and is told to `say`.
"""

from __future__ import annotations

import pathlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from lanner_agent.policy import change
from lanner_agent.policy.files import fingerprint, load, rule_files
from lanner_agent.policy.rule_source import Reloaded
from lanner_agent.policy.uncollected import uncollected
from lanner_engine import diagnostics
from lanner_engine.codegen.compile import Program
from lanner_engine.index import tables

RELOAD_PAUSE_S = 0.1  # between two looks while folders change all the time
SETTLE_S = 0.05  # editors that truncate and then write are done by then
SHOWN = 20  # diagnostics printed of one attempt


class Changes(Protocol):
    """A wait that changes of files end, or `wake`, from any thread and from a signal handler; False: neither
    did, and it is time for a look.
    """

    def watch(self, files: Iterable[pathlib.Path]) -> None: ...

    def wait(self) -> bool: ...

    def wake(self) -> None: ...

    def close(self) -> None: ...


class Reloader:
    """A RuleSource. `take` gives each new program once. `loaded` and `refused` count. `changes` belongs to it
    from now on. `sources` are those of the newest program.
    """

    def __init__(
        self,
        paths: Sequence[pathlib.Path],
        checked: load.Checked,
        program: Program,
        say: Callable[[str], None],
        changes: Changes,
    ) -> None:
        self.loaded = 0
        self.refused = 0
        self.sources = checked.sources
        self.ready: Callable[[], None] = lambda: None
        self._paths = tuple(paths)
        self._program = program
        self._say = say
        self._changes = changes
        self._wanted = checked.wanted
        self._slot: deque[Reloaded] = deque(maxlen=1)  # its append and popleft are atomic
        self._asked = 0  # only the asking thread writes it
        self._answered = 0
        self._stop = threading.Event()
        self._seen = checked.seen
        self._thread = threading.Thread(target=self._run, name="lanner-rules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; waits for a compilation in progress, at most a second."""
        self._stop.set()
        self._changes.wake()
        self._thread.join(1.0)
        self._changes.close()  # behind a stop nothing waits

    def ask(self) -> None:
        """Load now, changed or not (SIGHUP). Takes no lock: a signal handler may call it."""
        self._asked += 1
        self._changes.wake()

    def want(self, paths: Sequence[pathlib.Path], wanted: load.Wanted) -> None:
        """Load other files, or others of their rules."""
        self._wanted, self._paths = wanted, tuple(paths)
        self.ask()

    def take(self) -> Reloaded | None:
        """The newest program that was not taken yet."""
        return self._slot.popleft() if self._slot else None

    def confirm(self) -> None:
        """See RuleSource: what was taken was taken for good when it was compiled."""

    def keep(self, program: Program, why: str) -> None:
        """See RuleSource."""
        self._program = program
        self._refuse(why)

    def _run(self) -> None:
        told = changed = True
        while not self._stop.is_set():
            if told or changed:  # watched, then looked at: what changes in between ends the wait
                self._changes.watch(self._watched())
            changed = self._look()
            if told and self._stop.wait(RELOAD_PAUSE_S):
                return
            told = self._changes.wait()

    def _watched(self) -> Iterable[pathlib.Path]:
        """Every path that a user named, and the files it stands for now."""
        for path in self._paths:
            yield path
            with suppress(OSError):
                yield from rule_files.expand(path)[: rule_files.FILES]

    def _look(self) -> bool:
        """Whether there was something to load."""
        asked = self._asked
        now = fingerprint.take(self._paths)
        if now == self._seen and asked == self._answered:
            return False
        self._answered = asked
        self._seen = self._settled(now)
        try:
            with uncollected():
                self._load()
        except Exception as error:  # a rule that breaks the engine: the old rules stay in force
            self._refuse(f"internal error while loading them: {type(error).__name__}: {error}")
        return True

    def _settled(self, now: fingerprint.Fingerprint) -> fingerprint.Fingerprint:
        """Wait until two looks in a row agree, at most a second: files that change without pause are read as
        they are.
        """
        for _ in range(20):
            time.sleep(SETTLE_S)
            before, now = now, fingerprint.take(self._paths)
            if before == now:
                break
        return now

    def _load(self) -> None:
        checked = load.check(self._paths, self._wanted)
        for diagnostic in checked.diagnostics[:SHOWN]:
            self._say(diagnostics.render(diagnostic))
        if len(checked.diagnostics) > SHOWN:
            self._say(f"and {len(checked.diagnostics) - SHOWN} more: lanner check shows all")
        if not checked.ok:
            self._refuse("fix the problems above")
            return
        if checked.idle:
            self._say(f"{len(checked.idle)} of what is selected names no rule")
        program = load.compiled(checked)
        changed = change.describe(self._program.rules, program.rules)
        self._program, self.sources = program, checked.sources
        self.loaded += 1
        note = f"rules reloaded: {changed}; {change.number_of_rules(program)} in force"
        self._slot.append(Reloaded(program, note, tables.build(program.rules)))
        self.ready()

    def _refuse(self, why: str) -> None:
        self.refused += 1
        number = change.number_of_rules(self._program)
        self._say(f"rules not reloaded, the old ones stay in force ({number}): {why}")
