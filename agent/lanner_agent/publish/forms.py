# SPDX-License-Identifier: Apache-2.0
"""The forms that an alert can have as one line, by the names that people give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lanner_agent.publish import ecs, json_lines, ocsf, text
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.settings.form import FormName
from lanner_agent.publish.snapshot import Snapshot

FORMS: Final[Mapping[FormName, Callable[[Snapshot, Hide], bytes]]] = {
    "text": text.line,
    "json": json_lines.line,
    "ocsf": ocsf.line,
    "ecs": ecs.line,
}
