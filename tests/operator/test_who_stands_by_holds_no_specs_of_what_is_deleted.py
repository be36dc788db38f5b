# SPDX-License-Identifier: Apache-2.0
"""An operator may stand by for months while objects come and go: it holds specs of those that are there."""

from __future__ import annotations

import asyncio
from typing import cast

from lanner_apiserver.client import Api
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_operator.bundle import stored
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.memory import Memory
from lanner_operator.reconcile.observed import Observed, View, WatchedRule
from lanner_operator.reconcile.specs import Specs
from lanner_operator.reconcile.standby import Standby
from tests.operator.made import HERE, rule, spec


class Seen:
    """A view of these objects."""

    def __init__(self, *objects: RuleObject) -> None:
        self.rules = tuple(WatchedRule(one, {}) for one in objects)

    async def observe(self) -> Observed:
        return Observed(self.rules, (), None, stored.read((), HERE))


def test_what_is_deleted_is_let_go() -> None:
    specs = Specs(cast("Api", None))
    names = [f"ci-{number}" for number in range(50)]
    objects = [
        specs.take(RuleObject(NAMESPACED_RULE, name, "r", f"u-{name}", 1, spec(rule(name)))) for name in names
    ]
    standby = Standby(cast("View", Seen(objects[0])), specs, Dirty(), Memory(), lambda _: None)
    before = specs.bytes
    asyncio.run(standby._look())
    assert specs.bytes * len(names) <= before + len(names)
