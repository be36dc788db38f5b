# SPDX-License-Identifier: Apache-2.0
"""Values of namespaces in rules of the cluster: whose events they are about, and that no tenant can harm the
cluster's rules or other tenants by them.
"""

from __future__ import annotations

from typing import Any

from lanner_engine.codegen.compile import compile_objects
from lanner_engine.fields.model import Container
from lanner_engine.index import clauses
from lanner_engine.objects.limits import Budgets
from lanner_engine.objects.verdicts import CheckedObjects, check_objects
from lanner_engine.program.digest import digest
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from tests.engine.plain_facts import PlainEvent, PlainProcess

EXCEPT = "evt.type = execve and not proc.exepath in (programs)"
WATCH = "evt.type = open and fd.name in (programs)"


def cluster(condition: str = EXCEPT, most: int = 3) -> RuleObject:
    rule = {"name": "R", "condition": condition, "desc": "d", "output": "o", "priority": "NOTICE"}
    spec = {
        "lists": [{"name": "programs", "items": ["/usr/bin/init"]}],
        "tenantLists": [{"name": "programs", "maxItems": most}],
        "rules": [rule],
    }
    return RuleObject(CLUSTER_RULE, "", "c", "uid-c", 1, spec)


def given(namespace: str, *items: str, name: str = "n", of: str = "programs", **more: Any) -> RuleObject:
    spec = {"tenantValues": [{"name": of, "items": list(items)}], **more}
    return RuleObject(NAMESPACED_RULE, namespace, name, f"uid-{namespace}-{name}", 1, spec)


def fires(checked: CheckedObjects, namespace: str | None, path: str) -> bool:
    where = Container(
        id=b"0123456789ab",
        full_id=b"0" * 64,
        name=b"c",
        pod_namespace=None if namespace is None else namespace.encode(),
        pod_name=b"p",
    )
    event = PlainEvent(type="execve", process=PlainProcess(exepath=path.encode()), container=where)
    return bool(compile_objects(checked).match(event))


def test_values_hold_for_events_of_their_namespace_only() -> None:
    checked = check_objects([cluster(), given("a", "/a", "/both"), given("b", "/b", "/both")])
    assert all(one.accepted for one in checked.verdicts.values())
    silent = {
        (where, path)
        for where in ("a", "b", None)
        for path in ("/a", "/b", "/both", "/usr/bin/init", "/x")
        if not fires(checked, where, path)
    }
    own = {("a", "/a"), ("a", "/both"), ("b", "/b"), ("b", "/both")}
    assert silent == own | {(where, "/usr/bin/init") for where in ("a", "b", None)}


def test_what_a_tenant_gives_changes_no_verdict_and_no_digest_of_the_cluster() -> None:
    alone, both = check_objects([cluster()]), check_objects([cluster(), given("a", "/a")])
    assert digest(alone.cluster[0]) == digest(both.cluster[0])
    assert both.verdicts["ClusterFalcoRule/c"].rules == alone.verdicts["ClusterFalcoRule/c"].rules
    assert both.verdicts["FalcoRule/a/n"].given == {"programs": 1}


def test_who_gives_too_much_is_refused_alone() -> None:
    many = given("a", "/3", "/4", name="z")
    checked = check_objects([cluster(), given("a", "/1", "/2"), many, given("b", "/1", "/2", "/3")])
    refused = [key for key, one in checked.verdicts.items() if not one.accepted]
    assert refused == ["FalcoRule/a/z"]
    (found,) = checked.verdicts["FalcoRule/a/z"].diagnostics
    assert found.message == "the namespace gives 4 values for programs, which may have 3 in each"


def test_a_name_that_is_not_open_is_refused_with_a_hint() -> None:
    checked = check_objects([cluster(), given("a", "/a", of="program")])
    verdict = checked.verdicts["FalcoRule/a/n"]
    assert (verdict.accepted, verdict.reason) == (False, "OverrideTargetNotFound")
    assert verdict.diagnostics[0].hint == "did you mean programs?"


def test_values_count_for_the_room_of_who_gives_them() -> None:
    items = [f"/{number}" for number in range(1000)]
    tight = Budgets(object=100_000)
    checked = check_objects([cluster(most=1000), given("a", *items), given("b", "/1")], budgets=tight)
    assert [key for key, one in checked.verdicts.items() if not one.accepted] == ["FalcoRule/a/n"]
    assert checked.verdicts["FalcoRule/a/n"].reason == "TooLarge"


def test_the_kernel_is_asked_for_few_values_and_everything_else_is_possible() -> None:
    watching = cluster(WATCH, most=1000)
    few = check_objects([watching, given("a", "/etc/a")]).cluster[0].condition
    many = check_objects([watching, given("a", *(f"/{n}" for n in range(100)))]).cluster[0].condition
    (narrow,), wide = clauses.clauses(few, "open"), clauses.clauses(many, "open")
    assert {key.text for key in narrow.path.last or ()} == {b"init", b"a"}
    assert any(not one.path.last for one in wide)
