# SPDX-License-Identifier: Apache-2.0
"""Without root, without BTF, with broken rules, without a runtime: a message, the right exit code, no
traceback.
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
from collections.abc import Sequence

import pytest

from tests.agent.events import rules
from tests.story import agent as agents
from tests.story import deeds

# Nobody, but able to read the interpreter wherever it is installed.
AS_NOBODY = (
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
)
WITHOUT_BTF = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh")


def lanner(
    *arguments: str | os.PathLike[str], through: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Runs to its end; never a traceback."""
    done = subprocess.run(
        [*through, agents.LANNER, *arguments], check=False, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def test_without_root_it_says_what_to_do() -> None:
    done = lanner("run", through=AS_NOBODY)
    assert done.returncode == 3
    assert done.stdout == ""
    assert re.search(r"CAP_BPF|root", done.stderr)
    assert "hint: " in done.stderr


def test_without_btf_it_names_what_is_missing() -> None:
    done = lanner("run", through=WITHOUT_BTF)
    assert done.returncode == 3
    assert "BTF" in done.stderr
    assert "hint: " in done.stderr


@pytest.mark.parametrize(("through", "word"), [(AS_NOBODY, "CAP_BPF"), (WITHOUT_BTF, "BTF")])
def test_the_doctor_finds_it_too(through: Sequence[str], word: str) -> None:
    done = lanner("doctor", through=through)
    assert done.returncode == 1
    assert re.search(rf"^MISSING .*{word}", done.stdout, re.MULTILINE)
    assert "-> " in done.stdout


def test_the_doctor_is_content_here() -> None:
    done = lanner("doctor")
    assert done.returncode == 0, done.stdout
    assert "MISSING" not in done.stdout
    assert done.stdout.endswith("lanner can run here.\n")


def test_the_doctor_wants_a_runtime_that_was_named(tmp_path: pathlib.Path) -> None:
    done = lanner("doctor", "--cri-socket", tmp_path / "none.sock")
    assert done.returncode == 1
    assert "lanner lacks here: container runtime" in done.stdout


def test_broken_rules_are_refused_whatever_the_kernel_says(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(rules.text(condition="evt.type = execve and proc.nam = sh"))
    done = lanner("run", "--rules", path, through=AS_NOBODY)
    assert done.returncode == 1
    assert f"{path}:4:" in done.stderr
    assert "proc.nam" in done.stderr
    assert "CAP_BPF" not in done.stderr


def test_a_missing_runtime_is_told_and_detection_goes_on(tmp_path: pathlib.Path) -> None:
    socket = tmp_path / "nowhere.sock"
    with agents.watching("--cri-socket", socket) as agent:
        agent.notes.wait(re.escape(str(socket)))
        mark = deeds.marker()
        deeds.read_absolute(mark)
        agent.alerts.wait(mark)


def test_a_wrong_option_is_a_usage_error() -> None:
    done = lanner("run", "--output", "xml")
    assert done.returncode == 2
    assert "'xml'" in done.stderr
