# SPDX-License-Identifier: Apache-2.0
"""Kept strings take so much memory at most; what makes room is first taken from the kernel, and forgotten
when all records are read that were made before.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_agent.kernel.kept import MAX_BYTES, MAX_KEPT, MAX_OFFERED, Kept
from tests.agent.decode.keeping import Told

HUGE = 4096


def opened(kernel: Told) -> Kept:
    kept = Kept(kernel)
    kept.open()
    return kept


def keep(kept: Kept, *numbers: int, size: int = 10) -> list[bool]:
    """Of each whether it was taken; each has a string of its own."""
    taken = [kept.offer(number, {0: text(number, size)}) for number in numbers]
    kept.turn()
    return taken


def text(number: int, size: int = 10) -> bytes:
    return b"%0*d" % (size, number)


def test_nothing_is_taken_before_records_have_everything() -> None:
    kernel = Told()
    kept = Kept(kernel)
    assert keep(kept, 1) == [False]
    kept.open()
    assert keep(kept, 1) == [True]
    assert kernel.parts == {1: 1}


def test_without_a_kernel_nothing_is_kept() -> None:
    kept = Kept()
    assert keep(kept, 1) == [True]
    assert kept.view.strings == {}


def test_one_batch_offers_so_much() -> None:
    kept = opened(Told())
    assert keep(kept, *range(1, MAX_OFFERED + 3)).count(False) == 2
    assert keep(kept, MAX_OFFERED + 2) == [True]


def test_what_makes_room_is_there_until_all_is_read() -> None:
    kernel = Told()
    kept = opened(kernel)
    for number in range(1, MAX_KEPT + 2):
        keep(kept, number)
    kernel.written = 7  # records that leave out what is about to go
    kept.turn()
    gone = set(range(1, MAX_KEPT + 2)) - kernel.parts.keys()
    assert gone == set(range(1, len(gone) + 1))  # the oldest
    kernel.read = 6
    kept.turn()
    assert kept.view.find(1, 0) == text(1)
    assert keep(kept, 1) == [False]  # it would be forgotten with the others
    before, kernel.read = kept.view, 7
    kept.turn()
    assert kept.view.strings.keys() == {number * 4 for number in kernel.parts}
    assert before.find(1, 0) == text(1)  # by those who hold on to it
    assert keep(kept, 1) == [True]
    assert (kept.view.find(1, 0), kernel.parts[1], kept.missed) == (text(1), 1, 0)


def test_long_strings_are_bounded_by_their_bytes() -> None:
    kernel = Told()
    kept = opened(kernel)
    most = 0
    for number in range(1, 3 * MAX_BYTES // HUGE):
        keep(kept, number, size=HUGE)
        most = max(most, sum(map(len, kept.view.strings.values())))
    assert most <= MAX_BYTES + 2 * HUGE
    assert len(kernel.parts) == len(kept.view.strings)


def test_what_leaves_while_more_of_it_is_offered_comes_again_whole() -> None:
    kernel = Told()
    kept = opened(kernel)
    keep(kept, 1)
    for number in range(2, MAX_KEPT + 1):
        keep(kept, number)
    kept.offer(MAX_KEPT + 1, {0: text(MAX_KEPT + 1)})
    kept.turn()
    kept.offer(1, {1: b"arguments"})
    kept.turn()  # 1 is among the oldest
    assert 1 not in kernel.parts
    kept.turn()
    assert kept.offer(1, {0: text(1), 1: b"arguments"})
    kept.turn()
    assert (kernel.parts[1], kept.view.find(1, 0), kept.view.find(1, 1)) == (3, text(1), b"arguments")
    assert kept.missed == 0


def test_a_reader_that_never_catches_up_fills_no_memory() -> None:
    kernel = Told()
    kept = opened(kernel)
    kernel.written = 1
    for number in range(1, 4 * MAX_KEPT):
        keep(kept, number)
    assert len(kernel.parts) <= 2 * MAX_KEPT + 1
    assert len(kept.view.strings) <= 3 * MAX_KEPT


PART = st.integers(0, 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.integers(1, 30), st.integers(1, 300_000), PART),
        st.tuples(st.just("record"), st.integers(1, 30), st.just(0), PART),
        st.tuples(st.just("read"), st.integers(1, 4), st.just(0), PART),
    ),
    max_size=80,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_no_record_that_is_read_misses_a_string(steps: list[tuple[str, int, int, int]]) -> None:
    """Records are made by what the kernel knows then, and read later, some never."""
    kernel = Told()
    kept = opened(kernel)
    waiting: list[tuple[int, int]] = []  # of which exec each record leaves out which string
    texts: dict[tuple[int, int], bytes] = {}
    for what, number, size, part in steps:
        if what == "offer":
            kept.offer(number, {part: texts.setdefault((number, part), text(number, size))})
        elif what == "record" and kernel.parts.get(number, 0) >> part & 1:
            waiting.append((number, part))
            kernel.written += 1
        elif what == "read":
            for one in waiting[:number]:
                assert kept.view.find(*one) == texts[one]
            kernel.read += len(waiting[:number])
            del waiting[:number]
            kept.turn()
    assert kept.missed == 0
