# SPDX-License-Identifier: Apache-2.0
"""Bytes from an attacker -> text that is safe in a terminal, a log line and JSON.

Specification section 5.3: JSON string escaping, invalid UTF-8 becomes U+FFFD. Beyond it, every character that
moves the cursor, reorders or hides text is written as `\\uXXXX` too: that is still a JSON escape, so readers
of the JSON form get the character back and readers of the text form see that it is there.
"""

from __future__ import annotations

import json
import re

# Characters that Python calls printable although a terminal shows nothing of its own for them: the property
# Default_Ignorable_Code_Point outside category Cf (Unicode 15, DerivedCoreProperties.txt) and the braille
# blank. The rest that must not be seen raw (categories Cc, Cf, Cs, Co, Cn, Zl, Zp, blanks but U+0020) is what
# str.isprintable() refuses.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def decode(value: bytes) -> str:
    """The bytes as UTF-8; what is not UTF-8 becomes U+FFFD. Nothing is escaped yet."""
    return value.decode("utf-8", "replace")


def harmless(text: str) -> str:
    """The same text with every character that a terminal would act on, reorder or hide as `\\uXXXX`."""
    if text.isprintable() and (text.isascii() or _INVISIBLE.search(text) is None):
        return text
    return "".join(char if _visible(char) else _unicode_escape(char) for char in text)


def harmless_lines(text: str) -> str:
    """The same of a text of several lines, which stay so."""
    return "\n".join(harmless(line) for line in text.split("\n"))


def quoted(text: str) -> str:
    """The inside of a JSON string, without its quotes: one line, whatever `text` holds."""
    return harmless(json.dumps(text, ensure_ascii=False)[1:-1])


def shown(text: str | bytes, limit: int = 200) -> str:
    """A name for a message to a person: escaped, and cut to `limit` characters with an ellipsis."""
    plain = quoted(decode(text) if isinstance(text, bytes) else text)
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def _visible(char: str) -> bool:
    return char.isprintable() and _INVISIBLE.match(char) is None


def _unicode_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join("\\u" + units[at : at + 4] for at in range(0, len(units), 4))
