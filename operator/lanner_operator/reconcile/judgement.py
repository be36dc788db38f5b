# SPDX-License-Identifier: Apache-2.0
"""Rule objects -> the engine's verdicts and the bundle cut from what may be in force. Pure, and slow: it runs
in a thread of its own. Remembered by Judge, since most reconciliations are about acknowledgements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lanner_engine.bundle import shards
from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.shards import Cut
from lanner_engine.program.objects import CheckedObjects, check_objects
from lanner_engine.resources.rule_object import RuleObject

Previous = Mapping[str, RuleObject]  # by uid: the versions that are in force now


@dataclass(frozen=True, slots=True)
class Judgement:
    """`cut` is None when `problem` says why no bundle can be made of what was accepted."""

    checked: CheckedObjects
    cut: Cut | None
    problem: BundleError | None


def judge(objects: tuple[RuleObject, ...], previous: Previous, prefix: str) -> Judgement:
    """`prefix` begins the shards' names."""
    checked = check_objects(objects, previous)
    try:
        return Judgement(checked, shards.cut(checked.in_force, prefix), None)
    except BundleError as problem:
        return Judgement(checked, None, problem)


class Judge:
    """The last judgement, and anew when the question differs."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._question: object = None
        self._answer: Judgement | None = None

    async def judge(self, objects: Iterable[RuleObject], previous: Previous) -> Judgement:
        """Beside the loop, so that watches and health go on."""
        given = tuple(objects)
        # Versions compare by uid and generation, which name a spec once and for all.
        question = (given, frozenset(previous.values()))
        if self._answer is None or question != self._question:
            self._answer = await asyncio.to_thread(judge, given, previous, self._prefix)
            self._question = question
        return self._answer
