# SPDX-License-Identifier: Apache-2.0
"""The lock file of what the agent needs, taken apart for another Python and machine than this one."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "requirements-agent.lock"
ENTRY = re.compile(r"(?m)^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)[^\n]*(?:\n[ ]+[^\n]*)*\n")


def without(name: str) -> str:
    """The lock file less every entry of one package."""
    return ENTRY.sub(lambda entry: "" if entry["name"] == name else entry[0], FILE.read_text())


def newest(name: str) -> tuple[str, str]:
    """Version and entry, without its marker, of the highest locked version of one package."""
    entries = [entry for entry in ENTRY.finditer(FILE.read_text()) if entry["name"] == name]
    last = max(entries, key=lambda entry: [int(part) for part in entry["version"].split(".")])
    return last["version"], re.sub(r" ;[^\\\n]*", " ", last[0], count=1)
