# SPDX-License-Identifier: Apache-2.0
"""Sets of names, and of all names but some: joined and met they hold what sets hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanner_engine.index import names
from lanner_engine.index.names import Names

SOME = [b"a", b"b", b"c", b"d"]  # the last is listed nowhere
SETS = st.lists(
    st.builds(Names, st.frozensets(st.sampled_from(SOME[:3])), st.booleans()), min_size=1, max_size=5
)


def _holds(one: Names, name: bytes) -> bool:
    return (name in one.listed) is not one.others


@given(SETS)
def test_what_is_in_all_of_them(sets: list[Names]) -> None:
    met = names.every_one(sets)
    assert all(_holds(met, name) == all(_holds(one, name) for one in sets) for name in SOME)


@given(SETS)
def test_what_is_in_one_of_them(sets: list[Names]) -> None:
    joined = names.any_one(sets)
    assert all(_holds(joined, name) == any(_holds(one, name) for one in sets) for name in SOME)
