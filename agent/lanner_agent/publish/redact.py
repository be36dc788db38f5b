# SPDX-License-Identifier: Apache-2.0
"""Text of an event -> the same text without obvious secrets. What leaves the agent is read by more people
than may read a process' memory. Standard output shows them where it is told to (`shown`), Events never do.

It knows flags and assignments whose names say that a secret follows, credentials in addresses, and a few
tokens with a shape of their own. What it cannot know stays: a password alone in an argument looks like any
other word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import re2

HIDDEN: Final = b"***"

Hide = Callable[[bytes], bytes]

_WORD = rb"[a-z0-9_.-]*"
_NAME = (
    _WORD + rb"(?:passw(?:or)?d|passphrase|secret|token|credential|api[_-]?key|access[_-]?key|"
    rb"private[_-]?key)" + _WORD
)
_VALUE = rb"""("[^"]*"|'[^']*'|[^\s"'&;,)]+)"""
_FILES = (b"file", b"path", b"dir")  # `--token-file x` names a place, which is what an alert is about


def _compiled(pattern: bytes) -> Any:
    """Latin-1: a pattern sees bytes, so a byte that is no UTF-8 does not end a secret."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(pattern, options)


def _second(match: Any) -> bytes:
    """Keeps what stands before the secret, and what stands after it in the pattern's third group."""
    before, _, *after = match.groups()
    return bytes(before) + HIDDEN + b"".join(after)


def _named(match: Any) -> bytes:
    before, name, sign, value = match.groups()
    if name.rstrip(b"s").lower().endswith(_FILES) or value.startswith(b"-"):
        return bytes(match.group(0))
    return bytes(before + name + sign) + HIDDEN


_RULES: Final[tuple[tuple[Any, Callable[[Any], bytes]], ...]] = (
    # -----BEGIN RSA PRIVATE KEY-----
    (_compiled(rb"(-----BEGIN [A-Z ]*PRIVATE KEY-----)([^-]+)"), _second),
    # Authorization: Bearer x, and a bearer token without its header
    (
        _compiled(rb"""(authorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|digest|token)\s+)?)([^\s"']+)"""),
        _second,
    ),
    (_compiled(rb"(\bbearer\s+)([a-z0-9._~+/=-]{8,})"), _second),
    # "password": "x"
    (_compiled(rb"(" + rb'"' + _NAME + rb'"\s*:\s*")([^"]+)'), _second),
    # --password x, -token=x: after a blank only a flag's value counts, since "a token was read" is a sentence
    (_compiled(rb"""(^|[\s"'=(])(--?""" + _NAME + rb")(\s+|[=:])" + _VALUE), _named),
    # PASSWORD=x, token:x, "api_key"=x; not /run/secrets:ro
    (_compiled(rb"(^|[^a-z0-9_./-])(" + _NAME + rb""")(["']?[=:])""" + _VALUE), _named),
    # https://user:x@host
    (_compiled(rb"""([a-z][a-z0-9+.-]*://[^\s/:@"']*:)([^\s/@"']+)(@)"""), _second),
    # programs that take a password by a short flag
    (_compiled(rb"(\b(?:mysql|mariadb)[a-z-]*\b[^|;&]*?\s-p)([^\s]+)"), _second),
    (_compiled(rb"(\bsshpass\s+-p\s*)([^\s]+)"), _second),
    (
        _compiled(rb"""(\bcurl\b[^|;&]*?\s(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"']+:)([^\s"']+)"""),
        _second,
    ),
    # tokens with a shape of their own: JWT, GitHub, Slack
    (_compiled(rb"(\beyJ)([a-z0-9_-]{8,}\.[a-z0-9_-]{8,}\.[a-z0-9_-]*)"), _second),
    (_compiled(rb"(\bgh[pousr]_)([a-z0-9]{20,})"), _second),
    (_compiled(rb"(\bxox[abeoprs]-)([a-z0-9-]{10,})"), _second),
)
_LIKELY = _compiled(
    rb"passw|passphrase|secret|token|credential|key|authorization|bearer|://|mysql|mariadb|sshpass|curl|"
    rb"\beyJ|\bgh._|\bxox"
)


def shown(value: bytes) -> bytes:
    """The value as it is, for who asked for secrets."""
    return value


def redacted(value: bytes) -> bytes:
    """The value with each secret as `***`, in time linear in its length."""
    if _LIKELY.search(value) is None:
        return value
    for pattern, hidden in _RULES:
        if pattern.search(value) is not None:
            value = pattern.sub(hidden, value)
    return value
