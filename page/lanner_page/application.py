# SPDX-License-Identifier: Apache-2.0
"""The routes of the page."""

from __future__ import annotations

from aiohttp import web

from lanner_page.access import Access
from lanner_page.alert_views import AlertViews
from lanner_page.files import Files
from lanner_page.guard import ENTER, Guard
from lanner_page.live import Live
from lanner_page.pages import Pages
from lanner_page.source import Source
from lanner_page.state_views import StateViews


def application(source: Source, access: Access) -> web.Application:
    """Serves the page of a source to users that `access` lets in. Read-only."""
    pages = Pages()
    guard = Guard(access, pages)
    alerts, state = AlertViews(source, pages), StateViews(source, pages)
    live = Live(source, guard.admits)
    found = web.Application(middlewares=(guard.middleware,))
    found.on_shutdown.append(live.close)
    found.router.add_get(
        ENTER, guard.enter, allow_head=False
    )  # what looks at a link first must not use it up
    found.router.add_get("/static/{name}", Files().get)
    found.router.add_get("/", alerts.list)
    found.router.add_get("/alerts.json", alerts.json)
    found.router.add_get("/live", live.get, allow_head=False)
    found.router.add_get("/alert/{id}", alerts.one)
    found.router.add_get("/rules", state.rules)
    found.router.add_get("/nodes", state.nodes)
    found.router.add_get("/attack", state.attack)
    found.router.add_get("/change", state.change)
    return found
