# SPDX-License-Identifier: Apache-2.0
"""Settings of the output `otlp`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanner_agent.publish.settings.endpoint import Endpoint


class OtlpSettings(Endpoint):
    """An OpenTelemetry collector, or whatever takes logs by OTLP/HTTP; at /v1/logs if the URL has no path."""

    batch: int = Field(default=512, ge=1, le=10_000, description="Alerts in one request, at most.")
    compression: Literal["gzip", "none"] = Field(default="gzip", description="Of a request.")
