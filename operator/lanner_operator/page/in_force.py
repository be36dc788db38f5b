# SPDX-License-Identifier: Apache-2.0
"""The rules of the bundle in force, as the page shows them, and alerts explained by them.

The bundle is judged again for that, in a thread, once for each bundle that a person looks at; what is kept
of it are rows of text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from lanner_engine.bundle.errors import BundleError
from lanner_engine.explain.of_objects import ObjectBook, every
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.bundle.stored import Stored
from lanner_page import explaining
from lanner_page.source import Alert, Explanation, Rule

MOST: Final = 10_000  # rules that are shown

Found = Callable[[], Stored | None]


class InForce:
    """For one asyncio loop."""

    def __init__(self, stored: Found) -> None:
        self._stored = stored
        self._turn = asyncio.Lock()
        self._rows: tuple[str, tuple[Rule, ...]] = ("", ())
        self._book: tuple[tuple[str, str], ObjectBook] | None = None  # by bundle and namespace

    async def rules(self) -> Sequence[Rule]:
        """Without counts of nodes and hits; none while there is no bundle."""
        async with self._turn:
            stored, bundle = self._bundle()
            if bundle != self._rows[0]:
                self._rows = bundle, await asyncio.to_thread(_rows, stored)
            return self._rows[1]

    async def explained(self, alert: Alert) -> Explanation | None:
        async with self._turn:
            stored, bundle = self._bundle()
            namespace = alert.object.split("/")[1] if alert.object.count("/") > 1 else ""
            if self._book is None or self._book[0] != (bundle, namespace):
                made = await asyncio.to_thread(_book, stored, namespace)
                self._book = (bundle, namespace), made
            return await asyncio.to_thread(_explained, self._book[1], alert)

    def _bundle(self) -> tuple[Stored | None, str]:
        """And its hash, by which it is known again without being unpacked."""
        found = self._stored()
        return found, found.index.bundleSha256 if found and found.index else ""


def _objects(stored: Stored | None) -> tuple[RuleObject, ...]:
    """None of a bundle that people have spoiled, which the operator is about to put right."""
    try:
        return stored.objects() if stored else ()
    except BundleError:
        return ()


def _book(stored: Stored | None, namespace: str) -> ObjectBook:
    return ObjectBook(_objects(stored), namespace)


def _rows(stored: Stored | None) -> tuple[Rule, ...]:
    found = every(_objects(stored))
    return tuple(explaining.rule(rule, condition, 0, 0) for (rule, condition), _ in zip(found, range(MOST)))  # noqa: B905  the first MOST


def _explained(book: ObjectBook, alert: Alert) -> Explanation | None:
    found = book.rule(alert.object, alert.rule)
    return None if found is None else explaining.explanation(alert, found.written)
