# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner why EVENT` and `lanner explain event/NAME` against a real API server: the values that made
the rule true, and whether the rule is still the one of then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lanner_agent.app import exits
from tests.agent.cli.kubectl.scene import SHELLS, SHOP, Scene


@pytest.fixture
def event(scene: Scene) -> Iterator[str]:
    """NAMESPACE/NAME of the Event of one alert; afterwards the rule is as before, and the Event gone."""
    scene.publish((scene.rule(), replace(scene.pod, name=b"explained"), (b"-c", b"id")))
    found = map(json.loads, scene.asks("alerts", "-o", "json", who="tenant").out.splitlines())
    (name,) = (one["event"] for one in found if one["output_fields"]["container.name"] == "explained")
    yield name
    scene.admin.apply(SHELLS)
    scene.admin.kubectl("delete", "event", name.partition("/")[2], "-n", SHOP)


def test_the_rule_is_told_with_the_values_that_made_it_true(scene: Scene, event: str) -> None:
    for words in (("why", event), ("explain", f"event/{event.partition('/')[2]}", "-n", SHOP)):
        done = scene.asks(*words, who="viewer")
        assert (done.status, done.errors) == (exits.OK, "")
        assert done.out.splitlines()[:3] == [
            f"Pod {SHOP}/app1 of Deployment/app, node node1",
            f"rule Shell in the shop of FalcoRule/{SHOP}/shells",
            "this rule decides and says the same now as then",
        ]
        assert done.out.splitlines()[-3:] == [
            "true     evt.type = execve   [evt.type: execve]",
            "true     lanner_shop_shell",
            "true       proc.name in (sh, bash)   [proc.name: sh]",
        ]


def test_a_change_since_then_is_said(scene: Scene, event: str) -> None:
    scene.admin.kubectl("label", "falcorule", "shells", "-n", SHOP, "team=a", "--overwrite")
    assert "says the same now as then" in scene.asks("why", event).out
    scene.admin.apply(json.loads(json.dumps(SHELLS).replace("(sh, bash)", "(bash)")))
    done = scene.asks("why", event)
    assert done.status == exits.PROBLEMS
    assert f"FalcoRule/{SHOP}/shells was changed since: generation 1 then, 2 now" in done.out
    assert "The values of the alert do not make this rule true" in done.out


def test_a_rule_that_is_gone_leaves_the_values(scene: Scene, event: str) -> None:
    scene.admin.kubectl("delete", "falcorule", "shells", "-n", SHOP)
    done = scene.asks("why", event)
    assert done.status == exits.PROBLEMS
    assert f"FalcoRule/{SHOP}/shells is not there any more" in done.out
    assert "proc.cmdline: sh -c id" in done.out
    scene.admin.apply(SHELLS)
    again = scene.asks("why", event)
    assert f"FalcoRule/{SHOP}/shells was deleted since and made anew" in again.out
    assert again.status == exits.OK


def test_a_rule_with_an_error_now_is_shown_with_it(scene: Scene, event: str) -> None:
    scene.admin.apply(json.loads(json.dumps(SHELLS).replace("proc.name in", "proc.nam in")))
    done = scene.asks("why", event)
    assert done.status == exits.PROBLEMS
    assert "has an error now" in done.out
    assert "hint: did you mean proc.name?" in done.out


def test_an_event_that_is_none_of_ours_is_refused(scene: Scene) -> None:
    done = scene.asks("why", "no.such", who="tenant")
    assert done.status == exits.CANNOT_RUN
    assert f"lanner: there is no Event no.such in namespace {SHOP}" in done.errors
    made = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "others", "namespace": SHOP},
        "involvedObject": {"kind": "Pod", "name": "app1", "namespace": SHOP},
        "reason": "Pulled",
    }
    scene.admin.apply(made)
    assert "the Event others is no alert of Lanner" in scene.asks("why", "events/others", who="tenant").errors
