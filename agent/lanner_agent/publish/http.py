# SPDX-License-Identifier: Apache-2.0
"""A server that gets each alert as a POST of Falco's JSON: falcosidekick, and whatever is made for Falco."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from lanner_agent.publish import forms, json_lines
from lanner_agent.publish.output import Given
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.sending.answers import Answer
from lanner_agent.publish.sending.carrier import LaterError, Opened, RefusedError
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.sending.depth import Depth
from lanner_agent.publish.sending.poster import Poster
from lanner_agent.publish.settings.http import HttpSettings
from lanner_agent.publish.snapshot import Snapshot

HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "lanner"}
# What a server says about this alert; any other answer that is no success is about itself or about us.
_WRONG: Final = frozenset({400, 413, 415, 422})
_AWAY: Final = frozenset({502, 503, 504})
# Maybe of what is in the alert: a filter on the way turns away what looks like an attack, which alerts do.
_DOUBTFUL: Final = frozenset({403, 406, 409, 431, 451})
_SUCCESS, _ERROR = range(200, 300), range(500, 600)
_BYTES: Final = 256 << 10  # of requests that are on their way


def made(given: Given) -> Delivery | None:
    """Where the settings name a server."""
    settings = given.settings.http
    if settings is None:
        return None
    form = _with_uuid if settings.form == "json" else forms.FORMS[settings.form]
    return Delivery("http", Http(settings, lambda alert: form(alert, given.hide)), settings, given.say)


def _with_uuid(alert: Snapshot, hide: Hide) -> bytes:
    """The same however often it is sent: a receiver can tell a second try. The other forms have it anyway.
    The line of the others with one member more, the last one in their order.
    """
    return json_lines.line(alert, hide).removesuffix(b"}\n") + b',"uuid":"%s"}\n' % alert.uuid.encode()


class Http(Opened):
    """A Carrier. What arrived though something before it has to be sent again is not sent a second time."""

    def __init__(self, settings: HttpSettings, form: Callable[[Snapshot], bytes]) -> None:
        self.form = form
        self.batch = settings.pipeline
        self._poster = Poster(settings, HEADERS)
        self.target = self._poster.target
        self._depth = Depth(settings.pipeline)
        self._arrived: set[bytes] = set()
        self._refused: dict[bytes, str] = {}  # with the server's words
        self._later: LaterError | None = None

    def send(self, formed: Sequence[bytes]) -> int:
        self._raise_later(0)
        group = formed[: _fitting(formed, self._depth.now)]
        self._post([one for one in group if not self._is_over(one)])
        number = next((at for at, one in enumerate(group) if not self._is_over(one)), len(group))
        words = [self._refused.pop(one) for one in group[:number] if one in self._refused]
        self._arrived.difference_update(group[:number])
        if words:
            raise RefusedError(words[-1], len(words), of=number)
        self._raise_later(number)
        return number

    def reopen(self) -> None:
        super().reopen()
        self._depth.reopen()

    def close(self) -> None:
        self._poster.close()

    def _is_over(self, body: bytes) -> bool:
        return body in self._arrived or body in self._refused

    def _raise_later(self, sent: int) -> None:
        later, self._later = self._later, None
        if later is not None:
            later.sent = sent
            raise later

    def _post(self, bodies: Sequence[bytes]) -> None:
        """Takes down what became of each; what has no answer is for later."""
        answers: list[Answer] = []
        try:
            self._poster.post_all(bodies, answers)
        except LaterError as error:
            self._later = error
        except OSError as error:
            self._later = LaterError(error.strerror or str(error) or type(error).__name__)
            if isinstance(error, TimeoutError):
                self._depth.silent(len(bodies), len(answers))
        for body, answer in zip(bodies, answers, strict=False):
            self._take(body, answer)
        good = self._later is None and all(one.status in _SUCCESS and not one.last for one in answers)
        self._depth.good() if good else self._depth.bad()

    def _take(self, body: bytes, answer: Answer) -> None:
        if answer.status in _SUCCESS:
            self._arrived.add(body)
        elif answer.status in _WRONG:
            self._refused[body] = answer.words
        elif self._later is None:
            of_alert = answer.status in _DOUBTFUL or answer.status in _ERROR
            suspect = of_alert and answer.status not in _AWAY
            self._later = LaterError(answer.words, after=answer.after, suspect=suspect)


def _fitting(formed: Sequence[bytes], most: int) -> int:
    """How many may be on their way: what a server does not read must not fill both directions."""
    size = 0
    for number, one in enumerate(formed[:most]):
        size += len(one)
        if number and size > _BYTES:
            return number
    return min(most, len(formed))
