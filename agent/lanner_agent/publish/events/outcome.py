# SPDX-License-Identifier: Apache-2.0
"""An error of the API server -> what becomes of the Event, and the words for people.

As client-go's tools/events, except that an Event is kept for as long as the server is away, and that a
namespace which is going away costs no second try.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from lanner_agent.publish import escape
from lanner_apiserver.errors import ApiError, Unreachable

_MAX_LENGTH = 400
RULE_NEEDED = 'apiGroups ["events.k8s.io"], resources ["events"], verbs ["create", "patch"]'

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY = 401, 403, 404, 409, 429
_SERVER_SIDE = 500
_TIMEOUT = 504
_AWAY = frozenset({0, 502, 503, _TIMEOUT})  # no server, or only a proxy in front of it


class Fate(Enum):
    """What to do with the write."""

    HOLD = auto()  # the server is away: keep everything and wait, however long
    SLOW = auto()  # the server is there and asks for less
    RETRY = auto()  # its own fault: again, a bounded number of times
    GONE = auto()  # the Event to be patched is not there: create it anew
    DROP = auto()  # it will never be taken; `cause` says why


@dataclass(frozen=True, slots=True)
class Outcome:
    """`cause` is one of suppressed.CAUSES for DROP; `words` is one escaped line. `here`: the server is there,
    and may take what is of another namespace.
    """

    fate: Fate
    words: str
    cause: str = ""
    retry_after: float | None = None
    here: bool = False


def from_error(error: ApiError, patching: bool) -> Outcome:
    """What follows from an error, seen from an attempt to create or to patch an Event."""
    status, words = error.status, escape.shown(str(error), _MAX_LENGTH)
    if status in _AWAY or status == _UNAUTHORIZED:
        text = f"the API server is not reached: {words}"
        here = status == _TIMEOUT or (isinstance(error, Unreachable) and error.late)
        return Outcome(Fate.HOLD, text, retry_after=error.retry_after, here=here)
    if status == _TOO_MANY:
        text = f"the API server asks for fewer Events: {words}"
        return Outcome(Fate.SLOW, text, retry_after=error.retry_after, here=True)
    if status >= _SERVER_SIDE or status == _CONFLICT:
        return Outcome(Fate.RETRY, f"the API server failed: {words}", "dropped_tries", error.retry_after)
    if status == _NOT_FOUND and patching:
        return Outcome(Fate.GONE, words)
    return _dropped(status, error, words)


def exists_already(error: ApiError) -> bool:
    """409 on a create: a client, probably this agent, made an Event of that name before."""
    return error.status == _CONFLICT and error.reason == "AlreadyExists"


def _dropped(status: int, error: ApiError, words: str) -> Outcome:
    terminating = status == _FORBIDDEN and "being terminated" in error.message
    missing = status == _NOT_FOUND and error.message.startswith("namespaces ")
    if terminating or missing:
        return Outcome(Fate.DROP, words, "dropped_namespace_gone")
    if status == _FORBIDDEN and "cannot " in error.message and 'resource "events"' in error.message:
        text = f"the agent may not write Events, its role needs: {RULE_NEEDED}. The API server: {words}"
        return Outcome(Fate.DROP, text, "dropped_forbidden")
    if status == _FORBIDDEN:
        return Outcome(Fate.DROP, f"the API server's policy refuses an Event: {words}", "dropped_denied")
    return Outcome(Fate.DROP, f"the API server calls an Event invalid: {words}", "dropped_rejected")
