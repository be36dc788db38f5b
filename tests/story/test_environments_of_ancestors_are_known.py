# SPDX-License-Identifier: Apache-2.0
"""A rule asks for the environment of who started a program, whatever the program's own is."""

from __future__ import annotations

import pathlib
import subprocess

from tests.agent.events import rules
from tests.story import deeds
from tests.story.agent import watching

CONDITION = "evt.type = execve and proc.args contains %s and proc.aenv[LANNER_STARTED_BY] = a-shell"
OUTPUT = "saw %proc.name has (%proc.aenv[0]) from (%proc.aenv[1])"


def test_what_the_shell_had_is_known_of_what_it_started(tmp_path: pathlib.Path) -> None:
    mark = deeds.marker()
    file = tmp_path / "rules.yaml"
    file.write_text(rules.text("Started by", condition=CONDITION % mark, output=OUTPUT))
    with watching("--rules", file) as agent:
        for shell in ("another", "a-shell"):
            command = ["sh", "-c", f"env -i OWN=x sh -c : {mark}; sleep 0.5"]
            subprocess.run(command, env={"LANNER_STARTED_BY": shell, "PATH": "/bin"}, check=True)
        agent.alerts.wait(r"sh has \(OWN=x\) from \(.*LANNER_STARTED_BY=a-shell.*\)")
    assert "another" not in agent.alerts.text()
