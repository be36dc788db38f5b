# SPDX-License-Identifier: Apache-2.0
"""Uses: lists and macros that nothing uses, and words that are probably misspelt names of lists.

A macro counts as used in any rule or macro, a list in any of these or in another list, used or not
themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanner_engine.documents.definitions import Definitions
from lanner_engine.passes.expand import Expander
from lanner_engine.passes.report import Report


def warn(
    definitions: Definitions, expanders: Sequence[Expander], report: Report, view: Definitions | None = None
) -> None:
    """Warnings only; an override of a list or a macro may leave it unused on purpose.

    The first of the `expanders` is that of the definitions, the others may use them too. What stands in the
    `view` is not theirs.
    """
    warn_of_misspelt(expanders[0], report)
    macros = {name for one in expanders for name in one.used}
    lists = {name for one in expanders for name in one.lists.used}
    for macro in definitions.macros.values():
        if macro.name not in macros and not (view and view.macros.get(macro.name) is macro):
            report.warning("LOAD_UNUSED_MACRO", f"nothing uses the macro {macro.name}", macro.span)
    for one in definitions.lists.values():
        if one.name not in lists and not (view and view.lists.get(one.name) is one):
            report.warning("LOAD_UNUSED_LIST", f"nothing uses the list {one.name}", one.span)


def warn_of_misspelt(expander: Expander, report: Report) -> None:
    """Words that look like the name of a list that is there. Called by objects/attempt too, where lists and
    macros may be meant for objects that are yet to come.
    """
    expander.lists.mark_items()
    expander.lists.misspelt.warn(report)
