# SPDX-License-Identifier: Apache-2.0
"""Settings of the output `http`."""

from __future__ import annotations

from pydantic import Field

from lanner_agent.publish.settings.endpoint import Endpoint
from lanner_agent.publish.settings.form import JsonFormName


class HttpSettings(Endpoint):
    """A server that gets a POST for each alert: of Falco's JSON, as falcosidekick takes it."""

    form: JsonFormName = Field(default="json", description="Form of the body.")
    pipeline: int = Field(
        default=128,
        ge=1,
        le=256,
        description="Requests that may be on their way at once, on the one connection and in order; with 1 "
        "each waits for the answer to the one before.",
    )
