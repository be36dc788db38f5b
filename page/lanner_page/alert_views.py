# SPDX-License-Identifier: Apache-2.0
"""Pages about alerts: the list, more of it as JSON, and one alert whole."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from lanner_page import asked, matrix, processes, reasons, rows, words
from lanner_page.notices import notices
from lanner_page.pages import Pages
from lanner_page.source import Alert, Source

_PROPOSED: Final = ("namespace", "workload", "pod", "rule")  # to the filter, of the alerts that are shown
_AROUND: Final = 200  # alerts of the same minute that are shown
_VALUE: Final = 1 << 16  # characters of a value, and of the whole as JSON, that are shown
_ID: Final = 512  # characters: a node and a uuid


class AlertViews:
    def __init__(self, source: Source, pages: Pages) -> None:
        self._source = source
        self._pages = pages

    async def list(self, request: web.Request) -> web.Response:
        """The newest that the filter asks for, and a link to older ones, which needs no script."""
        filter_ = asked.of(request.query)
        answer = await self._source.alerts(filter_)
        now = time.time_ns()
        return self._pages.answer(
            "alerts.html",
            request,
            asked=filter_,
            narrows=asked.narrows(filter_),
            rows=[rows.row(alert, now) for alert in answer.alerts],
            seen={name: _seen(answer.alerts, name) for name in _PROPOSED},
            older=older(answer.alerts, filter_.limit),
            notices=notices(await self._source.nodes(), answer.missing),
        )

    async def json(self, request: web.Request) -> web.Response:
        filter_ = asked.of(request.query)
        answer = await self._source.alerts(filter_)
        now = time.time_ns()
        found = {
            "alerts": [rows.as_json(alert, now) for alert in answer.alerts],
            "notices": [rows.short(one, 500) for one in notices(await self._source.nodes(), answer.missing)],
        }
        return web.json_response(found)

    async def one(self, request: web.Request) -> web.Response:
        alert = await self._source.alert(request.match_info["id"][:_ID])
        if alert is None:
            return self._pages.answer("gone.html", request, status=404)
        explanation = await self._source.explained(alert)
        around = (await self._source.around(alert))[:_AROUND]
        return self._pages.answer(
            "alert.html",
            request,
            alert=alert,
            explanation=explanation,
            reasons=reasons.reasons(explanation) if explanation else (),
            processes=processes.line(alert),
            around=[(words.offset(one.at_ns - alert.at_ns), one) for one in around],
            fields=_fields(alert),
            tags=_tags(alert),
            most=_VALUE,
            whole=json.dumps(alert.body, indent=2, ensure_ascii=False, sort_keys=True),
        )


def older(alerts: Sequence[Alert], limit: int) -> int | None:
    """From where older ones are asked for; None where there are none. Those of the same nanosecond as the
    last come once more, so that none is left out."""
    return alerts[-1].at_ns + 1 if len(alerts) >= limit and alerts else None


def _seen(alerts: Sequence[Alert], name: str) -> list[str]:
    return sorted({value for alert in alerts if (value := getattr(alert, name))})


def _fields(alert: Alert) -> list[tuple[str, str]]:
    found = alert.body.get("output_fields")
    return [(name, _value(value)) for name, value in sorted(found.items())] if isinstance(found, dict) else []


def _value(value: object) -> str:
    if value is None:
        return "<NA>"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _tags(alert: Alert) -> list[tuple[str, str]]:
    """Each with the name that ATT&CK has for it, or nothing."""
    found = alert.body.get("tags")
    return [(str(tag), _meaning(str(tag))) for tag in found] if isinstance(found, list) else []


def _meaning(tag: str) -> str:
    kept = matrix.kept()
    if tag.upper() in kept.techniques:
        return kept.techniques[tag.upper()].name
    return (
        kept.tactics.get(tag.removeprefix(matrix.TACTIC), ("", ""))[1]
        if tag.startswith(matrix.TACTIC)
        else ""
    )
