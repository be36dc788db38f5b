# SPDX-License-Identifier: Apache-2.0
"""The optional programs of the object, and which of them this kernel can have. In: what hooks and requests
found.

Their sections have names that begin with `?`: libbpf passes over those that loader does not choose.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import hooks, io_uring, made, reentry


@dataclass(frozen=True, slots=True)
class OptionalPrograms:
    """`names`: programs that follow calls on names; `requests`: those that see what io_uring does; `made`:
    those that see at once which files it makes.
    """

    names: hooks.Available
    requests: io_uring.Available
    made: hooks.Available = hooks.NONE

    @property
    def programs(self) -> frozenset[str]:
        """Their names, and those of the second programs behind them."""
        first = self.names.programs | self.requests.programs | self.made.programs
        return first | {hook.second for hook in reentry.HOOKS if hook.first in first}

    @property
    def weaker(self) -> tuple[str, ...]:
        """What is known less well without those that are not there, each with why, in words."""
        names, requests = self.names, self.requests
        found = []
        if hooks.EVENTS - names.known(names.programs):
            found.append(f"paths of some calls are read from the process' memory ({names.why})")
        if not (requests.hooks or requests.absent):
            found.append(f"what io_uring does is not seen ({requests.why})")
        elif requests.hooks and not self.made.hooks:
            found.append(f"files that io_uring opens are noted later ({self.made.why})")
        return tuple(found)

    def fewer(self, why: str) -> Iterator[OptionalPrograms]:
        """What to try instead when the kernel refuses all of it: without one kind of them, or without any."""
        if self.made.hooks:
            yield dataclasses.replace(self, made=hooks.Available((), why))
        nothing = OptionalPrograms(hooks.Available((), why), io_uring.Available((), why))
        if self.names.hooks and self.requests.hooks:
            yield OptionalPrograms(nothing.names, self.requests)
            yield OptionalPrograms(self.names, nothing.requests)
        if self.names.hooks or self.requests.hooks:
            yield nothing


NONE: Final = OptionalPrograms(hooks.NONE, io_uring.NONE)


def available() -> OptionalPrograms:
    """Found by trying; nothing stays loaded."""
    asked = io_uring.available()
    return OptionalPrograms(hooks.available(), asked, made.available() if asked.hooks else hooks.NONE)
