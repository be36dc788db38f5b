# SPDX-License-Identifier: Apache-2.0
"""docs/reference/noise.md, made of results.json: what ran, how often and how long, and which rules fired."""

from __future__ import annotations

import pathlib
from typing import Any, Final

from tests.noise.watch import Noise
from tests.noise.works import WORKS

RESULTS: Final = pathlib.Path(__file__).with_name("results.json")
PAGE: Final = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "noise.md"
# Why a rule fires on ordinary work and stays as it is.
EXPECTED: Final = {
    (
        "Sensitive file read",
        "/usr/bin/tar",
    ): "a backup of `/etc` holds the password hashes: name the program that "
    "makes yours, under `host_programs`",
}
_HEAD: Final = """\
# Noise of the default rules

Made by `make noise`: work that machines do every day, really done in turn under one agent with the default
rules, on Linux {kernel}, for {minutes:.0f} minutes. Alerts of Notice and above are counted; alerts on other
processes of the machine are not.

| work | done | failed |
|---|--:|--:|
"""


def result(noise: Noise, kernel: str) -> dict[str, Any]:
    """What results.json holds."""
    fired = sorted((one.rule, one.priority, one.by, one.work, times) for one, times in noise.fired.items())
    works = sorted(set(noise.done) | set(noise.failed))
    return {
        "kernel": kernel,
        "seconds": round(noise.seconds),
        "works": [[work, noise.done[work], noise.failed[work]] for work in works],
        "left_out": [[work.name, list(work.lacking)] for work in WORKS if work.lacking],
        "fired": [list(one) for one in fired],
    }


def text(found: dict[str, Any]) -> str:
    head = _HEAD.format(kernel=found["kernel"], minutes=found["seconds"] / 60)
    works = "".join(f"| {work} | {done} | {failed} |\n" for work, done, failed in found["works"])
    return head + works + _left_out(found["left_out"]) + _fired(found["fired"])


def _left_out(works: list[Any]) -> str:
    if not works:
        return ""
    return "\nLeft out, because the machine lacks programs for it:\n\n" + "".join(
        f"- {work}: {', '.join(f'`{one}`' for one in lacking)}\n" for work, lacking in works
    )


def _fired(fired: list[Any]) -> str:
    if not fired:
        return "\nNo rule fired.\n"
    rows = "".join(_row(*one) for one in fired)
    return f"\n| rule | priority | fired | by | work | why |\n|---|---|--:|---|---|---|\n{rows}"


def _row(rule: str, priority: str, by: str, work: str, times: int) -> str:
    why = explained(rule, by) or "**not explained**"
    return f"| {rule} | {priority} | {times} | `{by}` | {work} | {why} |\n"


def explained(rule: str, by: str) -> str | None:
    return EXPECTED.get((rule, by.partition(" ")[0]))
