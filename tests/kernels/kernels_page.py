# SPDX-License-Identifier: Apache-2.0
"""results.json -> docs/reference/kernels.md, as `make kernels` and `make reference` write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.kernels import results

PAGE = Path(__file__).parents[2] / "docs/reference/kernels.md"

HEAD = """# Kernels

One object file, byte for byte, was loaded and attached on each of these kernels, booted by `make kernels`,
and the tests of the probes (`tests/kernel`) ran there. A number is how many tests of that file passed; others
stand beside it. The guests are emulated, so tests under load do a fiftieth of it there. This page is made of
`tests/kernels/results.json`, which that command writes. A test fails where the object file is not the one
that the oldest and the newest kernel had; `make kernels KERNELS=6.1,7.2` runs those two again.

"""
NOT_RUN = """
## Tests that did not run

Each for a capability that this machine or kernel has not, or its guest.

"""
SYSTEMD = """
## Cgroups of systemd

After the tests systemd became the guest's first process, with cgroup v2. Processes ran in its services and
scopes and below them, under the names that containerd, CRI-O, Docker, Podman and the kubelet give. Each was
recorded with that cgroup, and with its container and pod, or as one of the host.

"""
DOCTOR = """
## What `lanner doctor` says

What a kernel has is found by trying, never by its number, and by the same code that decides whether the
object is loaded.

"""
REFUSED = """
## {release} is refused

```
{text}
```
"""
VERIFIED = """
## What the verifier goes through

Before it takes a program the kernel follows every way through it, and refuses one of more than a million
instructions, each counted as often as it is passed. Where a kernel has not what an optional program needs,
that one is not loaded; kernels without `bpf_rdonly_cast` (6.1) take other ways through the same ones. Times
would say nothing, since the guests are emulated.

"""
QUIET = "none"  # the agent starts without it


def page(kept: results.Results, here: results.Result) -> str:
    """The whole page. `here`: of the machine that booted the guests."""
    ran = {name: one for name, one in kept.items() if not one["refused"]}
    refused = [one for one in kept.values() if one["refused"]]
    return "".join(
        (
            *(HEAD, _table(["", *ran], _outcomes(ran))),
            *(NOT_RUN, _table(["test", "why", "kernels"], _not_run(ran))),
            *(SYSTEMD, _table(["", *ran], _systemd(ran))),
            *_verified(ran, here),
            *(DOCTOR, _table(["", *kept], _doctor(kept))),
            *(REFUSED.format(release=one["release"], text=one["refused"]) for one in refused),
        )
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _outcomes(ran: results.Results) -> Iterable[Sequence[str]]:
    yield ["release", *(one["release"] for one in ran.values())]
    yield ["object file", *(f"`{one['object'][:12]}`" for one in ran.values())]
    for subject in sorted({subject for one in ran.values() for subject in one["cases"]}):
        yield [subject, *(_counts(one["cases"].get(subject, {})) for one in ran.values())]


def _counts(counts: Mapping[str, int]) -> str:
    """`12`, `12, 1 skipped`, `left out`."""
    if "left out" in counts:
        return "left out"
    others = "".join(f", {number} {what}" for what, number in counts.items() if what != "passed")
    return f"{counts.get('passed', 0)}{others}"


def _not_run(ran: results.Results) -> Iterable[Sequence[str]]:
    """A test that many parameters name is told once, and a file where no test of it ran."""
    kernels: dict[tuple[str, str], dict[str, None]] = {}
    for name, one in ran.items():
        for test, why in one["not_run"]:
            whole = "passed" not in one["cases"][results.subject(test)]
            kernels.setdefault((_title(test, whole=whole), why), {})[name] = None
    for (test, why), names in sorted(kernels.items()):
        yield [test, why, "all" if len(names) == len(ran) else ", ".join(names)]


def _title(test: str, *, whole: bool) -> str:
    function = test.partition("::")[2].partition("[")[0].removeprefix("test_").replace("_", " ")
    return results.subject(test) if whole or not function else f"{results.subject(test)}: {function}"


def _systemd(ran: results.Results) -> Iterable[Sequence[str]]:
    yield ["systemd", *(one["systemd"]["version"].removeprefix("systemd ") for one in ran.values())]
    yield ["cgroups", *(str(one["systemd"]["cgroups"]) for one in ran.values())]


def _verified(ran: results.Results, here: results.Result) -> Iterable[str]:
    """A row for each program that a kernel was asked about, below what they are together."""
    asked = {name: one["verified"] for name, one in ran.items() if one.get("verified")}
    if here:
        asked[f"{here['release']}, not emulated"] = here["verified"]
    if asked:
        yield VERIFIED
        yield _table(["program", *asked], _programs(tuple(asked.values())))


def _programs(asked: Sequence[Mapping[str, int]]) -> Iterable[Sequence[str]]:
    yield ["all together", *(f"{sum(one.values()):,}" for one in asked)]
    yield ["the largest", *(f"{max(one.values()):,}" for one in asked)]
    names = sorted({name for one in asked for name in one}, key=lambda name: (-_most(asked, name), name))
    for name in names:
        yield [f"`{name}`", *(f"{one[name]:,}" if name in one else "" for one in asked)]


def _most(asked: Sequence[Mapping[str, int]], name: str) -> int:
    return max(one.get(name, 0) for one in asked)


def _doctor(kept: results.Results) -> Iterable[Sequence[str]]:
    answers = [_requirements(one["doctor"]["said"]) for one in kept.values()]
    for name in answers[0]:
        yield [name, *(answer.get(name, "") for answer in answers)]
    yield ["its last line", *(one["doctor"]["said"][-1] for one in kept.values())]
    yield ["exit status", *(str(one["doctor"]["status"]) for one in kept.values())]


def _requirements(said: Sequence[str]) -> dict[str, str]:
    """What was seen by requirement; what to do, too, where that is missing."""
    found: dict[str, str] = {}
    name = word = ""
    for line in said[:-1]:
        if line.startswith(" "):
            if word == "MISSING":
                found[name] += f" {line.strip()}"
            continue
        word, _, rest = line.partition(" ")
        name, _, detail = rest.strip().partition(": ")
        found[name] = {"ok": detail, QUIET: QUIET}.get(word, f"**{word}**: {detail}")
    return found


if __name__ == "__main__":
    PAGE.write_text(page(results.kept(), results.here()))
    print(PAGE)
