# SPDX-License-Identifier: Apache-2.0
"""Verdicts of the real engine and nodes -> conditions, counts and texts; and when there is nothing to
write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanner_engine.objects.verdicts import Verdict, check_objects
from lanner_engine.resources.falco_rule import FalcoRuleStatus
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.status import rule_status
from lanner_operator.status.fleet import Fleet
from lanner_operator.status.rule_status import Bundle
from lanner_operator.status.slim import slim
from tests.operator.made import LATER, NOW, cluster_rule, falco_node, rule, spec

SHA = "a" * 64
GOOD = cluster_rule("shells")
BROKEN = cluster_rule("shells", spec(rule("shells", "evt.type = execve and proc.nam = sh")), generation=2)


def verdict(made: RuleObject, previous: RuleObject | None = None) -> Verdict:
    known = {previous.uid: previous} if previous else {}
    return check_objects([made], known).verdicts[made.key]


def status(
    made: Verdict, before: Mapping[str, Any] | None = None, *, loaded: bool = True, now: str = NOW
) -> dict[str, Any]:
    """With one node that has the version in force, or not."""
    version = made.in_force
    holds = frozenset({version.version}) if version else frozenset()
    fleet = Fleet((falco_node("n1", SHA if loaded else "b" * 64),), 0, None, {SHA: holds})
    said = rule_status.status(made, before or {}, Bundle("r000001-aaaaaaaa", holds), fleet, now)
    FalcoRuleStatus.model_validate(said)  # what the resource definition takes
    return said


def condition(said: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(dict(one) for one in said["conditions"] if one["type"] == kind)


def test_good_rules_on_every_node_are_accepted_and_programmed() -> None:
    said = status(verdict(GOOD))
    assert {one["type"]: one["status"] for one in said["conditions"]} == {
        "Accepted": "True",
        "Programmed": "True",
        "Ready": "True",
        "Stalled": "False",
    }
    assert said["summary"] == "1/1"
    assert said["rules"] == [{"name": "shells", "priority": "Notice", "eventTypes": ["execve"]}]


def test_an_error_is_shown_with_its_place_and_hint() -> None:
    said = condition(status(verdict(BROKEN)), "Accepted")
    assert said["reason"] == "UnknownField"
    assert "spec.rules[0].condition:1:" in said["message"]
    assert "did you mean" in said["message"]
    assert said["observedGeneration"] == 2


def test_the_last_good_version_is_programmed_with_its_own_generation() -> None:
    said = status(verdict(BROKEN, GOOD))
    assert condition(said, "Accepted")["status"] == "False"
    programmed = condition(said, "Programmed")
    assert (programmed["status"], programmed["reason"]) == ("True", "UsingPrevious")
    assert programmed["observedGeneration"] == 1
    assert said["observedGeneration"] == 2


def test_without_a_good_version_no_node_is_counted() -> None:
    said = status(verdict(BROKEN))
    assert condition(said, "Programmed")["reason"] == "NotAccepted"
    assert not {"bundle", "nodes", "summary", "rules"} & said.keys()


def test_disabled_is_accepted_and_nowhere() -> None:
    said = status(verdict(cluster_rule("shells", spec(rule("shells"), mode="Disabled"))))
    assert condition(said, "Accepted")["reason"] == "Disabled"
    assert condition(said, "Programmed")["status"] == "False"


def test_ready_waits_for_the_nodes() -> None:
    ready = condition(status(verdict(GOOD), loaded=False), "Ready")
    assert (ready["status"], ready["reason"]) == ("Unknown", "Pending")


def test_a_spec_with_errors_is_stalled_whatever_is_in_force() -> None:
    said = status(verdict(BROKEN, GOOD))
    ready, stalled = condition(said, "Ready"), condition(said, "Stalled")
    assert (ready["status"], stalled["status"]) == ("False", "True")
    assert ready["reason"] == stalled["reason"] == "UnknownField"
    assert ready["observedGeneration"] == stalled["observedGeneration"] == 2
    assert "\n" not in stalled["message"]


def test_a_disabled_object_is_ready_when_it_is_accepted() -> None:
    said = status(verdict(cluster_rule("shells", spec(rule("shells"), mode="Disabled"))))
    assert (condition(said, "Ready")["status"], condition(said, "Ready")["reason"]) == ("True", "Disabled")


def test_nodes_that_skip_an_object_are_counted_beside_the_others() -> None:
    made = verdict(GOOD)
    holds = frozenset({GOOD.version})
    here, there = falco_node("n1", SHA), falco_node("n2", SHA, skipped=[GOOD.key, 7])
    both = Fleet((here, there), 0, 2, {SHA: holds})
    said = rule_status.status(made, {}, Bundle("r", holds), both, NOW)
    FalcoRuleStatus.model_validate(said)
    assert said["nodes"] == {"desired": 1, "loaded": 1, "skipped": 1, "failed": 0, "pending": 0}
    assert said["summary"] == "1/1"
    assert condition(said, "Programmed")["status"] == "True"
    assert "skipped by 1" in condition(said, "Programmed")["message"]

    nowhere = Fleet((there,), 0, 1, {SHA: holds})
    said = rule_status.status(made, {}, Bundle("r", holds), nowhere, NOW)
    assert (condition(said, "Ready")["status"], condition(said, "Ready")["reason"]) == ("True", "Skipped")
    assert said["summary"] == "0/0"


def test_the_same_status_is_not_written_again() -> None:
    before = status(verdict(GOOD))
    assert rule_status.patch(status(verdict(GOOD), before, now=LATER), before, GOOD.uid) is None


def test_only_what_changed_is_written_and_only_what_flipped_has_a_new_time() -> None:
    before = status(verdict(GOOD), loaded=False)
    after = status(verdict(GOOD), before, now=LATER)
    patch = rule_status.patch(after, before, GOOD.uid)
    assert patch is not None
    assert patch["metadata"] == {"uid": GOOD.uid}
    assert set(patch["status"]) == {"conditions", "nodes", "summary"}
    assert condition(after, "Accepted")["lastTransitionTime"] == NOW
    assert condition(after, "Programmed")["lastTransitionTime"] == LATER


def test_what_no_longer_holds_is_taken_out() -> None:
    before = status(verdict(GOOD))
    patch = rule_status.patch(status(verdict(BROKEN), before), before, GOOD.uid)
    assert patch is not None
    assert patch["status"]["nodes"] is None
    assert patch["status"]["rules"] is None


def test_a_later_bundle_is_no_news_about_an_object_that_did_not_change() -> None:
    before = status(verdict(GOOD))
    holds = frozenset({GOOD.version})
    fleet = Fleet((falco_node("n1", SHA),), 0, None, {SHA: holds})
    made = rule_status.status(verdict(GOOD), before, Bundle("r000002-bbbbbbbb", holds), fleet, LATER)
    assert rule_status.patch(made, before, GOOD.uid) is None


def test_what_does_not_fit_into_a_bundle_says_so() -> None:
    fleet = Fleet((falco_node("n1", SHA),), 0, None, {})
    made = rule_status.status(verdict(GOOD), {}, Bundle("", frozenset(), "too large"), fleet, NOW)
    assert condition(made, "Programmed")["reason"] == "NotInBundle"
    assert condition(made, "Programmed")["message"] == "too large"


def test_hostile_text_stays_text_and_stays_short() -> None:
    nasty = 'evt.type = execve and proc.name = "\x1b[2J\u202e' + "x" * 8_000
    bad = cluster_rule("shells", spec(*(rule(f"r{number}\x1b[31m", nasty) for number in range(200))))
    said = status(verdict(bad))
    message = condition(said, "Accepted")["message"]
    assert all(character.isprintable() or character == "\n" for character in message)
    assert len(message) < 32_768


def test_a_status_that_somebody_else_broke_is_mended() -> None:
    before: dict[str, Any] = {"conditions": [{"type": "Accepted"}], "bundle": 5, "foreign": {}}
    patch = rule_status.patch(status(verdict(GOOD), before), before, GOOD.uid)
    assert patch is not None
    assert patch["status"]["foreign"] is None
    assert patch["status"]["bundle"] == "r000001-aaaaaaaa"


def test_a_rule_of_every_type_of_event_does_not_fill_the_status() -> None:
    said = status(verdict(cluster_rule("shells", spec(rule("shells", "proc.name = sh")))))
    types = said["rules"][0]["eventTypes"]
    assert len(types) <= 33


def test_events_that_nothing_records_are_a_warning_with_its_place_and_no_types_that_it_can_match() -> None:
    made = cluster_rule("dreams", spec(rule("dreams", "evt.type in (getcwd, time)")))
    said = status(verdict(made))
    assert condition(said, "Accepted")["status"] == "True"
    assert said["rules"] == [{"name": "dreams", "priority": "Notice", "eventTypes": []}]
    (warning,) = said["warnings"]
    assert "rule dreams never fires: nothing records getcwd, time" in warning
    assert "spec.rules[0].condition:1:14: warning:" in warning
    assert "^~~~" in warning


def test_an_object_answers_for_its_own_names_of_events_only() -> None:
    lists = cluster_rule("lists", {**spec(), "lists": [{"name": "looks", "items": ["open", "stat"]}]})
    made = cluster_rule("using", spec(rule("using", "evt.type in (looks)"), loadOrder=600))
    verdicts = check_objects([lists, made], {}).verdicts
    assert status(verdicts[lists.key]).get("warnings") is None
    (warning,) = status(verdicts[made.key])["warnings"]
    assert "rule using never fires on stat" in warning


def test_a_status_is_compared_by_the_hashes_of_what_is_long_in_it() -> None:
    """What is held of it is small, however many warnings and rules there are."""
    many = cluster_rule("many", spec(*(rule(f"Rule {number}") for number in range(100))))
    for made in (status(verdict(many)), status(verdict(BROKEN, GOOD))):
        held = slim({**made, "warnings": ["w" * 2_000]})
        assert len(repr(held)) < 1_500
        assert rule_status.patch({**made, "warnings": ["w" * 2_000]}, held, "u1") is None
        conditions = [{**one, "message": one["message"] + "!" * 300} for one in made["conditions"]]
        changed = rule_status.patch({**made, "conditions": conditions, "warnings": ["v"]}, held, "u1")
        assert changed is not None
        assert changed["status"] == {"conditions": conditions, "warnings": ["v"]}
