# SPDX-License-Identifier: Apache-2.0
"""Which of the cluster's rules are in force on this node, and why no newer ones are.

Stands between three threads: bundle_watch offers what it compiled, the hot thread takes it between two events
and says whether it is in force, the FalcoNode's writer reads `state`. No thread waits for another: each field
is written by one assignment.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lanner_agent.policy import change
from lanner_agent.policy.bundle import loaded
from lanner_agent.policy.bundle.loaded import Loaded, Origin
from lanner_agent.policy.rule_source import Reloaded
from lanner_apiserver.metrics.histogram import Histogram
from lanner_engine.codegen.compile import Matching, Program

REJECTED = "BundleRejected"
KILLED = "BundleKilledTheAgent"
NO_INDEX = "NoIndex"
DROPPED = 8  # bundles that the hot thread has not taken yet
PROPAGATION_S: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)


@dataclass(frozen=True, slots=True)
class RulesState:
    """`reason` is a condition's, `message` a sentence. `well`: the newest rules are those in force."""

    in_force: Loaded
    reason: str
    message: str

    @property
    def well(self) -> bool:
        return self.reason not in (REJECTED, KILLED)


class InForce:
    """A RuleSource. `loaded` and `refused` count bundles; `listeners` are told that `state` may differ.
    `matching`: how its programs are compiled. `propagation`: seconds from a bundle's being written to its
    being in force, of those that were written meanwhile.
    """

    def __init__(self, index: str, say: Callable[[str], None], matching: Matching = "first") -> None:
        self.matching = matching
        self.always: frozenset[str] = frozenset()  # fields that every alert has
        self.propagation = Histogram(PROPAGATION_S)
        self._began = time.time()
        self.loaded = 0
        self.refused = 0
        self.ready: Callable[[], None] = lambda: None
        self.since = 0.0  # seconds since the epoch: when what is in force came into force
        self.listeners: list[Callable[[], None]] = []
        self.dropped: deque[str] = deque(maxlen=DROPPED)  # trials of bundles that never ran
        self._index = index  # NAMESPACE/NAME of its ConfigMap, for messages
        self._say = say
        self._now: Loaded | None = None
        self._taken: Loaded | None = None
        self._newest = ""  # text of the index offered last
        self._problem = ""
        self._cause = REJECTED
        self._missing = False
        self._slot: deque[Loaded] = deque(maxlen=1)  # its append and popleft are atomic
        self._answered = threading.Event()

    # The main thread, then the hot one.

    def first(self, kept: Loaded | None, timeout_s: float) -> Program:
        """What to begin with: this node's last bundle, else the cluster's, else what is built in."""
        found = kept
        if found is None:
            self._answered.wait(timeout_s)
            found = self._slot.popleft() if self._slot else loaded.built_in(self.matching, self.always)
        self._put(found)
        self._say(f"rules: {found.name}, {change.number_of_rules(found.program)}")
        return found.program

    def take(self) -> Reloaded | None:
        """See RuleSource."""
        if not self._slot:
            return None
        self._taken = taken = self._slot.popleft()
        what = change.describe(self._now.program.rules if self._now else (), taken.program.rules)
        note = f"{taken.name} in force: {what}; {change.number_of_rules(taken.program)}"
        return Reloaded(taken.program, note, taken.tables)

    def confirm(self) -> None:
        """See RuleSource."""
        if self._taken is not None:
            # The same one was loaded anew, for other labels of the node.
            again = self._now is not None and self._now.index_text == self._taken.index_text
            self._put(self._taken)
            written = _written(self._taken)
            if written >= self._began and not again:
                self.propagation.observe(max(0.0, self.since - written))

    def keep(self, program: Program, why: str) -> None:
        """See RuleSource."""
        name = self._taken.name if self._taken else "the newest bundle"
        self._drop(self._taken)
        self._refuse(f"{name} cannot be put in force: {why}")

    # bundle_watch.

    def offer(self, found: Loaded) -> None:
        """Rules to take over at the next chance."""
        self._newest, self._missing = found.index_text, False
        self._empty()
        self._slot.append(found)
        self.answer()
        self.ready()

    def knows(self, index_text: str) -> bool:
        """Whether a bundle was offered already. One that is in force ends what was wrong meanwhile."""
        if self._now is not None and self._now.index_text == index_text:
            self._empty()
            self._put(replace(self._now, origin=Origin.BUNDLE), again=True)
            return True
        return index_text == self._newest and not self._missing

    def refuse(self, why: str, cause: str = REJECTED) -> None:
        """The newest bundle cannot be used; `cause` is a condition's reason."""
        self._missing, self._newest = False, ""
        self._refuse(why, cause)
        self.answer()

    def miss_index(self) -> None:
        """There is no index: the rules in force stay."""
        self._missing, self._problem, self._newest = True, "", ""
        self.answer()
        self._tell()

    def answer(self) -> None:
        """The wait for the first rules is over."""
        self._answered.set()

    # Any thread.

    @property
    def current(self) -> Loaded | None:
        """None before `first`."""
        return self._now

    def state(self) -> RulesState | None:
        """None before `first`."""
        now = self._now
        if now is None:
            return None
        if self._problem:
            return RulesState(now, self._cause, f"{self._problem}; {now.name} stays in force")
        if self._missing:
            return RulesState(now, NO_INDEX, f"there is no ConfigMap {self._index}; {now.name} in force")
        return RulesState(now, now.origin, f"{now.name} in force, {change.number_of_rules(now.program)}")

    def _empty(self) -> None:
        """The hot thread may take it in the same moment."""
        with contextlib.suppress(IndexError):
            self._drop(self._slot.popleft())

    def _drop(self, found: Loaded | None) -> None:
        """The same rules may be in force under another number."""
        dropped, now = found.trial if found else "", self._now.trial if self._now else ""
        if dropped and dropped != now:
            self.dropped.append(dropped)

    def _put(self, found: Loaded, again: bool = False) -> None:
        self._now = found
        if not again:
            self.since = time.time()
        if found.origin is Origin.BUNDLE:
            self._newest, self._problem, self._missing = found.index_text, "", False
            self.loaded += not again
        self._tell()

    def _refuse(self, why: str, cause: str = REJECTED) -> None:
        self._cause = cause
        if why != self._problem:
            self.refused += 1
            self._problem = why
            name = self._now.name if self._now else "what is there"
            self._say(f"rules not changed: {why}; {name} stays in force")
        self._tell()

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


def _written(found: Loaded) -> float:
    """When the operator wrote its index, in whole seconds since the epoch; 0 where that cannot be read."""
    try:
        return datetime.fromisoformat(found.index.created).timestamp() if found.index else 0.0
    except ValueError:
        return 0.0
