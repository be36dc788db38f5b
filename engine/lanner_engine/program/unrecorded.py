# SPDX-License-Identifier: Apache-2.0
"""Rules on events that nothing records: the language knows the names, so such a rule loads; it never fires.

Reports warnings only.
"""

from __future__ import annotations

from lanner_engine.ast import Literal
from lanner_engine.documents.definitions import RuleDefinition
from lanner_engine.fields.tables.event_names import RECORDED
from lanner_engine.passes import named_events
from lanner_engine.passes.pipeline import Draft
from lanner_engine.passes.report import Report
from lanner_engine.program import marks

CODE = "LOAD_WARNING_EXTENSION"
_HINT = "`lanner fields --events` says which events are recorded"
_SHOWN = 10  # names before "and n more"


def warn(definition: RuleDefinition, draft: Draft, report: Report) -> None:
    """What is said of the rule stands at the first name that nothing records; at the rule where its own text
    has none.
    """
    if not draft.event_types:
        return
    unseen = draft.event_types - RECORDED
    named = [
        one for one in named_events.named(draft.condition) if one.value.decode("utf-8", "replace") in unseen
    ]
    if unseen == draft.event_types:
        message = f"rule {definition.name} never fires: nothing records {_listed(named) or 'its events'}"
    elif named:
        message = f"rule {definition.name} never fires on {_listed(named)}: nothing records such events"
    else:
        return
    report.warning(CODE, message, marks.place((one.span for one in named), definition), _HINT)


def _listed(named: list[Literal]) -> str:
    names = sorted({one.value.decode("utf-8", "replace") for one in named})
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
