# SPDX-License-Identifier: Apache-2.0
"""The values of the agent become its file: read by the agent's own reader, and changed with or without new
pods.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from lanner_agent.settings import catalogue, listing, reading
from lanner_agent.settings.reading import InForce
from tests.chart import agent_settings, reference_values
from tests.chart.rendering import CHART, Helm, one

OUTPUTS = CHART.parent.parent / "docs/outputs.md"


def settings(helm: Helm, folder: Path, *values: str) -> InForce:
    """What the agent makes of the file that these values render."""
    secret = one(helm.objects(*values), "Secret", "lanner-agent")
    file = folder / "lanner.yaml"
    file.write_text(secret["stringData"]["lanner.yaml"])
    return reading.read(file, {}, {})


def revision(helm: Helm, *values: str) -> str:
    """What makes new pods when it changes."""
    template = one(helm.objects(*values), "DaemonSet", "lanner-agent")["spec"]["template"]
    return str(template["metadata"]["annotations"]["lanner.dev/settings"])


def test_the_schema_is_the_agents() -> None:
    assert agent_settings.SCHEMA.read_text() == agent_settings.written(), "run `make reference`"


def test_values_that_name_a_setting_have_its_default() -> None:
    ours = {f"agent.{one.key}": catalogue.default(one) for one in catalogue.SETTINGS if one.use.chart}
    ours["rules.matching"] = ours["agent.rules.matching"]
    values = {value.name: value.default for value in reference_values.values() if value.name in ours}
    assert len(values) > 18
    assert values == {name: ours[name] for name in values}


def test_the_defaults_are_the_agents_own(helm: Helm, tmp_path: Path) -> None:
    assert settings(helm, tmp_path).settings == catalogue.DEFAULTS


def test_values_reach_the_agent_and_config_wins(helm: Helm, tmp_path: Path) -> None:
    named = ("--set", "agent.events.priority=Debug,agent.secrets=show,agent.events.ruleBurst=3")
    found = settings(helm, tmp_path, *named, "--set", "agent.config.events.ruleBurst=4").settings
    assert (found.events.priority.label, found.secrets, found.events.rule_burst) == ("Debug", "show", 4)


def test_no_account_of_the_chart_may_change_them(helm: Helm) -> None:
    """The operator may write every ConfigMap of its namespace, and of Secrets its webhook's alone."""
    roles = [found for found in helm.objects() if found["kind"] in ("Role", "ClusterRole")]
    rules = [rule for role in roles for rule in role["rules"]]
    reached = {name for rule in rules for name in rule.get("resources", ())}
    assert "configmaps" in reached
    assert "*" not in reached
    secrets = [rule for rule in rules if "secrets" in rule.get("resources", ())]
    assert [rule.get("resourceNames") for rule in secrets] == [["lanner-admission"]]


def test_the_file_is_where_the_agent_looks(helm: Helm) -> None:
    spec = one(helm.objects(), "DaemonSet", "lanner-agent")["spec"]["template"]["spec"]
    (mount,) = [one for one in spec["containers"][0]["volumeMounts"] if one["name"] == "settings"]
    assert (mount["mountPath"], mount["readOnly"]) == (str(reading.FILE.parent), True)


def test_outputs_get_files_from_a_secret_that_is_named(helm: Helm) -> None:
    plain = one(helm.objects(), "DaemonSet", "lanner-agent")["spec"]["template"]["spec"]
    given = helm.objects("--set", "agent.outputsSecret=tokens")
    spec = one(given, "DaemonSet", "lanner-agent")["spec"]["template"]["spec"]
    (volume,) = [one for one in spec["volumes"] if one not in plain["volumes"]]
    (mount,) = [one for one in spec["containers"][0]["volumeMounts"] if one["name"] == volume["name"]]
    assert volume["secret"] == {"secretName": "tokens", "defaultMode": 0o400, "optional": True}
    assert (mount["mountPath"], mount["readOnly"]) == ("/etc/lanner/outputs", True)


def test_the_example_of_the_documentation_is_what_agents_take(helm: Helm, tmp_path: Path) -> None:
    page = (CHART.parents[1] / "docs/outputs.md").read_text()
    values = page.split("# values.yaml\n")[1].split("```")[0]
    (tmp_path / "values.yaml").write_text(values)
    given = ("--values", str(tmp_path / "values.yaml"))
    found = settings(helm, tmp_path, *given).settings.outputs
    assert found.http is not None
    assert found.otlp is not None
    files = (found.http.headers_file, found.otlp.ca_file)
    folder = "/etc/lanner/outputs"
    assert all(str(file).startswith(folder) for file in files)
    spec = one(helm.objects(*given), "DaemonSet", "lanner-agent")["spec"]["template"]["spec"]
    assert folder in {one["mountPath"] for one in spec["containers"][0]["volumeMounts"]}


def test_files_that_outputs_need_are_mounted_as_the_page_shows(helm: Helm, tmp_path: Path) -> None:
    shown = re.findall(r"^```yaml\n(agent:\n.*?)^```", OUTPUTS.read_text(), re.MULTILINE | re.DOTALL)
    (page,) = shown
    file = tmp_path / "values.yaml"
    file.write_text(page)
    spec = one(helm.objects("--values", str(file)), "DaemonSet", "lanner-agent")["spec"]["template"]["spec"]
    assert spec["volumes"][-1] == {"name": "hooks", "secret": {"secretName": "hooks"}}
    mount = spec["containers"][0]["volumeMounts"][-1]
    assert mount == {"name": "hooks", "mountPath": "/etc/hooks", "readOnly": True}
    http = settings(helm, tmp_path, "--values", str(file)).settings.outputs.http
    assert http is not None
    assert [str(path.parent) for path in (http.headers_file, http.ca_file) if path] == [
        mount["mountPath"]
    ] * 2


def test_only_what_needs_a_restart_makes_new_pods(helm: Helm) -> None:
    before = revision(helm)
    assert revision(helm, "--set", "agent.secrets=show") == before
    assert revision(helm, "--set", "agent.config.writeSpread=3") != before


def test_the_chart_knows_what_agents_take_over() -> None:
    text = (CHART / "templates/_settings.tpl").read_text()
    (left_out,) = [line for line in text.splitlines() if "omit ." in line]
    assert left_out.split('"')[1::2] == listing.live_in_the_chart()


def test_what_the_pod_is_made_of_is_no_part_of_config() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    config = schema["definitions"]["config"]["properties"]
    assert not {"stateDir", "healthPort", "cri"} & config.keys()
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values["agent"]["config"] == {}
