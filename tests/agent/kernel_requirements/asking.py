# SPDX-License-Identifier: Apache-2.0
"""`requirements` asked by another user, or with fewer capabilities."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

from lanner_agent.kernel.requirements import Requirement

_ASK = """
import dataclasses, json
from lanner_agent.kernel import requirements
found = [dataclasses.asdict(one) for one in requirements.check()]
refusal = requirements.refusal()
print(json.dumps([found, None if refusal is None else [str(refusal), refusal.errno]]))
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What another process was told; `refusal` is its text and number, None when it may start."""

    requirements: dict[str, Requirement]
    refusal: tuple[str, int] | None

    @property
    def missing(self) -> list[str]:
        return [name for name, one in self.requirements.items() if not one.met and one.needed]


def through(*command: str) -> Answer:
    """Ask in a process started by `command` (setpriv and the like)."""
    if os.geteuid() != 0:
        pytest.skip("changing user and capabilities needs root")
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} to change user and capabilities with")
    done = subprocess.run([*command, sys.executable, "-c", _ASK], check=True, capture_output=True, timeout=30)
    assert done.stderr == b""
    found, refusal = json.loads(done.stdout)
    return Answer({one["name"]: Requirement(**one) for one in found}, refusal and (refusal[0], refusal[1]))
