# SPDX-License-Identifier: Apache-2.0
"""A source -> its folder, when the rules are new, believed and without errors; once, or again and again."""

from __future__ import annotations

import asyncio
import pathlib
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from lanner_agent.policy.files import load
from lanner_agent.policy.pulled.folder import Folder, named
from lanner_agent.publish import escape
from lanner_apiserver.backoff import Backoff
from lanner_engine import diagnostics
from lanner_engine.source import LannerError, RuleError
from lanner_sources import fetching
from lanner_sources.errors import SourceError
from lanner_sources.fetching import Fetched, Wanted
from lanner_sources.origin import Origin

Say = Callable[[str], None]
FIRST_RETRY_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Source:
    """`before`: rules that are loaded before those of the source, which may build on them; None when the
    rules are not checked. `believed`: what came by this `wanted`, and was checked with its keys.
    """

    wanted: Wanted
    folder: Folder
    before: Sequence[pathlib.Path] | None = ()
    believed: set[Origin] = field(default_factory=set, compare=False)

    def pull(self) -> Origin | None:
        """What is in the folder now; None when that was there before. What is refused leaves it as it is.

        Raises:
            SourceError, RuleError, FolderError: in the words of who refuses it.
        """
        self.folder.require_own()
        in_force = self.folder.origin
        known = in_force.digest if in_force is not None and in_force in self.believed else ""
        fetched = asyncio.run(fetching.fetch(self.wanted, in_force, known))
        if fetched is None:
            return None
        if self.before is not None:
            require_good(fetched, self.before)
        self.folder.keep(fetched)
        self.believed.clear()
        self.believed.add(fetched.origin)
        return fetched.origin if fetched.origin != in_force else None


def require_good(fetched: Fetched, before: Sequence[pathlib.Path]) -> None:
    """Raises RuleError with everything that is wrong with the rules."""
    with tempfile.TemporaryDirectory(prefix="lanner-") as name:
        folder = pathlib.Path(name)
        for own, text in named(fetched.files).items():
            (folder / own).write_text(text, encoding="utf-8")
        checked = load.check((*before, folder))
    if not checked.ok:
        raise RuleError(tuple(one for one in checked.diagnostics if one.severity == "error"))


def follow(sources: Sequence[Source], every_s: float, stop: threading.Event, say: Say) -> None:
    """Until `stop`: what came, once; what is wrong, when it is another thing than before. After a failure
    sooner than `every_s`, then more and more seldom.
    """
    troubles: dict[int, str] = {}
    pause, backoff = every_s, Backoff(FIRST_RETRY_S, every_s)
    while not stop.wait(pause):
        for number, one in enumerate(sources):
            trouble = tried(one, say)
            if trouble and trouble != troubles.get(number):
                say(trouble)
            troubles[number] = trouble
        if any(troubles.values()):
            pause = min(every_s, backoff.next())
        else:
            backoff.reset()
            pause = every_s


def tried(one: Source, say: Say) -> str:
    """What is wrong, in words; "" for nothing."""
    name = escape.shown(str(one.wanted.place), 300)
    try:
        origin = one.pull()
    except LannerError as error:
        return f"{name} is not taken, what is in {one.folder.path} stays: {reason(error)}"
    except Exception as error:  # a full disk, or what strangers sent: following goes on
        words = escape.shown(f"{type(error).__name__}: {error}", 2000)
        return f"{name} is not taken, what is in {one.folder.path} stays: {words}"
    if origin is not None:
        say(f"{name}: {escape.shown(str(origin), 300)} is in {one.folder.path}")
    return ""


def reason(error: LannerError) -> str:
    """One or more lines, harmless on a terminal."""
    if isinstance(error, RuleError):
        return "\n".join(diagnostics.render(one) for one in error.diagnostics[:10])
    hint = f" ({error.hint})" if isinstance(error, SourceError) and error.hint else ""
    return escape.shown(f"{error}{hint}", 2000)
