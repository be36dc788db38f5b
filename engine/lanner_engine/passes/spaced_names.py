# SPDX-License-Identifier: Apache-2.0
"""Names of lists that hold blanks: the grammar has no word for them, the language puts items in the place of
their text (specification 2.7).

A text comes in; goes out with every such name in a list as one word of the same length, so that everything
stands where it stood.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from lanner_engine.text import Text

_BLANK = re.compile(r"[ \t\x08\r\n]")
_JOINT = "\ue000"  # for private use: it stands in no rule that people write
# Quoted text, up to the end where it is never closed, or what stands between the marks of a list.
_PART = re.compile(
    r"""(?:"(?:(?:|.*?[^\\])"|.*))|(?:'(?:(?:|.*?[^\\])'|.*))|(?<=[(,])(?P<element>[^(),"']+)(?=[),])""",
    re.DOTALL,
)


def words(names: Collection[str]) -> Mapping[str, str]:
    """The word for each name that holds a blank."""
    return {name: _BLANK.sub(_JOINT, name) for name in names if _BLANK.search(name)}


def joined(text: Text, words_: Mapping[str, str]) -> Text:
    """The text with words in the place of names."""

    def change(found: re.Match[str]) -> str:
        element = found["element"] or ""
        name = element.strip(" \t\b\r\n")
        return element.replace(name, words_[name]) if name in words_ else found[0]

    return replace(text, value=_PART.sub(change, text.value)) if words_ else text
