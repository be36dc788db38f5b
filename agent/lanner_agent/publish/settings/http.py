# SPDX-License-Identifier: Apache-2.0
"""Settings of the output `http`."""

from __future__ import annotations

from lanner_agent.publish.settings.endpoint import Endpoint


class HttpSettings(Endpoint):
    """A server that gets a POST of Falco's JSON for each alert, as falcosidekick does."""
