# SPDX-License-Identifier: Apache-2.0
"""Standard output and standard error in one stream, as `kubectl logs` has them: valid JSON line by line, an
alert told from a word of the agent by its members.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess

from tests.agent.events import rules
from tests.story import agent as agents

MARK = "story-of-json-lines"


def test_from_the_first_line_to_the_summary(tmp_path: pathlib.Path) -> None:
    exact = f'evt.type = execve and proc.args contains "{MARK}"'
    (tmp_path / "rules.yaml").write_text(
        rules.text("Json", condition=exact) + rules.text("Never", "evt.type = getcwd")
    )
    (tmp_path / "lanner.yaml").write_text(f"outputs: {{file: {{path: {tmp_path}/later/alerts.json}}}}")
    files = ["--config", str(tmp_path / "lanner.yaml"), "--rules", str(tmp_path / "rules.yaml")]
    command = [str(agents.LANNER), "run", *files, "--output", "json"]
    environment = {**os.environ, "LANNER_LOG_FORMAT": "json"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    ) as process:
        assert process.stdout is not None
        lines = agents.Lines(process.stdout)
        lines.wait("watching execve", agents.START_S)
        subprocess.run(["true", MARK], check=True)
        lines.wait('"rule":"Json"')
        lines.wait("No such file or directory; 1 alert waits")
        (tmp_path / "later").mkdir()
        lines.wait("works again")
        (tmp_path / "rules.yaml").write_text("- rule: broken")
        lines.wait("rules not reloaded")
        process.send_signal(signal.SIGINT)
        assert process.wait(agents.STOP_S) == 0
        lines.join()
    told = [json.loads(line.text) for line in lines.all()]
    (alert,) = [line for line in told if "rule" in line]
    words = [line for line in told if "logger" in line]
    assert "logger" not in alert
    assert len(words) == len(told) - 1
    for part, times in (("getcwd", 1), ("output file (", 2)):
        assert [line["level"] for line in words if part in line["message"]] == ["WARNING"] * times
    assert any(line["message"].startswith(f"{tmp_path}/rules.yaml:1:") for line in words)
    assert words[-1]["summary"]["alerts by rule"] == {"Json": 1}
    assert " 1 alert, nothing lost" in words[-1]["message"]


def test_an_error_at_the_start(tmp_path: pathlib.Path) -> None:
    for arguments, status, words in (
        (["--rules", tmp_path / "none.yaml"], 1, "cannot read"),
        (["--no-such-option"], 2, "No such option"),
        (["--config", tmp_path / "none.yaml"], 2, "cannot read"),
    ):
        command = [str(agents.LANNER), "run", "--log-format", "json", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        (line,) = [json.loads(line) for line in done.stderr.splitlines()]
        assert (done.returncode, line["level"]) == (status, "ERROR")
        assert words in line["message"]
