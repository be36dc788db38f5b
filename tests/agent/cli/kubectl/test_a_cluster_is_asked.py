# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner` against a real API server: what it shows, to whom, and what it says when it may not."""

from __future__ import annotations

import json

import pytest

from lanner_agent.app import exits
from lanner_agent.cli.kubectl import asking
from lanner_engine.alerts import reading
from tests.agent.cli.kubectl.scene import SHOP, Scene

TERMINAL = "ClusterFalcoRule/lanner-terminal-shell"


def test_who_may_view_the_cluster_sees_its_nodes_and_what_is_weaker_there(scene: Scene) -> None:
    done = scene.asks("status", who="viewer")
    assert done.rows[0] == ["NODE", "READY", "RULES", "ALERTS", "LOST", "SEEN", "WEAKER"]
    assert done.rows[1] == ["node1", "True", "r000003-9f2c41d0", "55", "0", "-", "-"]
    assert done.rows[2][-1] == "EventsPublished,ProbesLoaded"
    assert "node2: EventsPublished: Forbidden: may not\\u001b[2J write" in done.out
    assert "node2: ProbesLoaded: AttachedButWeaker: what io_uring does is not seen (too old)" in done.out
    assert "node2: events lost: ring full: 1,234" in done.out
    assert "DaemonSet lanner/lanner-agent: 0 of 0 ready, version 0.1.0" in done.out
    assert "when agents were heard of last is not known: you may not list leases" in done.errors
    assert done.status == exits.OK


def test_an_agent_that_is_silent_is_no_watched_node(scene: Scene) -> None:
    done = scene.asks("status", "-o", "wide")
    assert done.rows[2][1] == "Unknown"
    assert "node2: silent for " in done.out
    assert done.status == exits.PROBLEMS
    told = json.loads(scene.asks("status", "-o", "json").out)
    assert [(one["node"], one["lost"]) for one in told["nodes"]] == [
        ("node1", {}),
        ("node2", {"ring_full": 1234}),
    ]
    assert {one["kind"] for one in told["installed"]} == {"Deployment", "DaemonSet"}


def test_rules_say_where_they_are_in_force_and_how_often_they_fired(scene: Scene) -> None:
    done = scene.asks("rules", who="viewer")
    (shells,) = (line for line in done.out.splitlines() if "Shell in the shop" in line)
    assert shells.split()[-3:-1] == ["2/2", "10"]
    assert f"FalcoRule/{SHOP}/shells" in shells
    assert "ClusterFalcoRule/lanner-log-cleared" in done.out
    assert "7 alerts of the last hour are of rules that nodes had no room to name" in done.errors
    firing = scene.asks("rules", "--firing", "-A").rows[1:]
    assert [row[0] for row in firing] == [f"FalcoRule/{SHOP}/shells", TERMINAL]


def test_one_rule_can_be_named_and_a_wrong_name_is_said(scene: Scene) -> None:
    told = json.loads(scene.asks("rules", "Shell with a terminal in a container", "-o", "json").out)
    assert [(one["object"], one["alerts"], one["nodes"]) for one in told] == [(TERMINAL, 3, "2/2")]
    done = scene.asks("rules", "no such rule")
    assert done.status == exits.PROBLEMS
    assert "lanner: no rule and no object has the name no such rule\n" in done.errors


def test_who_may_view_a_namespace_sees_its_rules_and_counts_their_events(scene: Scene) -> None:
    done = scene.asks("rules", who="tenant")
    assert [row[0] for row in done.rows] == ["OBJECT", f"FalcoRule/{SHOP}/shells"]
    assert int(done.rows[1][-2]) >= 3
    assert "alerts are counted by their Events alone: you may not list falconodes.lanner.dev" in done.errors
    refused = scene.asks("status", who="tenant")
    assert refused.status == exits.CANNOT_RUN
    assert refused.errors == (
        "lanner: you may not list falconodes.lanner.dev in the whole cluster\n"
        "  hint: ask for the role view in the whole cluster; to see what you may: "
        "kubectl auth can-i list falconodes.lanner.dev -A\n"
    )


@pytest.mark.parametrize("words", [("alerts",), ("rules",), ("why", "any")])
def test_who_may_nothing_is_told_which_right_it_takes(scene: Scene, words: tuple[str, ...]) -> None:
    done = scene.asks(*words, who="stranger")
    assert (done.status, done.out) == (exits.CANNOT_RUN, "")
    assert "lanner: you may not " in done.errors
    assert f"kubectl auth can-i {'get' if words[0] == 'why' else 'list'} " in done.errors


def test_alerts_come_from_events_and_move_no_cursor(scene: Scene) -> None:
    done = scene.asks("alerts", who="tenant")
    assert done.rows[1][1:5] == ["Warning", f"{SHOP}/pod/app1", "Shell", "in"]
    assert "id \\u001b[31m" in done.out
    assert "\x1b" not in done.out
    assert "\x1b[33m" in scene.asks("alerts", "--color", "always").out


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("-A",), {"app1", "node1"}),
        (("-A", "--priority", "critical"), set()),
        (("-A", "--priority", "WARNING", "--pod", "app1"), {"app1"}),
        (("-A", "--rule", "shell in the shop"), {"app1"}),
        (("-A", "--rule", "shell-in-the-shop"), {"app1"}),
        (("-A", "--rule", "Shell"), set()),
        (("-A", "--workload", "Deployment/app"), {"app1"}),
        (("-A", "--workload", "DaemonSet/app"), set()),
        (("-A", "--node", "node1", "--since", "1h"), {"app1", "node1"}),
        (("-A", "--node", "node9"), set()),
        (("-A", "--tail", "1"), {"node1"}),
        (("-n", "default"), {"node1"}),
    ],
)
def test_alerts_are_picked(scene: Scene, words: tuple[str, ...], found: set[str]) -> None:
    done = scene.asks("alerts", *words, "-o", "json")
    assert {json.loads(line)["regarding"].partition("/")[2] for line in done.out.splitlines()} == found
    assert done.status == exits.OK


def test_alerts_as_json_are_what_other_commands_read(scene: Scene) -> None:
    (line,) = scene.asks("alerts", "-o", "json", who="tenant").out.splitlines()
    alert = reading.read("alerts", line)
    assert (alert.rule, alert.priority, alert.hostname) == ("Shell in the shop", "Warning", "node1")
    assert alert.fields["k8s.workload.name"] == "app"
    assert json.loads(line)["count"] >= 3
    assert "lanner.dev" not in scene.asks("alerts", "-o", "yaml").out


def test_no_alert_is_said_with_where_others_may_be(scene: Scene) -> None:
    done = scene.asks("alerts", "-n", "kube-public")
    assert (done.out, done.status) == ("", exits.OK)
    assert (
        "no alerts found in namespace kube-public; Events are kept for an hour; -A looks in all"
        in done.errors
    )


def test_a_list_has_an_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST", 2)
    monkeypatch.setattr(asking, "PAGE", 1)
    done = scene.asks("rules", who="viewer")
    assert "there are more than 2 clusterfalcorules.lanner.dev: the others are left out" in done.errors


def test_a_rule_that_is_not_accepted_is_told_with_its_place(scene: Scene) -> None:
    wrong = {
        "name": "wrong",
        "condition": "evt.type = execve",
        "output": "x",
        "priority": "NOTICE",
        "desc": "x",
    }
    made = {
        "apiVersion": "lanner.dev/v1alpha1",
        "kind": "FalcoRule",
        "metadata": {"name": "wrong", "namespace": SHOP},
    }
    scene.admin.apply({**made, "spec": {"rules": [wrong]}})
    said = {
        "type": "Accepted",
        "status": "False",
        "reason": "ParseError",
        "message": "spec.rules[0].condition:1:1: error: \x1b]0;no\n second line",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    patch = json.dumps({"status": {"conditions": [said]}})
    try:
        scene.admin.kubectl(
            "patch", "falcorule", "wrong", "-n", SHOP, "--subresource=status", "--type=merge", "-p", patch
        )
        done = scene.asks("rules", "wrong", who="viewer")
    finally:
        scene.admin.kubectl("delete", "falcorule", "wrong", "-n", SHOP)
    assert done.status == exits.PROBLEMS
    assert done.errors.splitlines()[-1] == (
        f"lanner: FalcoRule/{SHOP}/wrong is not accepted: spec.rules[0].condition:1:1: error: \\u001b]0;no; "
        f"kubectl describe falcorule wrong -n {SHOP}"
    )


def test_two_ways_to_say_a_namespace_are_one_too_many(scene: Scene) -> None:
    done = scene.asks("alerts", "-A", "-n", SHOP)
    assert done.status == exits.USAGE
    assert "exclude each other" in done.errors
