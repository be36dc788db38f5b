# SPDX-License-Identifier: Apache-2.0
"""A character of a decoded scalar is found where it is written, whatever style the scalar is written in."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.documents import yaml_reader
from lanner_engine.documents.nodes import Mapping, Scalar
from lanner_engine.documents.problems import Problems
from lanner_engine.source import Source
from lanner_engine.text import Text, plain

_WORDS = st.lists(
    st.text("ab'\"\\:#é漢 \n\t-,x", max_size=6) | st.text(max_size=3), min_size=1, max_size=12
).map(" ".join)


def _scalar(document: str) -> Text:
    """The value of the only key of the only document."""
    (root,) = yaml_reader.read(yaml_reader.whole(Source("t", document)), Problems())
    assert isinstance(root, Mapping)
    node = root.get("k")
    assert isinstance(node, Scalar)
    return node.text()


def _misplaced(text: Text, document: str) -> list[tuple[int, str, str]]:
    """Characters that do not stand where the text says: an escape may stand for one, blanks are free."""
    wrong = []
    for index, character in enumerate(text.value):
        span = text.span(index, index + 1)
        written = document[span.start : span.end]
        if not (written == character or written.startswith("\\") or written == "''" or character.isspace()):
            wrong.append((index, character, written))
    return wrong


@given(_WORDS, st.sampled_from(["|", ">", "'", '"', ""]), st.sampled_from([10, 30, 1000]), st.booleans())
@settings(deadline=None, max_examples=600)
def test_every_style(value: str, style: str, width: int, unicode: bool) -> None:
    document = yaml.dump({"k": value}, default_style=style, width=width, allow_unicode=unicode)
    text = _scalar(document)
    # Not `value`: the library's writer folds some texts wrongly.
    assert text.value == yaml.load(document, yaml.BaseLoader)["k"]  # noqa: S506  it makes strings only
    assert _misplaced(text, document) == []
    starts = [text.span(index, index + 1).start for index in range(len(text.value))]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ("k: one two", {"one": (1, 4), "two": (1, 8)}),
        ("k: one\n   two\n\n   three", {"one": (1, 4), "two": (2, 4), "three": (4, 4)}),
        ("k: 'it''s one'", {"it": (1, 5), "s": (1, 9), "one": (1, 11)}),
        ("k: 'one\n  two'", {"one": (1, 5), "two": (2, 3)}),
        ('k: "a\\tb\\x41\\u0042 c"', {"b": (1, 8), "AB": (1, 9), "c": (1, 20)}),
        ('k: "one \\\n     two"', {"one": (1, 5), "two": (2, 6)}),
        ('k: "one\n\n  two\\n"', {"one": (1, 5), "two": (3, 3)}),
        ("k: |\n  one\n    two\n", {"one": (2, 3), "two": (3, 5)}),
        ("k: |2-  # note\n    one\n\n  two", {"one": (2, 5), "two": (4, 3)}),
        (
            "k: >\n  one\n  two\n\n  three\n    four\n  five\n",
            {"two": (3, 3), "four": (6, 5), "five": (7, 3)},
        ),
        ("k: >\r\n  one\r\n  two\r\n", {"one": (2, 3), "two": (3, 3)}),
        ("\ufeffk: one two", {"two": (1, 9)}),
        ("k: é漢 two", {"two": (1, 7)}),
    ],
)
def test_words_in_every_style(document: str, places: dict[str, tuple[int, int]]) -> None:
    text = _scalar(document)
    for word, place in places.items():
        start = text.value.index(word)
        assert text.span(start, start + len(word)).position() == place, word


def test_blanks_in_front_of_a_word_stand_in_front_of_it() -> None:
    text = _scalar("k: |\n  one\n    two\n")
    assert text.value == "one\n  two\n"
    assert [text.span(index, index + 1).position() for index in (3, 4, 5)] == [(2, 6), (3, 3), (3, 4)]


def test_a_place_behind_the_end() -> None:
    text = _scalar("k: >\n  one\n  two\n")
    assert text.span(7, 7).position() == (3, 6)
    assert text.stripped().span(7, 7).position() == (3, 6)


def test_an_escape_is_marked_whole() -> None:
    text = _scalar('k: "a\\x41b"')
    span = text.span(1, 2)
    assert (span.start, span.end) == (5, 9)


def test_joined_texts_stay_where_they_are() -> None:
    joined = plain("a or b", "one").joined(plain("and c", "two")).joined(plain("or d", "three"))
    assert joined.value == "a or b and c or d"
    places = [
        (joined.span(index, index + 1).source.name, joined.span(index, index + 1).start)
        for index in (0, 7, 16)
    ]
    assert places == [("one", 0), ("two", 0), ("three", 3)]
    across = joined.span(0, 12)
    assert (across.source.name, across.start, across.end) == ("one", 0, 6)


def test_stripping_keeps_places_and_joins() -> None:
    text = plain("  a b ", "one").joined(plain(" c ", "two")).stripped()
    assert text.value == "a b   c"
    assert [text.span(i, i + 1).source.name for i in (0, 2, 6)] == ["one", "one", "two"]
    assert [text.span(i, i + 1).start for i in (0, 2, 6)] == [2, 4, 1]
    assert text.span(0, 7).source.name == "one"
