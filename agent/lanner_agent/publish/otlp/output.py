# SPDX-License-Identifier: Apache-2.0
"""The output `otlp`, where the settings name a collector."""

from __future__ import annotations

from lanner_agent.publish.output import Given
from lanner_agent.publish.sending.delivery import Delivery


def made(given: Given) -> Delivery | None:
    """Where the settings name a collector."""
    settings = given.settings.otlp
    if settings is None:
        return None
    from lanner_agent.publish.otlp.requests import Requests  # noqa: PLC0415  see the package

    return Delivery("otlp", Requests(settings, given.hide), settings, given.say)
