# SPDX-License-Identifier: Apache-2.0
"""Why a recording cannot be written or read."""

from __future__ import annotations

from lanner_engine.source import LannerError


class RecordingError(LannerError):
    """The message is a sentence that names the file; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
