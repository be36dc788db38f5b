# SPDX-License-Identifier: Apache-2.0
"""Each view without a browser: what it says, and what it says when there is nothing."""

from __future__ import annotations

import json
import time

import pytest

from lanner_page.source import Filter, Rule
from lanner_page.words import NS
from tests.page import made
from tests.page.conftest import Reader
from tests.page.scenes import SCENES, WEB
from tests.page.serving import Served, served
from tests.page.states import NODES


def test_losses_and_who_did_not_answer_stand_at_the_top() -> None:
    with served(made.Made((), ("node-9 did not answer within 2 s.",), NODES)) as page:
        reader = Reader(page)
        text = reader.get("/").text
        assert "<li>node-9 did not answer within 2 s.</li>" in text
        lost = "node-2 lost events since its agent started: the ring of records was full (1,204)."
        assert f"<li>{lost}</li>" in text
        assert json.loads(reader.get("/alerts.json").text)["notices"] == [
            "node-9 did not answer within 2 s.",
            lost,
        ]
        assert lost in reader.get("/nodes").text


def test_many_notices_are_cut_with_their_number() -> None:
    with served(made.Made((), [f"node-{at} did not answer." for at in range(100)])) as page:
        text = Reader(page).get("/").text
        assert "95 more notices: see Nodes." in text
        assert "node-4 did" in text
        assert "node-5 did" not in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "cat /etc/shadow"),
        ("/?rule=x", "No alert is like this filter."),
        ("/rules", "kubectl get clusterfalcorules"),
        ("/nodes", "kubectl -n lanner get daemonset lanner-agent"),
        ("/change", "No change of the rules is known yet."),
    ],
)
def test_an_empty_view_says_what_to_do(path: str, words: str) -> None:
    source = made.Made(())
    source.known = ()
    with served(source) as page:
        assert words in Reader(page).get(path).text


def test_the_list_goes_on_page_by_page_without_scripts() -> None:
    kept = made.alerts(450, time.time_ns())
    with served(made.Made(kept)) as page:
        reader, path, found = Reader(page), "/", list[str]()
        for _ in range(4):
            text = reader.get(path).text
            found += [part.partition('"')[0] for part in text.split('<a href="/alert/')[1:-1]]
            after = text.partition('<p class="older" id="older"')[2]
            if not after.startswith("><a"):
                break
            path = after.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
        assert list(dict.fromkeys(found)) == [one.id for one in kept]


@pytest.mark.parametrize(
    ("query", "scenes"),
    [
        ("namespace=payments", (6, 7)),
        ("workload=cart", (5,)),
        (f"pod={WEB.pod}", (0, 1, 2, 3, 4)),
        ("rule=SSH+key+read", (8,)),
        ("priority=critical", (4,)),
        ("tactic=discovery", (6,)),
        ("text=DONATE", (4,)),
        ("text=id_ed25519&namespace=shop", ()),
        ("priority=nonsense&tactic=nonsense", ()),
    ],
)
def test_each_part_of_a_filter_counts(query: str, scenes: tuple[int, ...]) -> None:
    with served(made.Made(made.alerts(len(SCENES), time.time_ns()))) as page:
        answer = json.loads(Reader(page).get(f"/alerts.json?{query}").text)
        assert {one["rule"] for one in answer["alerts"]} == {SCENES[at].rule for at in scenes}


@pytest.mark.parametrize(
    "query",
    [
        "before=x&limit=-1",
        "limit=99999999999999999999999",
        "before=" + "9" * 40,
        "limit=%D9%A3",
        "text=" + "x" * 5000,
    ],
)
def test_any_address_shows_a_page(reader: Reader, query: str) -> None:
    assert reader.get(f"/?{query}").status == 200
    assert reader.get(f"/alerts.json?{query}").status == 200


def test_an_alert_has_its_processes_reasons_and_neighbours(reader: Reader, page: Served) -> None:
    kept = page.ask(page.source.alerts(Filter())).alerts
    shadow = next(one for one in kept if one.rule == SCENES[1].rule)
    text = reader.get(f"/alert/{shadow.id}").text
    assert "<code>cat /etc/shadow</code>" in text
    assert '<span class="value">fd.name: /etc/shadow</span>' in text
    assert "sensitive-file-read.yaml:" in text
    assert text.index("/sbin/init") < text.index("containerd-shim") < text.index("<code>cat /etc/shadow")
    assert SCENES[0].rule in text
    assert "OS Credential Dumping" in text or "/etc/passwd and /etc/shadow" in text


def test_an_alert_that_went_is_said_to_be_gone(reader: Reader) -> None:
    said = reader.get("/alert/no-such-id")
    assert said.status == 404
    assert "not kept any more" in said.text


def test_rules_are_ordered_and_narrowed_as_asked(page: Served) -> None:
    rules = [
        Rule(name, f"FalcoRule {name}", "shop", "Notice", tags, "c", "o", 1, loaded, hits, None, cost)
        for name, tags, loaded, hits, cost in (
            ("alpha", ("T1059.004",), 1, (1, 2), 5),
            ("beta", ("T1003",), 3, (9,), 700),
            ("gamma", (), 1, (), 1),
        )
    ]
    page.source.known = tuple(rules)
    reader = Reader(page)

    def names(query: str) -> list[str]:
        text = reader.get(f"/rules?{query}").text
        return [part.partition("<")[0] for part in text.split("<summary>")[1:]]

    assert names("") == names("order=hits") == ["beta", "alpha", "gamma"]
    assert names("order=name") == ["alpha", "beta", "gamma"]
    assert names("order=cost") == ["beta", "alpha", "gamma"]
    assert names("order=loaded") == ["beta", "alpha", "gamma"]
    assert names("technique=t1059") == ["alpha"]
    assert names("text=GAM") == ["gamma"]


def test_a_rule_that_is_not_everywhere_says_where_it_is(page: Served) -> None:
    page.source.known = (Rule("alpha", "FalcoRule alpha", "shop", "Notice", (), "c", "o", 1, 3),)
    assert "1 of 3 nodes" in Reader(page).get("/rules").text


def test_the_matrix_tells_hit_from_covered_from_nothing(page: Served) -> None:
    page.source.known = (
        Rule("a", "o", "", "Notice", ("T1059.004",), "c", "o", 1, 1, (0, 4)),
        Rule("b", "o", "", "Notice", ("T1611",), "c", "o", 1, 1, (0, 0)),
        Rule("c", "o", "", "Notice", ("T1610",), "c", "o", 0, 1, ()),
    )
    text = " ".join(Reader(page).get("/attack").text.split())
    name = '<a href="/rules?technique=T1059">T1059 Command and Scripting Interpreter</a>'
    assert f'<li class="cell hit">{name}<small>4 hits, 1 rule</small>' in text
    assert '<li class="cell covered"><a href="/rules?technique=T1611">T1611 Escape to Host</a>' in text
    assert '<li class="cell gap">T1610 Deploy Container' in text


def test_the_last_change_says_who_has_it(page: Served, reader: Reader) -> None:
    text = reader.get("/change").text
    assert "all of 3 nodes" in text
    assert text.index("node-3") < text.index("node-2") < text.index("node-1")
    assert "1.91 s" in text
    assert "840 ms" in text


def test_times_are_relative_with_the_instant_beside_them(page: Served) -> None:
    at = time.time_ns() - 190 * NS
    page.source.happen([made.alert(SCENES[0], at, 99)])
    text = Reader(page).get("/").text
    assert ">3 min ago</time>" in text
    assert f'title="{time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at // NS))}.' in text
