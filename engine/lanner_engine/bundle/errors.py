# SPDX-License-Identifier: Apache-2.0
"""Why a bundle cannot be used. Raised by the rest of bundle/, shown by the agent in its FalcoNode.

LannerError
└── BundleError        one reason; nothing of the bundle may be used
"""

from __future__ import annotations

from typing import Literal

from lanner_engine.source import LannerError

Reason = Literal["HashMismatch", "ShardMissing", "IndexInvalid", "ShardInvalid", "EngineTooOld", "TooLarge"]


class BundleError(LannerError):
    """`reason` is a condition's reason, `message` a sentence that names the shard or key."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
