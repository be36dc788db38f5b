# SPDX-License-Identifier: Apache-2.0
"""Templates to pages. Every text that is put in is made visible and escaped, wherever it stands."""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from lanner_engine.program.rule import Priority
from lanner_page import asked, bars, matrix, rows, words
from lanner_page.matching import severity
from lanner_page.source import Filter

VIEWS: Final = (
    ("/", "Alerts"),
    ("/rules", "Rules"),
    ("/nodes", "Nodes"),
    ("/attack", "ATT&CK"),
    ("/change", "Last change"),
)


class Pages:
    """The templates of this package, read once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("lanner_page"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(
            absolute=words.absolute,
            instant=words.instant,
            duration=words.duration,
            number=words.number,
            plural=words.plural,
            severity=severity,
            bars=bars.bars,
            place=rows.place,
            cut=rows.short,
            said=rows.said,
            segment=lambda text: quote(text, safe="", errors="replace"),
            lines=lambda text: text.splitlines(),
        )
        self._environment.globals.update(
            views=VIEWS,
            query=asked.query,
            nothing=Filter(),
            priorities=[one.label for one in Priority],
            tactics={word: name for word, (_, name) in matrix.kept().tactics.items()},
            picture=bars,
        )

    def answer(self, template: str, request: web.Request, status: int = 200, **values: Any) -> web.Response:
        """A page; `now_ns` is the moment from which its times count."""
        now = time.time_ns()
        text = self._environment.get_template(template).render(
            here=request.path, now_ns=now, ago=lambda at: words.ago(at, now), **values
        )
        return web.Response(text=text, content_type="text/html", status=status)


def _finalize(value: object) -> object:
    """What a process chose may move, hide or reorder what stands beside it."""
    if isinstance(value, str) and not hasattr(value, "__html__"):  # which marks what templates made
        return rows.seen(value)
    return value
