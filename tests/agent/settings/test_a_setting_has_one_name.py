# SPDX-License-Identifier: Apache-2.0
"""One setting is said in the file, in the environment and by an option; the later wins over the earlier."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from lanner_agent.cli import setting_options
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.settings import catalogue
from lanner_agent.settings.catalogue import SETTINGS, Setting
from lanner_agent.settings.model import Settings
from lanner_agent.settings.reading import InForce
from lanner_engine.program.rule import Priority

SAMPLES = {"Priority": "Critical", "int": "7", "float": "0.5", "str": "x", "PosixPath": "/x"}


OF_ITS_FORM = {"page.listen": "localhost:9000"}  # where not every text is one


def made(*arguments: str, **environment: str) -> InForce:
    """What a command with these options gets."""
    found: list[InForce] = []

    @click.command()
    @setting_options.every("run", "agent")
    def command(config: Path | None, **given: Any) -> None:
        found.append(setting_options.read(config, given))

    result = CliRunner().invoke(command, arguments, env={"LANNER_CONFIG": "", **environment})
    if not found:
        raise result.exception if result.exit_code == 1 and result.exception else ValueError(result.output)
    return found[0]


def sample(setting: Setting) -> str:
    """A value that is not the default."""
    if setting.choices:
        return next(word for word in setting.choices if word != catalogue.default(setting))
    if setting.key in OF_ITS_FORM:
        return OF_ITS_FORM[setting.key]
    name = getattr(setting.info.annotation, "__name__", "")
    if name == "bool":
        return "false" if setting.info.default else "true"
    if name == "int" and setting.bounds and setting.bounds[0] > int(SAMPLES["int"]):
        return str(int(setting.bounds[0]))
    return SAMPLES["PosixPath" if name == "Path" else name]


SINGLE = [one for one in SETTINGS if one.variable]


def test_nothing_said_is_the_default() -> None:
    assert made().settings == catalogue.DEFAULTS == Settings.model_validate({})
    assert catalogue.DEFAULTS.events.made() == EventSettings()


@pytest.mark.parametrize("setting", SINGLE, ids=lambda one: one.key)
def test_file_variable_and_option_say_the_same(setting: Setting, tmp_path: Path) -> None:
    file, value = tmp_path / "lanner.yaml", sample(setting)
    file.write_text(
        "".join(f"{'  ' * depth}{key}:\n" for depth, key in enumerate(setting.keys))[:-1] + f" {value}\n"
    )
    switches = {"false": (f"--no-{setting.option[2:]}",), "true": (setting.option,)}
    option = switches.get(value, (setting.option, value))
    by_file = made("--config", str(file))
    by_variable, by_option = made(**{setting.variable: value}), made(*option)
    assert by_file.settings == by_variable.settings == by_option.settings != catalogue.DEFAULTS
    assert by_file.origin(setting) == f"{file}:{len(setting.keys)}"
    assert (by_variable.origin(setting), by_option.origin(setting)) == (
        f"${setting.variable}",
        setting.option,
    )


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lanner.yaml"
    file.write_text(
        "events: {ruleBurst: 2, podBurst: 2, nodeBurst: 2}\nrules: {files: [/a], appendOutput: [a]}"
    )
    variables = {"LANNER_EVENTS_POD_BURST": "3", "LANNER_EVENTS_NODE_BURST": "3"}
    found = made("--config", str(file), "--events-node-burst", "4", "--rules", "/b", **variables).settings
    assert (found.events.rule_burst, found.events.pod_burst, found.events.node_burst) == (2, 3, 4)
    assert (found.rules.files, found.rules.append_output) == ((Path("/b"),), ("a",))


def test_switches_keep_their_order_in_the_file_and_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "lanner.yaml"
    file.write_text('rules:\n  select:\n  - disable: "*"\n  - enable: tag:process\n')
    by_option = made("--select", "disable", "*", "--select", "enable", "tag:process").settings
    assert made("--config", str(file)).settings == by_option
    assert [(one.on, one.name, one.tag) for one in (each.made() for each in by_option.rules.select)] == [
        (False, "*", None),
        (True, None, "process"),
    ]


def test_an_empty_variable_sets_nothing() -> None:
    assert made(LANNER_CRI_SOCKET="", LANNER_HEALTH_PORT="").origins == {}


def test_no_two_settings_share_a_name_and_each_has_a_sentence() -> None:
    for names in ([one.variable for one in SINGLE], [one.option for one in SETTINGS if one.option]):
        assert max(Counter(names).values()) == 1
    assert all(one.info.description for one in SETTINGS)


@pytest.mark.parametrize("wrong", ["--events-queue-length=0", "--events-reserve=1", "--events-priority=loud"])
def test_what_an_option_cannot_be_is_refused_by_its_name(wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.partition("=")[0]):
        made(wrong)


def test_everything_about_events_reaches_the_publisher() -> None:
    events = made("--events-priority", "critical", "--events-node-rate", "2.5").settings.events.made()
    assert events == EventSettings(least=Priority.CRITICAL, node_qps=2.5)
