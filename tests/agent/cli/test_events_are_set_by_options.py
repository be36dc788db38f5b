# SPDX-License-Identifier: Apache-2.0
"""Everything a user may set about Events: by an option, by the environment, by the chart; same figures."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from lanner_agent.cli import event_options
from lanner_agent.cli.event_options import NUMBERS
from lanner_agent.publish.events.settings import RANGES, EventSettings
from lanner_engine.program.rule import Priority

CHART = pathlib.Path(__file__).parents[3] / "charts/lanner"


def made(*arguments: str, environment: dict[str, str] | None = None) -> EventSettings:
    """What a command with these options gets."""
    found: list[EventSettings] = []

    @click.command()
    @event_options.options
    def command(**events: Any) -> None:
        found.append(event_options.settings(events))

    result = CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False)
    if not found:
        raise ValueError(result.output)
    return found[0]


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def test_nothing_given_is_the_default() -> None:
    assert made() == EventSettings()


def test_an_option_sets_its_figure() -> None:
    assert made("--events-priority", "critical", "--events-node-rate", "2.5", "--events-rule-burst", "3") == (
        EventSettings(least=Priority.CRITICAL, node_qps=2.5, rule_burst=3)
    )


def test_the_environment_sets_it_too() -> None:
    given = {"LANNER_EVENTS_PRIORITY": "Debug", "LANNER_EVENTS_SERIES_PAUSE": "5"}
    assert made(environment=given) == EventSettings(least=Priority.DEBUG, series_pause=5)


@pytest.mark.parametrize("wrong", ["--events-queue-length=0", "--events-reserve=1", "--events-priority=loud"])
def test_what_is_impossible_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.partition("=")[0]):
        made(wrong)


def test_the_chart_has_each_of_them_with_the_same_default() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())["agent"]["events"]
    ours = {camel(option.name): getattr(EventSettings(), option.setting) for option in NUMBERS}
    assert values == {"priority": EventSettings().least.label, **ours}


def test_the_chart_allows_what_the_agent_allows() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    parts = schema["properties"]["agent"]["properties"]["events"]["properties"]
    assert parts.pop("priority")["enum"] == [priority.label for priority in Priority]
    for option in NUMBERS:
        part = parts.pop(camel(option.name))
        part = schema["definitions"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        assert (part["minimum"], part["maximum"]) == RANGES[option.setting], option.name
        assert (part["type"] == "integer") == isinstance(getattr(EventSettings(), option.setting), int)
    assert not parts
