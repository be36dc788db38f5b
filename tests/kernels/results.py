# SPDX-License-Identifier: Apache-2.0
"""What every kernel's guest said -> results.json beside this file -> docs/reference/kernels.md.

`python -m tests.kernels.results` writes the page. Called by conftest, which keeps the results of a run of all
kernels (`make kernels`), and by the test that the page is current.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs/reference/kernels.md"
Results = Mapping[str, Mapping[str, Any]]  # kernel's name in the catalogue -> release, loads, cases

HEAD = """# Kernels

One object file, byte for byte, was loaded and attached on each of these kernels, booted by `make kernels`,
and the tests of the probes (`tests/kernel`) ran there. This page is made from `tests/kernels/results.json`,
which that command writes.

"""
TAIL = """
A number is how many tests of that file passed; others stand beside it. What a kernel needs is found by
trying, never by its number: `lanner doctor` says what is missing.
"""


def of(lines: tuple[str, ...]) -> dict[str, Any]:
    """The result of one guest from the lines of its console."""
    release = next((line.split()[2:4] for line in lines if line.startswith("GUEST kernel ")), ["", ""])
    cases: dict[str, Counter[str]] = {}
    for line in lines:
        if line.startswith("CASE "):
            case = json.loads(line.removeprefix("CASE "))
            cases.setdefault(_subject(case["name"]), Counter())[case["outcome"]] += 1
    refusals = [line.removeprefix("REFUSED ") for line in lines if line.startswith("REFUSED ")]
    return {
        "release": " ".join(release),
        "refused": json.loads(refusals[0])["text"] if refusals else "",
        "cases": {subject: dict(sorted(counts.items())) for subject, counts in sorted(cases.items())},
    }


def keep(results: Results) -> None:
    """Written over the results before, and the page with them."""
    KEPT.write_text(json.dumps(results, indent=2) + "\n")
    PAGE.write_text(page(results))


def page(results: Results) -> str:
    """The whole page."""
    ran = {name: one for name, one in results.items() if not one["refused"]}
    subjects = sorted({subject for one in ran.values() for subject in one["cases"]})
    rows = [["", *ran], ["---", *("---" for _ in ran)]]
    rows.append(["release", *(one["release"] for one in ran.values())])
    rows += [
        [subject, *(_cell(one["cases"].get(subject, {})) for one in ran.values())] for subject in subjects
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    refused = "".join(
        f"\n{one['release']} is refused:\n\n```\n{one['refused']}\n```\n"
        for one in results.values()
        if one["refused"]
    )
    return HEAD + table + "\n" + refused + TAIL


def _cell(counts: Mapping[str, int]) -> str:
    others = "".join(f", {number} {what}" for what, number in counts.items() if what != "passed")
    return f"{counts.get('passed', 0)}{others}"


def _subject(name: str) -> str:
    """tests/kernel/test_a_cgroup_is_recorded.py::... -> a cgroup is recorded."""
    return Path(name.partition("::")[0]).stem.removeprefix("test_").replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(page(json.loads(KEPT.read_text())))
    print(PAGE)
