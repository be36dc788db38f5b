# SPDX-License-Identifier: Apache-2.0
"""`lanner config`: what is in force and where it comes from, as a file that sets the same, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanner_agent.app import exits
from lanner_agent.settings import reading
from lanner_agent.settings.errors import SettingsError
from lanner_engine import diagnostics
from tests.agent.cli.command import lanner


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lanner.yaml"
    path.write_text('# mine\nsecrets: show\ncri: {socket: "/run/\\x1b[31m: #"}\n')
    return path


def test_each_value_says_where_it_comes_from(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANNER_HEALTH_PORT", "9")
    monkeypatch.setenv("LANNER_EVENT_PRIORITY", "Debug")
    done = lanner("config", "--config", file, "--priority", "notice")
    assert done.returncode == exits.OK
    for line in (
        f"secrets: show  # {file}:2",
        "healthPort: 9  # $LANNER_HEALTH_PORT",
        "  priority: Notice  # --priority",
        "stateDir: /var/lib/lanner  # default",
    ):
        assert line in done.stdout.splitlines()
    assert "\x1b" not in done.stdout
    assert done.stderr == (
        "lanner: $LANNER_EVENT_PRIORITY sets nothing: did you mean LANNER_EVENTS_PRIORITY?\n"
    )


def test_what_is_shown_sets_the_same(file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.yaml"
    again.write_text(lanner("config", "--config", file).stdout)
    assert reading.read(again, {}, {}).settings == reading.read(file, {}, {}).settings


def test_as_json(file: Path) -> None:
    document = json.loads(lanner("config", "--config", file, "--json").stdout)
    assert document["secrets"] == {"value": "show", "from": f"{file}:2"}
    assert document["events.ruleBurst"] == {"value": 10, "from": "default"}


def test_a_mistake_is_wrong_usage(file: Path) -> None:
    file.write_text("secret: show\n")
    done = lanner("config", "--config", file)
    assert done.returncode == exits.USAGE
    assert f"{file}:1:1: error: there is no setting secret [CONFIG_UNKNOWN_KEY]" in done.stderr
    assert "did you mean secrets?" in done.stderr


HOOK = "https://hooks.example.org/services/T01/abcdefghijklmnopqrstuvwx"


def test_the_secret_part_of_an_address_is_not_shown(file: Path) -> None:
    file.write_text(f"outputs: {{http: {{url: '{HOOK}?key=hunter2'}}}}\n")
    for form in ((), ("--json",)):
        done = lanner("config", "--config", file, *form)
        assert "https://hooks.example.org/services/T01/***?***" in done.stdout
        assert not any(part in done.stdout for part in ("uvwx", "hunter2"))


@pytest.mark.parametrize(
    "line",
    [
        "outputs: {http: {url: 'https://me:hunter2@example.org/'}}",
        "outputs: {http: {url: 'https://me:hun/ter2@example.org/'}}",
        "outputs: {http: {url: 'https://me:hunter2@[example.org/'}}",
        f"outputs: {{http: {{url: '{HOOK} hunter2'}}}}",
        "outputs: {http: {url: 'https://example.org/ ?key=hunter2'}}",
        "outputs: {http: {headers: {Authorization: 'Bearer hunter2ter2'}}}",
        "outputs: {http: {url: 'https://me:hunter2@example.org/}}",
    ],
)
def test_a_mistake_shows_no_secret_of_the_line_it_is_in(file: Path, line: str) -> None:
    file.write_text(line + "\n")
    with pytest.raises(SettingsError) as error:
        reading.read(file, {}, {})
    said = "\n".join(map(diagnostics.render, error.value.diagnostics))
    assert f"{file}:1:" in said
    assert "    outputs: **" in said
    assert not any(part in said for part in ("hunter", "ter2", "uvwx"))
