# SPDX-License-Identifier: Apache-2.0
"""The line that `lanner run` says when it watches: only events that something records."""

from __future__ import annotations

import pathlib

import pytest

from lanner_agent.app import first_line
from lanner_agent.policy.files import load
from tests.agent.events import rules


@pytest.mark.parametrize(
    ("condition", "watched"),
    [
        ("evt.type in (open, getcwd, alarm)", "watching open with 1 rule;"),
        ("evt.type in (getcwd, alarm)", "watching nothing with 1 rule;"),
        ("evt.type in (open, read, mmap)", "watching mmap, open, read with 1 rule;"),
        (
            "evt.type != open and not evt.type in (accept, bind)",
            "watching accept4, acct, add_key, adjtimex, bpf, capset and 188 more",
        ),
        (
            "proc.name = x",
            "watching accept, accept4, acct, add_key, adjtimex, bind and 191 more with 1 rule;",
        ),
    ],
)
def test_only_what_is_recorded_is_watched(tmp_path: pathlib.Path, condition: str, watched: str) -> None:
    (tmp_path / "a.yaml").write_text(rules.text("One", condition))
    program = load.compiled(load.check((tmp_path,)))
    assert first_line.line(program).startswith(watched)
