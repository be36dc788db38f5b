# SPDX-License-Identifier: Apache-2.0
"""docs/architecture.md draws the rooms and the errors as they are; `make reference` draws them anew."""

from __future__ import annotations

from tests.house import errors, rooms
from tests.house.__main__ import PAGE, current


def test_the_drawings_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == current(text), "run `make reference`"


def test_arrows_that_follow_from_others_are_left_out() -> None:
    every = {"a": frozenset("bcd"), "b": frozenset("c"), "c": frozenset("d")}
    assert rooms.reduced(every) == {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("d")}


def test_every_arrow_of_the_code_can_be_walked_in_the_drawing() -> None:
    every = rooms.arrows()
    drawn = rooms.reduced(every)
    for own, wanted in every.items():
        assert wanted <= rooms._reached(drawn, own), own


def test_every_error_that_is_raised_on_purpose_is_in_one_tree() -> None:
    assert errors.strays() == []
    assert {"KernelError", "RuleError", "ApiError", "CRIError"} <= {one.name for one in errors.raised()}
