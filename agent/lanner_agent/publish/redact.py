# SPDX-License-Identifier: Apache-2.0
"""Text of an event -> the same text without obvious secrets. What leaves the agent is read by more people
than may read a process' memory. Standard output shows them where it is told to (`shown`), Events never do.

What is in force holds for the whole process, so that no output can leave out a pattern of a user's own.

It knows flags and assignments whose names say that a secret follows, credentials in addresses, and a few
tokens with a shape of their own. What it cannot know stays: a password alone in an argument looks like any
other word.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import re2

HIDDEN: Final = b"***"

Hide = Callable[[bytes], bytes]

_WORD = rb"[a-z0-9_.-]*"
_NAME = (
    _WORD + rb"(?:passw(?:or)?d|passphrase|secret|token|credential|api[_-]?key|access[_-]?key|"
    rb"private[_-]?key)" + _WORD
)
# No dash in front: behind `--use-token ` that is the next flag, whose own value is to be seen as one.
_VALUE = rb"""("[^"]*"|'[^']*'|[^\s"'&;,)-][^\s"'&;,)]*)"""
# What stands before the secret in a header Authorization; another word there is taken for the secret itself.
_SCHEMES = rb"basic|bearer|digest|token|negotiate|ntlm|oauth|api-?key|geniekey|splunk|ssws|bot|key"
_FILES = (b"file", b"path", b"dir")  # `--token-file x` names a place, which is what an alert is about


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is looked for, and what becomes of a match. `name` is for counts."""

    name: str
    search: Any = field(repr=False)
    hidden: Callable[[Any], bytes] = field(repr=False)


def _compiled(pattern: bytes, any_case: bool = True, memory: int = 8 << 20) -> Any:
    """Latin-1: a pattern sees bytes, so a byte that is no UTF-8 does not end a secret."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = not any_case
    options.log_errors = False
    options.max_mem = memory
    return re2.compile(pattern, options)


def _second(match: Any) -> bytes:
    """Keeps what stands before the secret, and what stands after it in the pattern's third group."""
    before, _, *after = match.groups()
    return bytes(before) + HIDDEN + b"".join(after)


def _named(match: Any) -> bytes:
    before, name, sign, _ = match.groups()
    if name.rstrip(b"s").lower().endswith(_FILES):
        return bytes(match.group(0))
    return bytes(before + name + sign) + HIDDEN


_DEFAULTS: Final = (
    # -----BEGIN RSA PRIVATE KEY-----
    Pattern("private-key", _compiled(rb"(-----BEGIN [A-Z ]*PRIVATE KEY-----)([^-]+)"), _second),
    # Authorization: Bearer x, and a bearer token without its header
    Pattern(
        "authorization",
        _compiled(rb"""(authorization["']?\s*[:=]\s*["']?(?:(?:""" + _SCHEMES + rb""")\s+)?)([^\s"']+)"""),
        _second,
    ),
    Pattern("bearer", _compiled(rb"(\bbearer\s+)([a-z0-9._~+/=-]{8,})"), _second),
    # "password": "x", and the same between quotes of a shell: \"password\": \"x\", \\\" a quote in it
    Pattern("json", _compiled(rb"(" + rb'"' + _NAME + rb'"\s*:\s*")((?:[^"\\]|\\(?s:.))+)'), _second),
    Pattern(
        "json",
        _compiled(rb'(\\"' + _NAME + rb'\\"\s*:\s*\\")((?:[^"\\]|\\\\\\?(?s:.)|\\[^"\\])+)'),
        _second,
    ),
    # --password x, -token=x: after a blank only a flag's value counts, since "a token was read" is a sentence
    Pattern("flag", _compiled(rb"""(^|[\s"'=(])(--?""" + _NAME + rb")(\s+|[=:]-*)" + _VALUE), _named),
    # PASSWORD=x, token:x, "api_key"=x; not /run/secrets:ro
    Pattern(
        "assignment",
        _compiled(rb"(^|[^a-z0-9_./-])(" + _NAME + rb""")(["']?[=:]-*)""" + _VALUE),
        _named,
    ),
    # https://user:x@host, up to the last @ before the path, as programs read it
    Pattern("address", _compiled(rb"""([a-z][a-z0-9+.-]*://[^\s/:@"']*:)([^\s/"']+)(@)"""), _second),
    # programs that take a password by a short flag
    Pattern("mysql", _compiled(rb"(\b(?:mysql|mariadb)[a-z-]*\b[^|;&]*?\s-p)([^\s]+)"), _second),
    Pattern("sshpass", _compiled(rb"(\bsshpass\s+-p\s*)([^\s]+)"), _second),
    Pattern(
        "curl",
        _compiled(rb"""(\bcurl\b[^|;&]*?\s(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"']+:)([^\s"']+)"""),
        _second,
    ),
    # tokens with a shape of their own: JWT, GitHub, Slack
    Pattern("jwt", _compiled(rb"(\beyJ)([a-z0-9_-]{8,}\.[a-z0-9_-]{8,}\.[a-z0-9_-]*)"), _second),
    Pattern("github", _compiled(rb"(\bgh[pousr]_)([a-z0-9]{20,})"), _second),
    Pattern("slack", _compiled(rb"(\bxox[abeoprs]-)([a-z0-9-]{10,})"), _second),
)
_LIKELY = _compiled(
    rb"passw|passphrase|secret|token|credential|key|authorization|bearer|://|mysql|mariadb|sshpass|curl|"
    rb"\beyJ|\bgh._|\bxox"
)


NAMES: Final = frozenset(pattern.name for pattern in _DEFAULTS)
TITLE: Final = "texts with hidden secrets, by pattern"
MEMORY: Final = 1 << 20  # bytes that one of a user's own may take
STEPS: Final = 250  # that one may take for each byte of a text
_own: tuple[Pattern, ...] = ()
_generation = 0  # of _own
_counts: Counter[str] = Counter()
_lock: Final = threading.Lock()


def shown(value: bytes) -> bytes:
    """The value as it is, for who asked for secrets."""
    return value


def redacted(value: bytes) -> bytes:
    """The value with each secret as `***`, in time linear in its length."""
    for pattern in _own:
        value = _without(pattern, value)
    if _LIKELY.search(value) is None:
        return value
    for pattern in _DEFAULTS:
        value = _without(pattern, value)
    return value


def own(name: str, pattern: str) -> Pattern:
    """A pattern in RE2's syntax: its first group is hidden, or without a group the whole match.

    Raises:
        ValueError: in words, what is wrong with it.
    """
    try:
        compiled = _compiled(pattern.encode(), any_case=False, memory=MEMORY)
    except re2.error as error:
        said = error.args[0]
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"is no pattern of RE2: {words}") from None
    if compiled.programsize > STEPS:
        raise ValueError("is too large: with fewer or smaller repetitions it is looked for in less time")
    if compiled.search(b"") is not None:
        raise ValueError("matches the empty text, which is everywhere")
    return Pattern(name, compiled, _first)


def use(patterns: Iterable[Pattern]) -> None:
    """From now on these of a user's own, beside the defaults; in every output."""
    global _own, _generation  # noqa: PLW0603  for all threads
    _own = tuple(patterns)
    _generation += 1


def generation() -> int:
    """Another one when other patterns came into force."""
    return _generation


def needed(hide: Hide, texts: Iterable[bytes]) -> Hide:
    """`hide`, or `shown` where one look at all of the texts together finds nothing to hide: most alerts hold
    no secret, and a look at each of their texts takes a third of what making a line takes.
    """
    if hide is redacted and not _own and _LIKELY.search(b"\n".join(texts)) is None:
        return shown
    return hide


def counts() -> Mapping[str, int]:
    """Texts in which each pattern hid something, since the start."""
    with _lock:
        return dict(_counts)


def totals() -> Mapping[str, int]:
    """The same for the defaults together, and for a user's own."""
    own_ones = sum(number for name, number in counts().items() if name not in NAMES)
    return {"default": sum(counts().values()) - own_ones, "own": own_ones}


def _without(pattern: Pattern, value: bytes) -> bytes:
    if pattern.search.search(value) is None:
        return value
    left: bytes = pattern.search.sub(pattern.hidden, value)
    if left != value:
        with _lock:
            _counts[pattern.name] += 1
    return left


def _first(match: Any) -> bytes:
    """The first group is hidden where it took part; what is empty is no secret."""
    whole = bytes(match.group(0))
    begin, end = match.span(1) if match.re.groups and match.group(1) is not None else match.span()
    if begin == end:
        return whole
    offset = match.start()
    return whole[: begin - offset] + HIDDEN + whole[end - offset :]
