# SPDX-License-Identifier: Apache-2.0
"""`lanner doctor` in the guest: what it says of a kernel is what the loader finds, good or bad."""

from __future__ import annotations

from tests.kernels.conftest import PATIENT, Facts, Report

pytestmark = PATIENT

MET = {
    *(
        "architecture",
        "kernel types (BTF)",
        "CAP_BPF",
        "CAP_PERFMON",
        "CAP_SYS_PTRACE",
        "CAP_DAC_READ_SEARCH",
    ),
    *("bpf(2)", "kernel features", "names from the kernel", "kernel lockdown", "cgroups", "BPF object"),
}
LACKING = "task storage for tracing programs, bpf_task_pt_regs(), bpf_loop()"


def answer(report: Report) -> Facts:
    """Its exit status, lines and what went to stderr, which is nothing."""
    (said,) = report.said("DOCTOR")
    assert said["errors"] == ""
    return said


def details(report: Report, word: str) -> dict[str, str]:
    """What was seen, by requirement, of those that doctor begins with this word."""
    lines = [line.partition(" ") for line in answer(report)["said"]]
    found = (rest.strip().partition(": ") for first, _, rest in lines if first == word)
    return {name: detail for name, _, detail in found}


def release(report: Report) -> str:
    """As uname says it."""
    (line,) = (line for line in report.console.lines if line.startswith("GUEST kernel "))
    return line.split()[2]


def test_a_kernel_that_runs_the_object_lacks_nothing(report: Report) -> None:
    assert answer(report)["status"] == 0, answer(report)
    assert answer(report)["said"][-1] == "lanner can run here."
    assert details(report, "ok").keys() >= MET
    assert not details(report, "MISSING")


def test_it_says_what_it_saw(report: Report) -> None:
    seen = details(report, "ok")
    assert seen["kernel features"] == f"Linux {release(report)}"
    assert seen["names from the kernel"] == "of all calls"
    assert seen["cgroups"] == "v2"


def test_without_a_container_runtime_it_is_content(report: Report) -> None:
    assert list(details(report, "none")) == ["container runtime"]


def test_a_kernel_below_the_floor_lacks_functions_and_nothing_else(refusal: Report) -> None:
    assert answer(refusal)["status"] == 1, answer(refusal)
    assert answer(refusal)["said"][-1] == "lanner lacks here: kernel features"
    lacks = f"Linux {release(refusal)} lacks {LACKING}"
    assert details(refusal, "MISSING") == {"kernel features": lacks}


def test_it_says_what_to_do(refusal: Report) -> None:
    said = answer(refusal)["said"]
    (at,) = (number for number, line in enumerate(said) if line.startswith("MISSING "))
    assert said[at + 1].strip().startswith("-> run Linux 5.17 or newer")


def test_the_loader_refuses_with_the_same_words(refusal: Report) -> None:
    (refused,) = refusal.said("REFUSED")
    assert f"kernel features: {details(refusal, 'MISSING')['kernel features']}" in refused["text"]
