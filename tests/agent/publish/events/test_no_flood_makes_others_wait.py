# SPDX-License-Identifier: Apache-2.0
"""Fair turns, by a clock of the test's own: a namespace, a rule's priority or a pod never decides how long
others wait, and what one may fill is bounded.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events import account, identity, sighting
from lanner_agent.publish.events.account import Rank
from lanner_agent.publish.events.fair_queue import Bounds, FairQueue
from lanner_agent.publish.events.rule_card import RuleCards
from lanner_agent.publish.events.series import Series
from lanner_agent.publish.events.settings import EventSettings
from lanner_engine.fields.model import HOST
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject
from tests.agent.publish.events import alerts
from tests.agent.publish.events.desk import Desk

WIDE = EventSettings(pod_burst=1000, rule_burst=1000, namespace_burst=1000)
LOUD = 60


def own(namespace: str, number: int = 0, priority: str = "EMERGENCY") -> CheckedRule:
    """A rule that a tenant made."""
    owner = RuleObject("FalcoRule", namespace, "mine", f"uid-{namespace}", 1, {})
    return alerts.rule(f"rule {number} of {namespace}", priority=priority, owner=owner)


def shared(priority: str = "CRITICAL", name: str = "Escape") -> CheckedRule:
    """A rule of the cluster's."""
    owner = RuleObject("ClusterFalcoRule", "", "platform", "uid-platform", 1, {})
    return alerts.rule(name, priority=priority, owner=owner)


def seen(rule: CheckedRule, namespace: str, pod: int = 0, deed: int = 0) -> Alert:
    where = replace(
        alerts.APP,
        pod_namespace=namespace.encode(),
        pod_name=b"app%d" % pod,
        pod_uid=f"{namespace}-{pod}".encode(),
    )
    return alerts.alert(rule, where, exepath=b"/bin/%d" % deed)


def flood(desk: Desk, namespace: str = "loud", pods: int = 20) -> None:
    for number in range(LOUD):
        for pod in range(pods):
            desk.see(seen(own(namespace, number), namespace, pod))


def written(desk: Desk, number: int) -> list[Series]:
    """The next ones."""
    found = []
    for _ in range(number):
        write = desk.ledger.next(desk.now)
        assert write is not None
        assert write.series is not None
        found.append(write.series)
        desk.ledger.note_written(write.series, write.series.count, desk.now, False)
    return found


def places(series: list[Series]) -> list[str]:
    return [(one.first.container.pod_namespace or b"").decode() for one in series]


def test_a_tenants_emergencies_wait_for_the_clusters_critical() -> None:
    desk = Desk()
    flood(desk)
    desk.see(seen(shared(), "shop"))
    assert places(written(desk, 1)) == ["shop"]


def test_a_tenants_emergencies_take_turns_with_what_the_cluster_thinks_little_of() -> None:
    desk = Desk()
    flood(desk)
    for pod in range(8):
        desk.see(seen(shared("NOTICE", "Shell"), "shop", pod))
    assert places(written(desk, 8)) == ["shop", "shop", "loud", "loud"] * 2


def test_the_clusters_flood_leaves_a_quarter_to_tenants() -> None:
    desk = Desk(settings=WIDE)
    for pod in range(20):
        for number in range(3):
            desk.see(seen(shared(name=f"Escape {number}"), "loud", pod))
            desk.see(seen(shared("WARNING", f"Shell {number}"), "loud", pod))
    for pod in range(20):
        desk.see(seen(own("shop", priority="NOTICE"), "shop", pod))
    ranks = [one.account.rank for one in written(desk, 16)]
    assert ranks == [Rank.URGENT] * 4 + [Rank.CLUSTER] * 2 + [Rank.OWN] * 2 + (
        [Rank.URGENT] * 4 + [Rank.CLUSTER] * 2 + [Rank.OWN] * 2
    )


def test_a_namespace_waits_for_one_of_each_other_only() -> None:
    desk = Desk()
    for namespace in ("a", "b", "c"):
        flood(desk, namespace)
    written(desk, 5)
    desk.see(seen(own("shop", priority="NOTICE"), "shop"))
    assert "shop" in places(written(desk, 4))


def test_a_platform_critical_does_not_wait_for_those_of_another_namespace() -> None:
    desk = Desk(settings=WIDE)
    for pod in range(20):
        for deed in range(10):
            desk.see(seen(shared(), "loud", pod, deed))
    written(desk, 3)
    desk.see(seen(shared(), "shop"))
    assert "shop" in places(written(desk, 2))


def test_a_pod_waits_for_one_of_each_other_pod_only() -> None:
    desk = Desk(settings=WIDE)
    for deed in range(40):
        desk.see(seen(own("shop"), "shop", 0, deed))
    desk.see(seen(own("shop"), "shop", 1))
    assert [one.pod for one in written(desk, 3)].count(b"shop-1") == 1


def test_among_its_own_a_tenants_priority_counts() -> None:
    desk = Desk()
    desk.see(seen(own("shop", 1, "NOTICE"), "shop", 1))
    desk.see(seen(own("shop", 2, "EMERGENCY"), "shop", 2))
    assert [one.pod for one in written(desk, 2)] == [b"shop-2", b"shop-1"]


def test_own_rules_have_a_budget_of_their_own_in_a_pod() -> None:
    desk = Desk()
    for number in range(200):
        desk.see(seen(own("shop", number), "shop"))
    desk.see(seen(shared(), "shop"))
    desk.see(seen(shared("NOTICE", "Shell"), "shop"))
    names = [one.first.card.name for one in written(desk, 2)]
    assert names == ["Escape", "Shell"]
    assert desk.ledger.figures()["suppressed_pod_limit"] == 175


def test_own_rules_of_a_namespace_have_a_budget_together() -> None:
    desk = Desk(settings=EventSettings(namespace_burst=30))
    flood(desk, pods=4)  # 25 are possible in each pod
    flood(desk, "quiet", pods=1)
    figures = desk.ledger.figures()
    assert (figures["queue_length"], figures["suppressed_namespace_limit"]) == (30 + 25, 4 * LOUD - 30)
    (owners, _) = desk.ledger.owners()
    assert owners[True, "loud"] == {"suppressed": 4 * LOUD - 30}
    assert owners[True, "quiet"] == {"suppressed": LOUD - 25}


def test_what_one_namespace_and_one_pod_can_fill_is_bounded() -> None:
    desk = Desk(settings=replace(WIDE, queue_length=100))
    for deed in range(50):
        desk.see(seen(own("loud"), "loud", 0, deed))
    assert desk.ledger.figures()["queue_length"] == 5
    for pod in range(50):
        desk.see(seen(own("loud"), "loud", pod))
    assert desk.ledger.figures()["queue_length"] == 25
    for number in range(50):
        desk.see(seen(own(f"n{number}"), f"n{number}"))
        desk.see(alerts.alert(shared(), HOST, exepath=b"/bin/%d" % number))
    figures = desk.ledger.figures()
    assert figures["queue_length"] <= 100
    (waits,) = [wait for wait in desk.ledger.waits() if wait.account.namespace == "loud"]
    assert waits.number == 25  # nobody has more: it is the first that loses when all is full
    assert figures["dropped_queue_full"] == 45 + 30 + 45


def test_when_all_is_full_the_one_with_the_most_loses() -> None:
    desk = Desk(settings=replace(WIDE, queue_length=20))
    for pod in range(5):
        desk.see(seen(own("loud"), "loud", pod))
    for number in range(16):
        desk.see(seen(own(f"n{number}"), f"n{number}"))
    waiting = {wait.account.namespace: wait.number for wait in desk.ledger.waits()}
    assert waiting == {"loud": 4, **{f"n{number}": 1 for number in range(16)}}
    owners, _ = desk.ledger.owners()
    assert owners == {(True, "loud"): {"dropped": 1}}


def test_a_flood_of_series_forgets_no_other_namespaces() -> None:
    desk = Desk(settings=replace(WIDE, series_kept=20))
    desk.see(seen(shared(), "shop"))
    desk.write_all()
    for number in range(40):
        desk.see(seen(own("loud", number), "loud", number))
        desk.write_all()
    desk.see(seen(shared(), "shop"))
    desk.write_all()
    assert [(what, count) for _, what, count in desk.writes][-1] == ("patch", 2)


def test_an_account_that_is_held_up_holds_up_no_other() -> None:
    desk = Desk()
    desk.see(seen(own("loud"), "loud"))
    write = desk.ledger.next(desk.now)
    assert write is not None
    assert write.series is not None
    desk.ledger.hold(write.series, desk.now + 5)
    assert desk.ledger.next(desk.now) is None
    assert desk.ledger.next_at(desk.now) == desk.now + 5
    desk.see(seen(own("shop"), "shop"))
    assert places(written(desk, 1)) == ["shop"]
    desk.now += 5
    assert places(written(desk, 1)) == ["loud"]


def made(alert: Alert, now: float) -> Series:
    """What the ledger would make of it."""
    card, container = RuleCards().card(alert.rule), alert.event.container
    whose, pod = account.booked_on(card, container), identity.subject(container)
    key = identity.key(card, container, alert.event.process.exepath)
    return Series(key, whose, pod, sighting.from_alert(alert, card, container), alert.event.time, now)


PUTS = st.lists(
    st.tuples(
        st.sampled_from("aabcd"),
        st.integers(0, 3),
        st.sampled_from(("EMERGENCY", "WARNING", "NOTICE")),
        st.booleans(),
        st.integers(0, 9),
    ),
    max_size=150,
)


@given(PUTS)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_nothing_is_lost_unsaid_and_no_bound_is_passed(
    puts: list[tuple[str, int, str, bool, int]],
) -> None:
    queue, inside = FairQueue(Bounds(all=12, account=5, pod=3)), set[Series]()
    for number, (namespace, pod, priority, tenant, writes) in enumerate(puts):
        rule = own(namespace, priority=priority) if tenant else shared(priority)
        series = made(seen(rule, namespace, pod, number), float(number))
        inside.add(series)
        gone = queue.add(series, float(number))
        if gone is not None:
            inside.remove(gone)
        for _ in range(writes % 2):
            first = queue.first(float(number))
            assert (first is None) == (not inside)
            if first is not None:
                queue.turn(first)
                assert queue.remove(first)
                inside.remove(first)
        assert len(queue) == len(inside) <= 12
        assert sum(wait.number for wait in queue.waits()) == len(inside)
        assert all(wait.number <= 5 for wait in queue.waits())
