# SPDX-License-Identifier: Apache-2.0
"""What a browser gets beside the pages: scripts, the style sheet, the icon; from memory, by name."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

_FOLDER: Final = pathlib.Path(__file__).parent / "static"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    type: str
    tag: str  # of the content, quoted, as ETag has it


def files() -> Mapping[str, File]:
    """By name. Only these are served, for any path of a request."""
    found = (path for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES)
    return {path.name: _file(path) for path in found}


def _file(path: pathlib.Path) -> File:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    return File(content, _TYPES[path.suffix], f'"{digest}"')


class Files:
    def __init__(self) -> None:
        self._files = files()

    async def get(self, request: web.Request) -> web.Response:
        """Asked anew each time; what has not changed is not sent again."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == file.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.content, content_type=file.type, charset="utf-8", headers=headers)
