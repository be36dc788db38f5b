# SPDX-License-Identifier: Apache-2.0
"""Namespaces read the cluster's lists and macros, shadow them for themselves, change nothing for others."""

from __future__ import annotations

from lanner_engine.codegen.compile import compile_objects
from lanner_engine.fields.model import HOST
from tests.engine.objects.falco_objects import (
    OPEN,
    appended,
    change,
    check,
    cluster,
    macro,
    names,
    rule,
    said,
    tenant,
    verdicts,
)
from tests.engine.plain_facts import PlainEvent
from tests.engine.scopes.pods import UNRESOLVED, pod

WORDS = cluster(
    "words", lists=[{"name": "l", "items": ["cat"]}], macros=[macro("m", f"{OPEN} and proc.name in (l)")]
)


def test_macros_and_lists_of_the_cluster_can_be_read() -> None:
    checked = check(WORDS, tenant("shop", "a", rule(condition="m")))
    assert verdicts(checked) == {"words": "+Valid", "shop/a": "+Valid"}
    (one,) = checked.namespaces["shop"]
    assert (one.owner and one.owner.key, one.scope and one.scope.namespace) == ("FalcoRule/shop/a", b"shop")
    assert one.needs_metadata


def test_rules_of_the_cluster_cannot_be_changed() -> None:
    platform = cluster("p", rule("r"))
    checked = check(
        platform, tenant("shop", "a", change("r", enabled=False)), tenant("shop", "b", appended("r", "and x"))
    )
    assert verdicts(checked) == {
        "p": "+Valid",
        "shop/a": "-OverrideTargetNotFound",
        "shop/b": "-OverrideTargetNotFound",
    }
    assert names(checked.cluster) == ["r"]


def test_the_same_names_mean_something_else_in_each_namespace() -> None:
    checked = check(
        WORDS,
        cluster("p", rule("r", "m", output="platform")),
        tenant("a", "x", rule("r", "m", output="a"), lists=[{"name": "l", "items": ["dog"]}]),
        tenant("b", "x", rule("r", "m", output="b")),
        tenant("c", "x", rule("r", "own"), macros=[macro("own", OPEN)]),
        tenant("d", "x", rule("r", "own")),
    )
    assert verdicts(checked)["d/x"] == "-MacroNotFound"
    program = compile_objects(checked)

    def outputs(namespace: str, comm: bytes) -> list[str]:
        process = PlainEvent().process.__class__(comm=comm)
        event = PlainEvent(type="open", container=pod(namespace), process=process)
        return [one.output.text.split()[0] for one in program.match(event)]

    assert outputs("a", b"cat") == ["platform"]
    assert outputs("a", b"dog") == ["a"]
    assert outputs("b", b"cat") == ["platform", "b"]
    assert outputs("b", b"dog") == []
    assert outputs("d", b"cat") == ["platform"]


def test_a_tenant_matches_pods_of_its_namespace_only() -> None:
    program = compile_objects(check(tenant("shop", "a", rule())))
    found = [
        program.match(PlainEvent(type="open", container=one))
        for one in (pod("shop"), pod("x"), HOST, UNRESOLVED)
    ]
    assert [len(one) for one in found] == [1, 0, 0, 0]
    assert program.needs_metadata("open")


def test_an_append_to_a_list_of_the_cluster_is_the_tenants_own() -> None:
    more = {"name": "l", "items": ["dog"], "override": {"items": "append"}}
    checked = check(WORDS, cluster("p", rule("r", "m")), tenant("a", "x", rule("r", "m"), lists=[more]))
    assert verdicts(checked)["a/x"] == "+Valid"
    assert "dog" in str(checked.namespaces["a"][0].condition)
    assert "dog" not in str(checked.cluster[0].condition)


def test_a_bad_tenant_hurts_nobody_else() -> None:
    checked = check(
        WORDS,
        cluster("p", rule()),
        tenant("a", "x", rule(condition="proc.nam = x")),
        tenant("a", "y", rule()),
        tenant("b", "x", rule()),
    )
    assert verdicts(checked) == {
        "words": "+Valid", "p": "+Valid", "a/x": "-UnknownField", "a/y": "+Valid", "b/x": "+Valid",
    }  # fmt: skip


def test_a_shadow_that_breaks_the_clusters_macros_is_refused() -> None:
    platform = cluster("p", macros=[macro("n", OPEN), macro("m", "n")])
    users = [tenant(name, "z", rule(condition="m")) for name in "ab"]
    checked = check(platform, tenant("a", "loop", macros=[macro("n", "m")]), *users)
    assert verdicts(checked) == {"p": "+Valid", "a/loop": "-InvalidSpec", "a/z": "+Valid", "b/z": "+Valid"}
    assert "reference loop" in said(checked, "FalcoRule/a/loop")


def test_a_macro_of_the_cluster_that_cannot_be_used_refuses_who_uses_it() -> None:
    platform = cluster("p", macros=[macro("m", "proc.nam = x")])
    checked = check(
        platform,
        tenant("a", "x", rule(condition="m")),
        tenant("a", "y", rule("Y"), macros=[macro("n", OPEN)]),
    )
    assert verdicts(checked) == {"p": "+Valid", "a/x": "-UnknownField", "a/y": "+Valid"}
    assert said(checked, "FalcoRule/a/x") == (
        "spec:1:1: error: with this object, ClusterFalcoRule/p has an error in spec.macros[0].condition: "
        "there is no field proc.nam [LOAD_ERR_COMPILE_CONDITION]\n    hint: did you mean proc.name?"
    )
    shadows = tenant("a", "z", macros=[macro("m", OPEN)])
    assert verdicts(check(platform, shadows, tenant("a", "x", rule(condition="m"))))["a/x"] == "+Valid"


def test_a_refused_object_of_the_cluster_is_not_there_for_tenants() -> None:
    checked = check(cluster("p", macros=[macro("m", "nowhere")]), tenant("a", "x", rule(condition="m")))
    assert verdicts(checked) == {"p": "-MacroNotFound", "a/x": "-MacroNotFound"}


def test_tenants_have_no_say_over_the_host_or_namespaces() -> None:
    checked = check(
        tenant("a", "x", rule(), hostScope="Include"), tenant("a", "y", rule(), namespaceSelector={})
    )
    assert verdicts(checked) == {"a/x": "-InvalidSpec", "a/y": "-InvalidSpec"}
