# SPDX-License-Identifier: Apache-2.0
"""Each answer of the API server -> what becomes of the Event. The words are those of a real one, 1.37."""

from __future__ import annotations

import pytest

from lanner_agent.publish.events import outcome, suppressed
from lanner_agent.publish.events.outcome import Fate
from lanner_apiserver.errors import ApiError, Unreachable

_NO_RIGHT = (
    'events.events.k8s.io is forbidden: User "system:serviceaccount:lanner:lanner-agent" cannot create '
    'resource "events" in API group "events.k8s.io" in the namespace "shop"'
)
_TERMINATING = (
    'events.events.k8s.io "x" is forbidden: unable to create new content in namespace shop because it is '
    "being terminated"
)
_QUOTA = 'events.events.k8s.io "x" is forbidden: exceeded quota: few, requested: count/events.events.k8s.io=1'
_INVALID = 'Event.events.k8s.io "x" is invalid: reason: Required value'
CREATING = [
    (Unreachable("Connect call failed"), Fate.HOLD, ""),
    (ApiError(401, "Unauthorized", "Unauthorized"), Fate.HOLD, ""),
    (ApiError(503, "ServiceUnavailable", "apiserver is shutting down"), Fate.HOLD, ""),
    (ApiError(504, "Timeout", "request did not complete"), Fate.HOLD, ""),
    (ApiError(429, "TooManyRequests", "please try again later", 1.0), Fate.SLOW, ""),
    (ApiError(500, "InternalError", "failed calling webhook"), Fate.RETRY, "dropped_tries"),
    (
        ApiError(409, "Conflict", "please apply your changes to the latest version"),
        Fate.RETRY,
        "dropped_tries",
    ),
    (ApiError(403, "Forbidden", _NO_RIGHT), Fate.DROP, "dropped_forbidden"),
    (ApiError(403, "Forbidden", _TERMINATING), Fate.DROP, "dropped_namespace_gone"),
    (ApiError(404, "NotFound", 'namespaces "shop" not found'), Fate.DROP, "dropped_namespace_gone"),
    (ApiError(403, "Forbidden", _QUOTA), Fate.DROP, "dropped_denied"),
    (ApiError(422, "Invalid", _INVALID), Fate.DROP, "dropped_rejected"),
    (ApiError(400, "BadRequest", "admission webhook denied the request"), Fate.DROP, "dropped_rejected"),
    (ApiError(413, "RequestEntityTooLarge", "limit is 3145728"), Fate.DROP, "dropped_rejected"),
]


@pytest.mark.parametrize(("error", "fate", "cause"), CREATING, ids=lambda value: str(value)[:40])
def test_an_error_of_a_create(error: ApiError, fate: Fate, cause: str) -> None:
    result = outcome.from_error(error, patching=False)
    assert (result.fate, result.cause) == (fate, cause)
    assert result.retry_after == error.retry_after
    assert cause in ("", *suppressed.CAUSES)


@pytest.mark.parametrize(
    ("error", "here"),
    [
        (Unreachable("Connect call failed"), False),
        (Unreachable("no answer in time", late=True), True),
        (ApiError(503, "ServiceUnavailable", "apiserver is shutting down"), False),
        (ApiError(504, "Timeout", "request did not complete"), True),
        (ApiError(429, "TooManyRequests", "please try again later", 1.0), True),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_server_that_is_there_may_take_what_is_of_another_namespace(error: ApiError, here: bool) -> None:
    assert outcome.from_error(error, patching=False).here is here


def test_an_event_that_is_gone_is_created_anew() -> None:
    error = ApiError(404, "NotFound", 'events.events.k8s.io "app1.1" not found')
    assert outcome.from_error(error, patching=True).fate is Fate.GONE


def test_a_missing_right_is_named_as_a_role_has_it() -> None:
    words = outcome.from_error(ApiError(403, "Forbidden", _NO_RIGHT), patching=False).words
    assert 'apiGroups ["events.k8s.io"], resources ["events"], verbs ["create", "patch"]' in words
    assert "system:serviceaccount:lanner:lanner-agent" in words


def test_the_servers_words_are_harmless() -> None:
    error = ApiError(422, "Invalid", "Invalid value: \x1b[2J\u202e" + "x" * 5000)
    words = outcome.from_error(error, patching=False).words
    assert words.isprintable()
    assert len(words) < 600
