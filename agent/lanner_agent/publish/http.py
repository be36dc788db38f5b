# SPDX-License-Identifier: Apache-2.0
"""A server that gets each alert as a POST of Falco's JSON: falcosidekick, and whatever is made for Falco."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lanner_agent.publish import forms, json_lines
from lanner_agent.publish.output import Given
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.sending.carrier import LaterError, RefusedError
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.sending.poster import Poster
from lanner_agent.publish.settings.http import HttpSettings
from lanner_agent.publish.snapshot import Snapshot

HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "lanner"}
# What a server says about this alert; any other answer that is no success is about itself or about us.
_WRONG: Final = frozenset({400, 413, 415, 422})
_AWAY: Final = frozenset({502, 503, 504})
_SUCCESS, _ERROR = range(200, 300), range(500, 600)


def made(given: Given) -> Delivery | None:
    """Where the settings name a server."""
    settings = given.settings.http
    if settings is None:
        return None
    form = _with_uuid if settings.form == "json" else forms.FORMS[settings.form]
    return Delivery("http", Http(settings, lambda alert: form(alert, given.hide)), settings, given.say)


def _with_uuid(alert: Snapshot, hide: Hide) -> bytes:
    """The same however often it is sent: a receiver can tell a second try. The other forms have it anyway."""
    return json_lines.encoded({**json_lines.document(alert, hide), "uuid": alert.uuid})


class Http:
    """A Carrier."""

    batch: Final = 1

    def __init__(self, settings: HttpSettings, form: Callable[[Snapshot], bytes]) -> None:
        self.form = form
        self._poster = Poster(settings, HEADERS)
        self.target = self._poster.target

    def counts(self) -> Mapping[str, int]:
        return {}

    def send(self, formed: Sequence[bytes]) -> int:
        answer = self._poster.post(formed[0])
        if answer.status in _WRONG:
            raise RefusedError(answer.words)
        if answer.status not in _SUCCESS:
            suspect = answer.status in _ERROR and answer.status not in _AWAY
            raise LaterError(answer.words, after=answer.after, suspect=suspect)
        return 1

    def idle(self) -> None:
        """The server ends a connection that rests for too long."""

    def reopen(self) -> None:
        self._poster.close()

    def close(self) -> None:
        self._poster.close()
