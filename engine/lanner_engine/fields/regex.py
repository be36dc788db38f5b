# SPDX-License-Identifier: Apache-2.0
"""The language's regular expressions: RE2 in POSIX mode, matching the whole value, in linear time.

A pattern in, a function value -> bool out. Specification 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import re2

MAX_MEMORY = 256 << 10  # bytes one compiled pattern may use; a larger one is an error, not a slow agent


# One piece of a pattern: a character that stands for itself, what makes the one before optional, and what may
# be anything. Parentheses that hold parentheses, and escapes with letters, are no piece.
_PIECE = re.compile(
    rb"""
    (?P<literal> [^\\()\[\]{}.*+?^$|\x80-\xff] | \\[^a-zA-Z0-9\x80-\xff] )
    | (?P<optional> [*?] | \{[0-9,]*\} )
    | [.+^$|\x80-\xff]
    | \((?!\?) [^()\[\]\\]* \)
    | \[ \^? \]? (?: \[:[a-z]+:\] | [^\]\[\\] )* \]
    """,
    re.VERBOSE | re.DOTALL,
)


def _options() -> re2.Options:
    options = re2.Options()
    options.posix_syntax = True
    options.longest_match = True
    options.log_errors = False
    options.never_capture = True
    options.max_mem = MAX_MEMORY
    return options


@lru_cache(maxsize=1_024)
def compile_regex(pattern: bytes) -> Callable[[bytes], bool]:
    """The matcher of one pattern; values are made valid UTF-8 first.

    Raises:
        re2.error: not POSIX syntax, or too large.
    """
    fullmatch = re2.compile(pattern, _options()).fullmatch

    def matches(value: bytes) -> bool:
        if not value.isascii():
            value = value.decode("utf-8", "replace").encode()
        return fullmatch(value) is not None

    return matches


def size(pattern: bytes) -> int:
    """Instructions of a pattern that compiles; each may be looked at for each byte of a value."""
    found: int = re2.compile(pattern, _options()).programsize
    return found


def needed_text(pattern: bytes) -> bytes:
    """The longest stretch of ASCII that every value holds which the pattern matches; empty when none is sure.

    Looks at what stands outside parentheses and brackets only; an alternative there makes nothing sure.
    """
    runs: list[bytes] = []
    run = b""
    at, repeated = 0, False
    while at < len(pattern):
        found = _PIECE.match(pattern, at)
        if found is None or found[0] == b"|":
            return b""
        at = found.end()
        if found["literal"]:
            run += found["literal"][-1:]
            repeated = False
            continue
        if repeated and found[0] == b"+":
            continue
        if found["optional"]:
            run = run[:-1]  # the character in front may be missing
            if repeated and runs:
                runs[-1] = runs[-1][:-1]  # so may one that is repeated: a+*
        runs.append(run)
        run = b""
        repeated = found[0] == b"+"
    return max((*runs, run), key=len)
