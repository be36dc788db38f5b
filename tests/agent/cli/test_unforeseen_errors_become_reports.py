# SPDX-License-Identifier: Apache-2.0
"""The last resort: an unforeseen error ends with what a maintainer needs, and without a traceback."""

from __future__ import annotations

import click
import pytest

from lanner_agent.app import exits
from lanner_agent.cli import group, main
from lanner_engine.source import Diagnostic, LannerError, RuleError, Source, Span


def ends_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def broken(**_: object) -> None:
        raise error

    monkeypatch.setattr(group.lanner, "main", broken)
    with pytest.raises(SystemExit) as leave:
        main.main()
    assert isinstance(leave.value.code, int)
    return leave.value.code


def test_a_bug_is_reported_with_versions_and_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(ZeroDivisionError("by\x1b[31m zero"), monkeypatch) == exits.BUG
    said = capsys.readouterr().err
    assert said.startswith(r"lanner: a bug in lanner: ZeroDivisionError: by\u001b[31m zero")
    assert "please report it" in said
    assert "Python 3." in said
    assert "test_unforeseen_errors_become_reports.py:" in said
    assert "Traceback" not in said


def test_an_error_on_purpose_is_its_words_and_its_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = LannerError("no BTF here")
    error.hint = "use a newer kernel"  # type: ignore[attr-defined]  # as KernelError has it
    assert ends_with(error, monkeypatch) == exits.CANNOT_RUN
    assert capsys.readouterr().err == "lanner: no BTF here\n  hint: use a newer kernel\n"


def test_broken_rules_are_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    span = Span(Source("a.yaml", "- rule: x"), 2, 6)
    error = RuleError((Diagnostic("error", "LOAD_ERR_VALIDATE", "bad rule", span),))
    assert ends_with(error, monkeypatch) == exits.PROBLEMS
    assert "a.yaml:1:3: " in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_no_error(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends_with(error, monkeypatch) == exits.INTERRUPTED
