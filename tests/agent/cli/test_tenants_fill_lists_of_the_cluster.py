# SPDX-License-Identifier: Apache-2.0
"""One rule for all namespaces, on a laptop: cases of events, what is wrong, and what it costs."""

from __future__ import annotations

from pathlib import Path

from tests.agent.cli.command import lanner

GOLDEN = Path(__file__).parent / "golden" / "tenants"


def test_each_namespace_silences_only_itself() -> None:
    done = lanner("test", "cases.yaml", cwd=GOLDEN)
    assert done.stdout.splitlines()[-1] == "7 cases: 7 passed, 0 failed", done.stdout


def test_what_cannot_be_is_marked_with_a_hint() -> None:
    done = lanner("check", "wrong.yaml", cwd=GOLDEN)
    said = done.stdout + done.stderr
    for words in (
        "wrong.yaml:6:42: error: tenantLists opens the list elsewhere, which this object does not define",
        "wrong.yaml:9:59: error: the list programs is open to namespaces, and cannot stand here",
        "wrong.yaml:15:25: error: no ClusterFalcoRule opens a list program to namespaces",
        "hint: did you mean programs?",
        "wrong.yaml:22:25: error: with mode DryRun an object changes nothing of others",
        "wrong.yaml:28:3: error: a FalcoRule has no tenantLists",
        "wrong.yaml:29:43: error: a value has 1 to 256 characters, and no NUL",
    ):
        assert words in said, said
    assert done.returncode == 1


def test_an_explanation_says_what_the_kernel_is_asked_of_values() -> None:
    done = lanner("check", "--explain", "Unknown program", "rules.yaml", cwd=GOLDEN)
    assert "or (proc.exepath, k8s.ns.name) in (allowed_programs of namespaces)" in done.stdout
    assert "what namespaces give for allowed_programs (3 values) is looked up in user space" in done.stdout
