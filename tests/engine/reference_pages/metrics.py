# SPDX-License-Identifier: Apache-2.0
"""docs/reference/metrics.md: both programs' tables of metrics."""

from __future__ import annotations

from typing import Final

from lanner_agent.report.metrics.families import FAMILIES as AGENT
from lanner_apiserver.metrics import listing
from lanner_operator.handlers.metrics import FAMILIES as OPERATOR

HEAD: Final = """\
# Metrics

Made from the tables of the agent and the operator by `make reference`.
[What to look at](../metrics.md), and how to have them.
Both also have `process_…`: memory, processor time, start, descriptors. `lanner_metrics_unreadable_total`
counts what an error kept off a page.

## Agent
"""


def page() -> str:
    return f"{HEAD}\n{listing.table(AGENT)}\n\n## Operator\n\n{listing.table(OPERATOR)}"
