# SPDX-License-Identifier: Apache-2.0
"""Uses: lists and macros that nothing uses, and words that are probably misspelt names of lists.

Called by program/load when every condition has been expanded (specification 1.6). A macro counts as used in
any rule or macro, a list in any of these or in another list, used or not themselves.
"""

from __future__ import annotations

from lanner_engine.documents.definitions import Definitions
from lanner_engine.passes.expand import Expander
from lanner_engine.passes.report import Report


def warn(definitions: Definitions, expander: Expander, report: Report) -> None:
    """Warnings only; whoever overrides a list or a macro may want it unused."""
    expander.lists.mark_items()
    expander.lists.misspelt.warn(report)
    for macro in definitions.macros.values():
        if macro.name not in expander.used:
            report.warning("LOAD_UNUSED_MACRO", f"nothing uses the macro {macro.name}", macro.span)
    for one in definitions.lists.values():
        if one.name not in expander.lists.used:
            report.warning("LOAD_UNUSED_LIST", f"nothing uses the list {one.name}", one.span)
