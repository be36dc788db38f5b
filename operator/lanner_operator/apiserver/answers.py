# SPDX-License-Identifier: Apache-2.0
"""Answers of the API server as kopf reads them: nothing in them nests deeper than kopf can follow.

kopf decodes pages and a watch's lines recursively, and copies objects recursively. The depth of what people
write (an object of an older definition, the field names in managedFields) is bounded by the API server alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, cast

import aiohttp

from lanner_apiserver import lines, nesting


class Answer(aiohttp.ClientResponse):
    """A page is read by `json`; `ended` is called with the last one of a listing."""

    ended: Callable[[], None] | None = None

    async def json(self, **how: Any) -> Any:
        found = await super().json(**{**how, "loads": _decoded})
        if self.ended is not None and not _goes_on(found):
            self.ended()
        return found

    def watched(self) -> None:
        """Its content are the lines of a watch."""
        self.content = cast("aiohttp.StreamReader", _Lines(self.content))


class _Lines:
    """The content of a watch: chunks are whole lines."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content

    async def iter_chunked(self, _size: int) -> AsyncIterator[bytes]:
        async for line in lines.split(self._content.iter_any()):
            yield nesting.shallow_text(line) + b"\n"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)


def _decoded(text: str) -> Any:
    return nesting.shallow(nesting.loads(text), nesting.DEEPEST)


def _goes_on(page: Any) -> bool:
    """A page of a listing that others follow."""
    meta = page.get("metadata") if isinstance(page, Mapping) else None
    return isinstance(meta, Mapping) and bool(meta.get("continue"))
