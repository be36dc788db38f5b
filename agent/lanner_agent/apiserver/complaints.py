# SPDX-License-Identifier: Apache-2.0
"""Errors of one kind of request -> a line for people when it begins, changes or ends; nothing in between.

A request that fails every second would else fill the log with one sentence.
"""

from __future__ import annotations

from collections.abc import Callable

from lanner_apiserver.errors import ApiError


class Complaint:
    """`what` is the half sentence in front: "cannot watch the rules". `right` is what a role must allow."""

    def __init__(self, what: str, right: str, say: Callable[[str], None]) -> None:
        self._what = what
        self._right = right
        self._say = say
        self._last: str | None = None

    @property
    def last(self) -> str | None:
        """What is wrong now, in words; None while all is well."""
        return self._last

    def hear(self, error: ApiError | None) -> str | None:
        """Takes the outcome of a request, None for success; says what is news, returns `last`."""
        text = None if error is None else f"{self._what}: {self._words(error)}"
        if text != self._last:
            self._say(text or f"{self._what}: that is over, it works again")
        self._last = text
        return text

    def _words(self, error: ApiError) -> str:
        if error.forbidden:
            return f"{error.message}; the agent's role must allow: {self._right}"
        if error.missing_kind:
            return f"the cluster does not know the resource ({self._right}); install Lanner's CRDs (crds/)"
        return str(error)
