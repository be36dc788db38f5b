# SPDX-License-Identifier: Apache-2.0
"""What is said at the top of a page: what was lost, and who did not answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lanner_page.source import Node
from lanner_page.words import number, plural

MOST: Final = 6  # sentences; the page of nodes has all of them


def notices(nodes: Sequence[Node], missing: Sequence[str] = ()) -> tuple[str, ...]:
    """Sentences, those about the answer first."""
    found = [*missing, *_of_nodes(nodes)]
    if len(found) <= MOST:
        return tuple(found)
    return (*found[: MOST - 1], f"{plural(len(found) - MOST + 1, 'more notice')}: see Nodes.")


def _of_nodes(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if node.ready is False:
            yield f"{node.name} is not ready: what happens there may not be seen."
        elif node.ready is None:
            yield f"Nothing was heard of {node.name}."
        lost = {cause: count for cause, count in node.lost.items() if count}
        if lost:
            causes = ", ".join(f"{cause} ({number(count)})" for cause, count in lost.items())
            yield f"{node.name} lost events since its agent started: {causes}."
