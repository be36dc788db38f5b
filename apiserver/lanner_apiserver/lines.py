# SPDX-License-Identifier: Apache-2.0
"""Chunks as they come from a connection -> whole lines, bounded."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

from lanner_engine.source import LannerError

MAX_LENGTH: Final = 8 << 20  # an object is below 2 MiB in etcd; JSON with managed fields may say it longer


class LineTooLongError(LannerError):
    """A line that never ends would fill the memory."""


async def split(chunks: AsyncIterable[bytes], longest: int = MAX_LENGTH) -> AsyncIterator[bytes]:
    """Lines without their newline; empty ones and a last one that was cut off are left out."""
    rest = bytearray()
    async for chunk in chunks:
        start = len(rest)  # what was there before has no newline
        rest += chunk
        while (end := rest.find(b"\n", start)) >= 0:
            line = bytes(rest[:end])
            del rest[: end + 1]
            start = 0
            if line:
                yield line
        if len(rest) > longest:
            raise LineTooLongError(f"a watch event larger than {longest >> 20} MiB")
