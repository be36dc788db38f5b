# SPDX-License-Identifier: Apache-2.0
"""The language's regular expressions: RE2 in POSIX mode, matching the whole value, in linear time.

A pattern in, a function value -> bool out. Called by passes/check (does it compile?), codegen/ and
reference/. Specification 3.3.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import re2

MAX_MEMORY = 256 << 10  # bytes one compiled pattern may use; a larger one is an error, not a slow agent


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
