# SPDX-License-Identifier: Apache-2.0
"""`agent.config` in values.schema.json: its last definition, made from the agent's own model."""

from __future__ import annotations

import json
import textwrap
from typing import Final

from lanner_agent.settings import listing
from tests.chart.rendering import CHART

SCHEMA: Final = CHART / "values.schema.json"
_BEGIN: Final = '    "config": {'


def written() -> str:
    """The whole schema as it has to be; what stands before the definition is kept."""
    before, begin, _ = SCHEMA.read_text().rpartition(_BEGIN)
    assert begin, "the last definition is not config"
    made = textwrap.indent(json.dumps(listing.chart_schema(), indent=2), "    ").lstrip()
    return f'{before}    "config": {made}\n  }}\n}}\n'
