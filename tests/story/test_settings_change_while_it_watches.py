# SPDX-License-Identifier: Apache-2.0
"""A running agent takes over what its file says now: other rules, and secrets in the clear."""

from __future__ import annotations

import pathlib
import subprocess

from tests.agent.events import rules
from tests.story import agent as agents

MARK = "--password=story-of-settings"


def test_rules_and_secrets_follow_the_file(tmp_path: pathlib.Path) -> None:
    exact = f'evt.type = execve and proc.args contains "{MARK}"'
    (tmp_path / "rules.yaml").write_text(rules.text("Settings", condition=exact, output="ran %proc.cmdline"))
    config, files = tmp_path / "lanner.yaml", f"rules:\n  files: [{tmp_path / 'rules.yaml'}]\n"
    config.write_text(files)
    with agents.watching("--config", config) as agent:
        subprocess.run(["true", MARK], check=True)
        agent.alerts.wait(r"Notice ran true --password=\*\*\*")
        config.write_text(f"{files}secrets: show\n")
        agent.notes.wait("taken over: secrets$")
        subprocess.run(["true", MARK], check=True)
        agent.alerts.wait(f"ran true {MARK}")
        config.write_text(f"{files}  priorities: Critical\n")
        agent.notes.wait("not taken over")
        config.write_text(f"{files}  appendOutput: [and more]\n")
        agent.notes.wait("rules reloaded")
        subprocess.run(["true", MARK], check=True)
        agent.alerts.wait(r"ran true --password=\*\*\* .*and more")
    assert "taken over: rules.appendOutput, secrets" in agent.notes.text()
    assert "changes of the settings:" in agent.notes.text()
