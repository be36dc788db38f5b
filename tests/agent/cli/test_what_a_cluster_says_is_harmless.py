# SPDX-License-Identifier: Apache-2.0
"""Objects that others wrote, of any shape, become columns and documents of `kubectl lanner`: no error, no
character that a terminal acts on, and within bounds.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.cli import group
from lanner_agent.cli.kubectl import alert_event, completion, node_state, printing, reading, rule_state
from lanner_agent.cli.kubectl.alert_filter import AlertFilter
from lanner_agent.cli.kubectl.following import Seen
from lanner_agent.cli.kubectl.group import KUBECTL, PROGRAM, kubectl_lanner

NOW = datetime(2026, 11, 27, 7, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "metadata": {
        "name": "web.1",
        "namespace": "shop",
        "labels": {"lanner.dev/priority": "warning"},
        "annotations": {"lanner.dev/rule": "R", "lanner.dev/output-fields": '{"proc.name":"sh"}'},
    },
    "involvedObject": {"kind": "Pod", "name": "web"},
    "message": "Warning R: out | put | c=app node=n1",
    "series": {"count": 3, "lastObservedTime": "2026-11-27T06:59:50.000000Z"},
    "eventTime": "2026-11-27T06:00:00.000000Z",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_an_event_is_read() -> None:
    alert = alert_event.read(EVENT)
    assert (alert.rule, alert.count, alert.message, alert.tail) == ("R", 3, "out | put", "c=app node=n1")
    assert alert.fields == {"proc.name": "sh"}
    assert reading.age(alert.last, NOW) == "10s"


@given(st.sampled_from(sorted(EVENT)), JSON)
def test_whatever_stands_in_an_event_is_read(key: str, other: Any) -> None:
    for written in (
        {**EVENT, key: other},
        {**EVENT, "metadata": {**EVENT["metadata"], "annotations": other}},
    ):
        alert = alert_event.read(written)
        AlertFilter(rule="R").wants(alert, NOW)
        json.dumps(alert.as_json())
        Seen().news(written)


@given(JSON, JSON)
def test_whatever_stands_in_a_node_or_a_rule_is_read(one: Any, other: Any) -> None:
    for status in ({"conditions": one, "counters": other, "hits": one}, one):
        item = {"metadata": other, "status": status, "spec": one}
        json.dumps(node_state.state(item, {}).as_json())
        known, _ = rule_state.fired([item])
        assert [json.dumps(rule.as_json()) for rule in rule_state.rules("FalcoRule", item, known)]
    node_state.leases([{"metadata": one, "spec": other}], "")


@given(st.text(max_size=400))
def test_a_cell_is_one_harmless_line(text: str) -> None:
    shown = printing.cell(text)
    assert shown.isprintable()
    assert len(shown) <= printing.WIDE


@given(JSON)
def test_a_document_is_plain_ascii(value: Any) -> None:
    for form in ("json", "yaml"):
        text = printing.document(form, {"value": value})
        assert text.replace("\n", "").isascii()
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("written", "age"),
    [
        ("2026-11-27T06:58:30Z", "90s"),
        ("2026-11-27T06:50:00Z", "10m"),
        ("2026-11-27T01:00:00Z", "6h"),
        ("2026-10-27T07:00:00Z", "31d"),
        ("2027-01-01T00:00:00Z", "0s"),
        ("yesterday", ""),
    ],
)
def test_ages_are_those_of_kubectl(written: str, age: str) -> None:
    assert reading.age(written, NOW) == age


def test_columns_of_later_rows_stay_where_the_first_were() -> None:
    columns = printing.Columns("A", "B")
    assert list(columns.lines([("longer", "x")])) == ["A        B", "longer   x"]
    assert list(columns.lines([("y", "z")])) == ["y        z"]


@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        ((), [f"{name}\t{one.line}" for name, one in KUBECTL.items()]),
        (("ru",), [f"rules\t{KUBECTL['rules'].line}"]),
        (("rules", "--fir"), ["--firing\tOnly rules that made an alert, the busiest first."]),
        (("alerts", "-o", "j"), ["json"]),
        (("alerts", "--priority", ""), []),
    ],
)
def test_words_are_completed(words: tuple[str, ...], proposed: list[str]) -> None:
    assert completion.lines(words) == [*proposed, ":4"]


def test_files_are_completed_by_the_shell() -> None:
    assert completion.lines(("check", "")) == [":0"]


def test_every_command_of_the_plugin_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    context = click.Context(kubectl_lanner, info_name=PROGRAM)
    for name in KUBECTL:
        command = kubectl_lanner.get_command(context, name)
        assert command is not None
        assert command.get_help(click.Context(command, info_name=name, parent=context))


def test_a_cluster_that_is_not_there_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["kubectl-lanner", "status", "--kubeconfig", "/nowhere"])
    assert group.run(None, kubectl_lanner, PROGRAM) == 3
    assert capsys.readouterr().err == (
        "lanner: cannot reach the cluster: the kubeconfig /nowhere does not exist\n"
        "  hint: kubectl cluster-info; --kubeconfig and --context choose another\n"
    )
