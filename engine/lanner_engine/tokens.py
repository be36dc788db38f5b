# SPDX-License-Identifier: Apache-2.0
"""The words of the condition language, and a scanner that takes them from a Text one after another.

Patterns and quoting: specification 2.2 to 2.4. Matching is greedy and never goes back; every error marks the
characters in the file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lanner_engine.source import Diagnostic, RuleError, Span
from lanner_engine.text import Text

CODE = "LOAD_ERR_COMPILE_CONDITION"

BLANKS = " \t\b\r\n"
# The same language as [a-zA-Z]+[a-zA-Z0-9_]*; that pattern takes quadratic time to fail.
IDENTIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
FIELD = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+")
BARE_ARGUMENT = re.compile(r"[^\[\]\"' \t\x08\r\n]+")
HEX = re.compile(r"0[xX][0-9a-fA-F]+")
NUMBER = re.compile(r"[+-]?[0-9]+[.]?[0-9]*(?:[eE][+-][0-9]+)?")
BARE = re.compile(r"[^()\"' \t\x08\r\n=,]+")
TRANSFORMERS = ("tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt")
TRANSFORMER = re.compile(rf"(?:{'|'.join(TRANSFORMERS)})(?=\()")
KEYWORDS = ("and", "or", "not")

_BLANKS = re.compile(r"[ \t\x08\r\n]*")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPES = {"\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", " ": "\\"}
_ESCAPE_HINT = (
    r"escapes are \\ \b \f \n \r \t \/ \xHH and the quote that encloses the text; write \\ for a backslash"
)


@dataclass(slots=True)
class Scanner:
    """A place in a text. Methods that take something move `at` behind it."""

    text: Text
    at: int = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.text.value)

    def blanks(self) -> bool:
        """Skip blanks; whether there were any."""
        start = self.at
        found = _BLANKS.match(self.text.value, start)
        self.at = found.end() if found else start
        return self.at > start

    def sees(self, word: str) -> bool:
        return self.text.value.startswith(word, self.at)

    def take(self, word: str) -> bool:
        """Move behind `word` when it stands here."""
        if not self.sees(word):
            return False
        self.at += len(word)
        return True

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Move behind what the pattern matches here, if anything."""
        found = pattern.match(self.text.value, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def peek(self) -> str:
        """The word or the character that stands here, for messages: nothing at the end."""
        found = BARE.match(self.text.value, self.at)
        return found[0] if found else self.text.value[self.at : self.at + 1]

    def since(self, start: int) -> Span:
        """Where the characters from `start` to here stand."""
        return self.text.span(start, self.at)

    def error(
        self, message: str, hint: str = "", start: int | None = None, end: int | None = None
    ) -> RuleError:
        """An error that marks [start, end), by default the word that stands here."""
        if start is None and self.done:
            # What is missing at the end is missing behind the last word, not behind the last line break.
            start = end = len(self.text.value.rstrip(BLANKS))
        start = self.at if start is None else start
        end = start + len(Scanner(self.text, start).peek()) if end is None else end
        found = Diagnostic("error", CODE, message, self.text.span(start, end), hint, "ParseError")
        return RuleError((found,), start)

    def found(self) -> str:
        """What stands here in words: `, found x` or nothing at the end of the condition."""
        word = self.peek()
        return f", found {shortened(word)}" if word else ", found the end of the condition"

    def quoted(self) -> bytes | None:
        """The value of the quoted string that stands here, if one does (specification 2.4).

        Raises:
            RuleError: it never ends, or holds an escape that does not exist.
        """
        quote = self.text.value[self.at : self.at + 1]
        if quote not in ("'", '"'):
            return None
        start = self.at + 1
        end = self._closing(quote, start)
        self.at = end + 1
        return self._unescaped(quote, start, end)

    def _closing(self, quote: str, start: int) -> int:
        """Where the next same quote is that has no backslash directly in front of it."""
        value = self.text.value
        end = value.find(quote, start)
        while end > 0 and value[end - 1] == "\\":
            end = value.find(quote, end + 1)
        if end < 0:
            escaped = f"\\{quote}" in value[start:]
            hint = f"a {quote} behind a backslash does not end the text" if escaped else ""
            raise self.error("this quote is never closed", hint, start - 1, start)
        if (zero := value.find("\0", start, end)) >= 0:
            raise self.error("a quoted text cannot hold a zero byte", r"write \x00", zero, zero + 1)
        return end

    def _unescaped(self, quote: str, start: int, end: int) -> bytes:
        parts: list[bytes] = []
        at = start
        for escape in _ESCAPE.finditer(self.text.value, start, end):
            parts.append(encoded(self.text.value[at : escape.start()]))
            parts.append(self._escape(escape, quote))
            at = escape.end()
        parts.append(encoded(self.text.value[at:end]))
        return b"".join(parts)

    def _escape(self, escape: re.Match[str], quote: str) -> bytes:
        if escape[1]:
            return bytes.fromhex(escape[1])
        if escape[2] == quote:
            return encoded(quote)
        if escape[2] in _ESCAPES:
            return encoded(_ESCAPES[escape[2]])
        shown = shortened(escape[0])
        message = r"\x takes two hex digits" if escape[2] == "x" else f"there is no escape {shown}"
        raise self.error(message, _ESCAPE_HINT, escape.start(), escape.end())


def encoded(text: str) -> bytes:
    """Text as the bytes the language compares; a lone surrogate, which no file holds, becomes three bytes."""
    return text.encode("utf-8", "surrogatepass")


def shortened(word: str) -> str:
    """A word for a message: a character that cannot be seen is named."""
    if word in BLANKS:
        return "a blank"
    if len(word) == 1 and not word.isascii():
        return f"{word} (U+{ord(word):04X} {unicodedata.name(word, 'unnamed')})"
    return word if len(word) <= 60 else word[:60] + "…"  # noqa: PLR2004  enough to find it
