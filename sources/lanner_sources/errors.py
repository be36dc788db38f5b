# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a source.

LannerError
└── SourceError
"""

from __future__ import annotations

from typing import Literal

from lanner_engine.source import LannerError

Reason = Literal[
    "BadArchive",
    "BadKey",
    "BadReference",
    "BadSignature",
    "DigestMismatch",
    "HostNotAllowed",
    "NotFound",
    "NotRules",
    "OlderVersion",
    "Refused",
    "TooLarge",
    "TooSlow",
    "Unreachable",
    "Unsigned",
]


class SourceError(LannerError):
    """Rules that are not taken from a source. The message is a sentence; `hint` says what to do.

    `reason` is one word for it; `seen` the digest that it is about, "" where none was seen.
    """

    def __init__(self, reason: Reason, message: str, hint: str = "", seen: str = "") -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.hint = hint
        self.seen = seen
