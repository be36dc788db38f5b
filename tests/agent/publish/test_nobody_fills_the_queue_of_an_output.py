# SPDX-License-Identifier: Apache-2.0
"""Who makes alerts has a share of an output's queue, of standard output's and of a spool on disk, and takes
none of others': tenants by their own rules and the priority that they choose, pods by floods of the cluster's
rules.
"""

from __future__ import annotations

import os
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from lanner_agent.publish import stdout
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.lines import Lines
from lanner_agent.publish.sending import shares
from lanner_agent.publish.sending.alert_queue import AlertQueue
from lanner_agent.publish.sending.carrier import Cause
from lanner_agent.publish.sending.spool import Spool
from lanner_agent.publish.settings.base import SpoolSettings
from lanner_agent.publish.snapshot import Snapshot
from lanner_agent.publish.stdout import LineWriter
from lanner_engine.fields.model import HOST, Container
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from tests.agent.publish.deliveries import APP, RULE, alert, rule

SEVERE = rule("CRITICAL", name="Root")
LOUD = rule("EMERGENCY", name="Loud")
MIB = 1 << 20


def told(of: CheckedRule, container: Container = APP) -> Snapshot:
    return alert(of=of, container=container).snapshot


def own(of: CheckedRule, namespace: str) -> Snapshot:
    owner = RuleObject(NAMESPACED_RULE, namespace, "mine", "uid", 1, {})
    return told(replace(of, owner=owner), replace(APP, pod_namespace=namespace.encode()))


def taken(queue: AlertQueue, one: Snapshot, offered: int = 200) -> int:
    """How many of them found room."""
    return sum(queue.put(one) is None for _ in range(offered))


def test_a_tenant_that_calls_its_rules_an_emergency_has_its_share_only() -> None:
    queue = AlertQueue(100, MIB)
    assert taken(queue, own(LOUD, "shop")) == 25
    assert queue.crowded == "namespace shop's own rules"
    assert taken(queue, own(replace(LOUD, name="Other"), "shop")) == 0
    assert [taken(queue, own(LOUD, namespace)) for namespace in ("bank", "mall")] == [25, 0]
    assert queue.crowded == "rules of namespaces"
    assert taken(queue, told(RULE, HOST)) == 40  # of the other half, without the reserve
    assert queue.put(told(RULE, HOST)) is Cause.QUEUE_FULL
    assert taken(queue, told(SEVERE, HOST)) == 10


def test_pods_that_flood_keep_out_neither_others_nor_what_is_severe_about_themselves() -> None:
    queue = AlertQueue(100, MIB)
    assert taken(queue, told(RULE)) == 25
    assert queue.put(told(RULE)) is Cause.SHARE_FULL
    assert queue.crowded == "pods of namespace shop"
    assert taken(queue, told(SEVERE), 20) == 20
    assert taken(queue, told(RULE, replace(APP, pod_namespace=b"bank"))) == 25
    assert queue.put(told(RULE, HOST)) is Cause.SHARE_FULL
    assert queue.crowded == "rule Shell"  # half of it is one rule's
    assert queue.put(told(rule(name="Login"), HOST)) is None


def test_a_share_is_bounded_in_bytes_and_free_again_when_alerts_are_through() -> None:
    queue = AlertQueue(1000, MIB)
    large = alert(command=b"x" * 10_000).snapshot
    number = taken(queue, large)
    assert MIB / 8 < number * large.size <= MIB / 4
    queue.drop(number)
    assert taken(queue, large) == number


def test_namespaces_that_are_gone_take_no_memory() -> None:
    kept = shares.Shares(100, MIB)
    for number in range(5000):
        for share in kept.of(told(RULE, replace(APP, pod_namespace=b"ns%d" % number))):
            share.put(1)
            share.take(1)
    assert len(kept._shares) <= 1001


def test_lists_of_ancestors_count_as_memory() -> None:
    none = told(RULE)
    many = replace(none, values={"proc.aexepath": (b"/x" * 2000,) * 16})
    assert many.size > none.size + 60_000


def keeps(spool: Spool, one: Snapshot, record: bytes = bytes(10_000)) -> int:
    """How many of them find room on the disk."""
    number = 0
    while spool.put(record, shares.keys(one), shares.is_urgent(one)):
        number += 1
    return number


def test_a_tenant_has_a_share_of_the_disk_after_the_next_start_too(tmp_path: Path) -> None:
    settings, said = SpoolSettings(path=tmp_path / "kept", max_bytes=MIB), list[str]()
    with closing(Spool("file", settings, said.append)) as one:
        assert keeps(one, own(LOUD, "shop")) == 26  # a quarter of 1 MiB
        assert one.crowded == "namespace shop's own rules"
        assert keeps(one, told(RULE)) == 26
    with closing(Spool("file", settings, said.append)) as again:
        assert keeps(again, own(LOUD, "shop")) == 0
        assert keeps(again, told(RULE, HOST)) == 26  # half of it is one rule's
        assert keeps(again, told(rule(name="Login"), HOST)) == 15  # up to the reserve
        assert keeps(again, told(SEVERE, HOST)) > 5
        assert again.first(1) == (bytes(10_000),)
        again.drop(2)
        assert keeps(again, own(LOUD, "shop")) == 0  # since all of it is full now
        assert again.crowded == ""
        for _ in range(30):
            again.drop(1)  # of shop's, and then of its pods
            assert again.first(1)
        assert keeps(again, own(LOUD, "shop")) > 0


def test_what_a_disk_does_not_hold_together_has_no_share() -> None:
    assert shares.unpacked(b"[[1]]") == shares.unpacked(b"\xff") == shares.unpacked(b"7") == ()
    assert shares.unpacked(b'[["own","shop"],["else","x"],["rule",5]]') == (("own", "shop"),)


def test_a_tenant_has_a_share_of_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdout, "QUEUE_LINES", 100)
    gate, said = threading.Event(), list[str]()
    reader, descriptor = os.pipe()

    def form(alert: Snapshot) -> bytes:
        assert gate.wait(30)
        return b"%s %d\n" % (alert.rule.name.encode(), alert.process.pid)

    writer = LineWriter(descriptor, lines=100)
    output = Lines(writer, form, say=said.append)
    shop = own(LOUD, "shop")
    for number in range(60):
        output.offer(offered(replace(shop, process=replace(shop.process, pid=number))))
    for number in range(20):
        output.offer(alert(number, SEVERE, container=HOST))
    gate.set()
    output.close()
    os.close(descriptor)
    with open(reader, "rb") as lines:
        came = lines.read().splitlines()
    assert came[:25] == [b"Loud %d" % number for number in range(25)]
    assert came[25:] == [b"Root %d" % number for number in range(20)]
    assert dict(output.lost()) == {Cause.SHARE_FULL: 35}
    assert said == ["standard output: 1 alert DROPPED, last: too many waited of namespace shop's own rules"]


def offered(one: Snapshot) -> Alert:
    """An alert that says this."""
    made = alert(of=one.rule)
    vars(made)["snapshot"] = one
    return made
