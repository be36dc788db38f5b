# SPDX-License-Identifier: Apache-2.0
"""What nodes tell of objects with mode DryRun becomes one sum in the object's status, now and then."""

from __future__ import annotations

from typing import Any

from lanner_engine.objects.verdicts import check_objects
from lanner_engine.resources.falco_rule import FalcoRuleStatus
from lanner_operator.reconcile.dry_run_pace import EVERY_S, DryRunPace
from lanner_operator.status import dry_run, rule_status
from lanner_operator.status.dry_run import Tried
from lanner_operator.status.fleet import Fleet
from lanner_operator.status.rule_status import Bundle
from lanner_operator.status.slim import slim
from tests.operator.made import NOW, cluster_rule, falco_node, rule, spec

TRIED = cluster_rule("try", spec(rule("try"), mode="DryRun"), generation=3)


def row(matches: int, executable: str = "/bin/sh", **more: str) -> dict[str, Any]:
    where = {"rule": "try", "namespace": "shop", "workload": "web", "executable": executable, **more}
    return {**where, "matches": matches}


def told(matches: int, *rows: dict[str, Any], generation: int = 3) -> list[dict[str, Any]]:
    return [
        {"rule": TRIED.key, "uid": TRIED.uid, "generation": generation, "matches": matches, "top": list(rows)}
    ]


def fleet(*nodes: list[dict[str, Any]]) -> Fleet:
    made = tuple(falco_node(f"n{number}", dryRun=one) for number, one in enumerate(nodes))
    return Fleet(made, 0, None, {})


def test_rows_of_all_nodes_are_added_up_loudest_first() -> None:
    tried = fleet(told(5, row(3), row(1, "/bin/ls")), told(9, row(2), row(6, "/bin/ls"))).tried(TRIED)
    (verdict,) = check_objects([TRIED]).verdicts.values()
    said = rule_status.status(verdict, {}, Bundle("", frozenset()), fleet(), NOW, tried)
    FalcoRuleStatus.model_validate(said)
    assert said["dryRun"] == {"matches": 14, "top": [row(7, "/bin/ls"), row(5)], "others": 2}
    assert rule_status.patch(said, slim(said), TRIED.uid) is None


def test_other_versions_are_not_counted() -> None:
    assert fleet(told(5, row(5), generation=2)).tried(TRIED) == Tried()


def test_a_node_can_say_neither_much_nor_nonsense() -> None:
    many = [
        one for number in range(100) for one in told(10**30, *(row(1, f"/{number}/{n}") for n in range(100)))
    ]
    found = dry_run.read([7, {"uid": [], "generation": -1, "top": "x"}, *many])
    assert sum(len(one.rows) for one in found.values()) <= 32
    hostile = dry_run.read(told(1, row(1, "\x1b[2J" + "x" * 10_000)))[TRIED.uid, 3]
    (where,) = hostile.rows
    assert where.executable.isprintable()
    assert len(where.executable) <= 128
    assert hostile.written()["others"] == 0
    assert dry_run.read("nothing") == {}


def test_numbers_are_told_anew_now_and_then_and_nothing_of_what_is_not_tried() -> None:
    clock = [100.0]
    pace = DryRunPace(lambda: clock[0])
    assert pace.told(cluster_rule("other"), fleet(told(1))) is None
    assert pace.told(TRIED, fleet()) == Tried()
    assert pace.told(TRIED, fleet(told(1))) == Tried(1)
    assert pace.told(TRIED, fleet(told(2))) == Tried(1)
    clock[0] += EVERY_S
    assert pace.told(TRIED, fleet(told(3))) == Tried(3)
    pace.keep([])
    assert pace.told(TRIED, fleet(told(4))) == Tried(4)
