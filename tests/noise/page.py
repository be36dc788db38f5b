# SPDX-License-Identifier: Apache-2.0
"""docs/reference/noise.md, made of results.json: what ran, how often and how long, and which rules fired."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from typing import Any, Final

from tests.noise.watch import Done, Noise
from tests.noise.works import WORKS

WORDS: Final = 600  # characters of what a work said that failed
RESULTS: Final = pathlib.Path(__file__).with_name("results.json")
PAGE: Final = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "noise.md"
# Why a rule fires on ordinary work and stays as it is.
EXPECTED: Final = {
    (
        "Sensitive file read",
        "/usr/bin/tar",
    ): "a backup of `/etc` holds the password hashes: name the program that "
    "makes yours, under `host_programs`",
    (
        "Package installed in a running container",
        "/usr/bin/apt-get",
    ): "the container had run for more than a minute, which is what the rule is about: name images that "
    "install while they run, under `images`",
}
_HEAD: Final = """\
# Noise of the default rules

Made by `make noise`: work that machines do every day, really done in turn under one agent with all default
rules that were in force then, on Linux {kernel}, for {minutes:.0f} minutes; it says nothing of what was
changed in a rule since. *Container*: a new one for each time,
with the host's programs. *Systemd*: a machine of its own that systemd boots. *Cluster*: a Kubernetes of one
node. {scripts}. What is built in a container is not
started there: *Dropped binary executed in a container* is about that; name images that build and test under
its `images`.

The agent saw {summary}.

| work | where | done | failed |
|---|---|--:|--:|
"""
_SCRIPTS: Final = (
    "Each is a script of [works.yaml](../../tests/noise/works.yaml), done again\nand again until the time is "
    "over; what a machine does once a day stands once in a run"
)
_OTHERS: Final = """
Alerts of Notice and above are counted, of all processes that descend from the run, its daemons, containers
and pods among them. Others used the machine meanwhile{others}.
"""


def result(noise: Noise, kernel: str) -> dict[str, Any]:
    """What results.json holds."""
    fired = sorted(
        (one.rule, one.priority, one.by, one.done.work, one.done.where, times)
        for one, times in noise.fired.items()
    )
    works = sorted(set(noise.done) | set(noise.failed))
    return {
        "kernel": kernel,
        "seconds": round(noise.seconds),
        "summary": noise.summary,
        "works": [[*_names(one), noise.done[one], noise.failed[one]] for one in works],
        "words": [[*_names(one), words[-WORDS:]] for one, words in sorted(noise.words.items())],
        "left_out": [[work.name, list(work.lacking)] for work in WORKS if work.lacking],
        "fired": [list(one) for one in fired],
        "others": [list(one) for one in sorted(noise.others.items())],
    }


def _names(done: Done) -> tuple[str, str]:
    return done.work, done.where


def write(noise: Noise, kernel: str, file: pathlib.Path) -> None:
    file.write_text(json.dumps(result(noise, kernel), indent=1) + "\n")


def text(found: dict[str, Any]) -> str:
    head = _HEAD.format(
        kernel=found["kernel"], minutes=found["seconds"] / 60, summary=found["summary"], scripts=_SCRIPTS
    )
    works = "".join(
        f"| {work} | {where} | {done} | {failed} |\n" for work, where, done, failed in found["works"]
    )
    failed = _failed(found.get("words", ()))  # runs of before have none
    rest = _left_out(found["left_out"]) + _others(found["others"]) + _fired(found["fired"])
    return head + works + failed + rest


def _failed(words: Sequence[Any]) -> str:
    """The last words of each work that failed."""
    if not words:
        return ""
    told = "".join(f"\n{work} ({where}):\n\n```\n{said.strip()}\n```\n" for work, where, said in words)
    return f"\nWhat failed said:\n{told}"


def _left_out(works: list[Any]) -> str:
    if not works:
        return ""
    return "\nLeft out, because the machine lacks programs for it:\n\n" + "".join(
        f"- {work}: {', '.join(f'`{one}`' for one in lacking)}\n" for work, lacking in works
    )


def _others(others: list[Any]) -> str:
    """Alerts on processes that are none of the run's."""
    told = ", ".join(f"{rule} ({times})" for rule, times in others)
    words = f"; what fired on them is not counted: {told}" if told else ": no rule fired on them"
    return _OTHERS.format(others=words)


def _fired(fired: list[Any]) -> str:
    if not fired:
        return "\nNo rule fired.\n"
    rows = "".join(_row(*one) for one in fired)
    return f"\n| rule | priority | fired | by | work | where | why |\n|---|---|--:|---|---|---|---|\n{rows}"


def _row(*fired: Any) -> str:
    rule, priority, by, work, where, times = fired
    why = explained(rule, by) or "**not explained**"
    return f"| {rule} | {priority} | {times} | `{by}` | {work} | {where} | {why} |\n"


def explained(rule: str, by: str) -> str | None:
    return EXPECTED.get((rule, by.partition(" ")[0]))
