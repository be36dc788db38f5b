# SPDX-License-Identifier: Apache-2.0
"""Log records -> requests of OTLP/HTTP, and what a collector answers. As the protocol's specification has it:
four statuses mean later, every other error never; of a success a part may be refused.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from lanner_agent.publish.otlp import record
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.sending.answers import Answer
from lanner_agent.publish.sending.carrier import LaterError, Opened, RefusedError
from lanner_agent.publish.sending.poster import Poster
from lanner_agent.publish.settings.otlp import OtlpSettings
from lanner_agent.publish.snapshot import Snapshot

PATH: Final = "/v1/logs"
REQUEST_BYTES: Final = 2 << 20  # before compression; one record may be more
_LATER: Final = frozenset({429, 502, 503, 504})
# Maybe of one alert in it: too large, or a filter on the way takes it for an attack.
_OF_ONE: Final = frozenset({400, 403, 406, 413, 422, 451})
_SUCCESS: Final = range(200, 300)
_LEVEL: Final = 3  # of gzip: most of the gain for a third of the time


class Requests(Opened):
    """A Carrier."""

    def __init__(self, settings: OtlpSettings, hide: Hide) -> None:
        self.batch = self._most = settings.batch
        self._hide = hide
        self._gzip = settings.compression == "gzip"
        headers = {"Content-Type": "application/x-protobuf", "User-Agent": "lanner"}
        self._poster = Poster(settings, headers | ({"Content-Encoding": "gzip"} if self._gzip else {}), PATH)
        self.target = self._poster.target

    def form(self, alert: Snapshot) -> bytes:
        return record.request(alert, self._hide)

    def send(self, formed: Sequence[bytes]) -> int:
        number = min(_fitting(formed), self._most)
        body = b"".join(formed[:number])
        answer = self._poster.post(gzip.compress(body, _LEVEL) if self._gzip else body)
        if answer.status in _LATER:
            raise LaterError(answer.words, after=answer.after)
        if answer.status in _OF_ONE and number > 1:  # who causes that must not cost others their alerts
            self._most = number // 2
            return 0
        if answer.status not in _SUCCESS:
            raise RefusedError(answer.words, number, of=number)
        self._most = min(2 * self._most, self.batch)
        _judge(answer, number)
        return number

    def close(self) -> None:
        self._poster.close()


def _fitting(formed: Sequence[bytes]) -> int:
    """How many go into one request."""
    size = 0
    for number, one in enumerate(formed):
        size += len(one)
        if number and size > REQUEST_BYTES:
            return number
    return len(formed)


def _judge(answer: Answer, number: int) -> None:
    """A part of a success may be refused; that is not tried again."""
    try:
        partial = ExportLogsServiceResponse.FromString(answer.body).partial_success
    except DecodeError as error:
        raise LaterError("this is no OTLP receiver: it answers something else") from error
    if partial.rejected_log_records > 0:
        words = f"the collector refused {partial.rejected_log_records}: {partial.error_message}"
        raise RefusedError(words, min(partial.rejected_log_records, number), of=number)
