# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between us and the API server, sorted by what the caller does about it.

    LannerError                                       lanner_engine.source
    └── ApiError(status, reason, message, ...)        the server said no
        └── Unreachable                               no answer: status 0

`str()` is one line for people. Its text may repeat what a tenant wrote into an object: it is escaped and cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lanner_engine.source import LannerError

MAX_LENGTH: Final = 500
MAX_TEXT: Final = 32_768
# What the API server says of a group, and of a resource of a known group, that it does not have.
_NO_SUCH_KIND: Final = ("404 page not found", "the server could not find the requested resource")
BAD: Final = 400
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
CONFLICT: Final = 409
GONE: Final = 410
INVALID: Final = 422
TOO_MANY: Final = 429
SERVER_SIDE: Final = 500


class ApiError(LannerError):
    """The answer was an error: the HTTP status, the machine-readable reason, the server's words.

    `retry_after` is in seconds where the server asked for patience. `path` is what was requested. `text` is
    the message with its lines, as it came, for who escapes it.
    """

    def __init__(
        self, status: int, reason: str, message: str, retry_after: float | None = None, path: str = ""
    ) -> None:
        self.status = status
        self.reason = reason
        self.message = _line(message)
        self.text = message[:MAX_TEXT]
        self.retry_after = retry_after
        self.path = path
        super().__init__(f"{_line(reason) or status}: {self.message}")

    @property
    def forbidden(self) -> bool:
        """The identity is known and may not: a role lacks a rule."""
        return self.status == FORBIDDEN

    @property
    def not_found(self) -> bool:
        """The object, its namespace or its whole kind does not exist; `missing_kind` tells them apart."""
        return self.status == NOT_FOUND

    @property
    def missing_kind(self) -> bool:
        """The server does not know the resource type: its CustomResourceDefinition is not installed."""
        return self.not_found and any(words in self.message for words in _NO_SUCH_KIND)

    @property
    def conflict(self) -> bool:
        return self.status == CONFLICT

    @property
    def invalid(self) -> bool:
        """What was to be stored is refused: by the definition of its kind, or by who checks it."""
        return self.status in (BAD, INVALID)

    @property
    def gone(self) -> bool:
        """The resource version is too old for a watch: list again."""
        return self.status == GONE

    @property
    def away(self) -> bool:
        """The server does not answer, or has no room: the requests of others fail as well."""
        return self.status == TOO_MANY or self.status >= SERVER_SIDE

    @property
    def temporary(self) -> bool:
        """Asking again later may help, with nothing changed."""
        return self.status in (0, UNAUTHORIZED, TOO_MANY) or self.status >= SERVER_SIDE


class Unreachable(ApiError):  # noqa: N818  (it is what the server is)
    """No answer: connection refused, name not found, certificate not trusted, time over.

    `late`: the server took the request and said nothing in time; it may answer others.
    """

    def __init__(self, message: str, path: str = "", *, late: bool = False) -> None:
        super().__init__(0, "Unreachable", message, None, path)
        self.late = late

    @property
    def away(self) -> bool:
        return True


def from_status(status: int, body: Mapping[str, Any], headers: Mapping[str, str], path: str) -> ApiError:
    """The error of an answer whose body is a Status object, or nothing known."""
    reason = str(body.get("reason") or status)
    message = str(body.get("message") or "no further words")
    return ApiError(status, reason, message, _patience(body, headers), path)


def _patience(body: Mapping[str, Any], headers: Mapping[str, str]) -> float | None:
    details = body.get("details")
    said = details.get("retryAfterSeconds") if isinstance(details, Mapping) else None
    try:
        seconds = float(said or headers.get("Retry-After") or 0)
    except (TypeError, ValueError):  # a date is allowed too; the API server sends seconds
        return None
    return min(seconds, 600.0) if seconds > 0 else None


def _line(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text[: MAX_LENGTH * 2])
    return plain if len(plain) <= MAX_LENGTH else plain[: MAX_LENGTH - 1] + "…"
