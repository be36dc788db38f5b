# SPDX-License-Identifier: Apache-2.0
"""How things stand between us and the API server, path by path; and one line for people each time it changes.

Told by `following` and by `session` about every list and watch; asked by health. Endless retries are others'
work: here is what keeps them from being silent, and from filling the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from lanner_apiserver.errors import ApiError
from lanner_operator.apiserver import permissions

FRESH_S: Final = 180.0  # a watch begins anew at least every two minutes, and bookmarks come every minute

REFUSAL_GRACE_S: Final = 10.0  # a server that starts refuses some requests for a moment


class Contacts:
    """`watched` are the paths that must be in order for the operator to see everything."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._heard: dict[str, float] = {}  # by watched path: when it was last in order
        self._refused: dict[str, str] = {}
        self._since: dict[str, float] = {}  # when the refusals of a path began that were not said yet
        self._away = False

    def expect(self, *paths: str) -> None:
        """From now on these are watched; each has FRESH_S for its first answer."""
        for path in paths:
            self._heard.setdefault(path, self._clock())

    def forget(self) -> None:
        """Nothing is watched any more."""
        self._heard.clear()
        self._refused.clear()
        self._since.clear()

    def well(self, path: str) -> None:
        """An answer came, or a watch said something."""
        self._back()
        self._since.pop(path, None)
        if self._refused.pop(path, None) is not None:
            self._say(f"{path} can be watched again")
        if path in self._heard:
            self._heard[path] = self._clock()

    def ill(self, path: str, error: ApiError) -> None:
        """A request failed; its caller tries it again."""
        if error.status == 0:
            if not self._away:
                self._say(f"the API server does not answer; rules cannot change meanwhile: {error}")
            self._away = True
            return
        self._back()
        if path not in self._heard or error.gone:
            return
        since = self._since.setdefault(path, self._clock())
        if self._clock() - since < REFUSAL_GRACE_S:
            return
        words = f"{error}{permissions.hint(path) if error.forbidden else ''}"
        if self._refused.get(path) != words:
            self._refused[path] = words
            self._say(f"{path} cannot be watched: {words}")

    def _back(self) -> None:
        if self._away:
            self._away = False
            self._say("the API server answers again")

    @property
    def away(self) -> bool:
        """The last request had no answer."""
        return self._away

    def problems(self) -> list[str]:
        """Why the view of the cluster may be out of date; empty when it is not."""
        if self._away:
            return ["the API server does not answer"]
        return [f"{path}: {words}" for path, words in self._refused.items()]

    def silent(self) -> list[str]:
        """Watched paths that were not in order for FRESH_S, though the API server answers and refuses
        nothing.
        """
        if self._away:
            return []
        now = self._clock()
        late = (path for path, heard in self._heard.items() if now - heard > FRESH_S)
        return [path for path in late if path not in self._refused]
