# SPDX-License-Identifier: Apache-2.0
"""What to say of a condition that does not parse: words and signs of other languages, missing quotes.

Decides nothing.
"""

from __future__ import annotations

from lanner_engine.diagnostics import suggest
from lanner_engine.parser.operators import LISTED, WORDS
from lanner_engine.tokens import BLANKS, KEYWORDS, TRANSFORMERS, Scanner

OPERATORS = ("exists", *WORDS, *LISTED)
_ELSEWHERE = {
    "is": "=",
    "eq": "=",
    "equals": "=",
    "ne": "!=",
    "<>": "!=",
    "!==": "!=",
    "~": "regex",
    "=~": "regex",
    "matches": "regex",
    "match": "regex",
    "like": "glob",
    "has": "contains",
    "includes": "contains",
    "begins": "startswith",
    "ends": "endswith",
    "=>": ">=",
    "=<": "<=",
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
}
_BOOLEAN = {
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
}


def no_operator(scanner: Scanner) -> str:
    """For what stands where an operator is expected."""
    word = scanner.peek()
    if word in _ELSEWHERE:
        return f"did you mean {_ELSEWHERE[word]}?"
    if word.startswith(("/", "-")):
        return "an argument with such a character stands in brackets: k8s.pod.label[app/name]"
    if word == "not":
        return "not stands in front of the whole check: not field in (...)"
    if word in ("", "and", "or", ")"):
        return "a field alone is no check; exists asks whether it has a value"
    return suggest(word, OPERATORS) or _sign(word)


def no_check(scanner: Scanner) -> str:
    """For what stands where a check or a macro is expected."""
    word = scanner.peek()
    if not scanner.text.value.strip(BLANKS):
        return "the condition is empty"
    if not word:
        return "what stands last asks for one more check: field operator value"
    if word.startswith("!"):
        return "negation is written not, with a blank after it"
    if word in KEYWORDS:
        return f"a check stands on both sides of {word}" if word != "not" else "a check stands behind not"
    if word[:1] in ('"', "'"):
        return "a field stands on the left, the value on the right"
    return _sign(word)


def no_end(scanner: Scanner) -> str:
    """For what stands behind a complete check, where and, or, a parenthesis or the end is expected."""
    word = scanner.peek()
    return (
        _boolean(word)
        or _ended(scanner.text.value[scanner.at - 1 : scanner.at], word)
        or (_call(scanner.text.value, scanner.at) if word == "(" else "")
        or _sign(word)
        or "checks are joined by and, or; a value with blanks stands in quotes"
    )


def _boolean(word: str) -> str:
    """For what is meant as and, or, not."""
    meant = _BOOLEAN.get(word) or _BOOLEAN.get(word[:2])
    if meant:
        return f"did you mean {meant}?"
    return suggest(word, ("and", "or")) if len(word) <= len("annd") else ""


def _ended(before: str, word: str) -> str:
    """For what ends a word, and for an operator behind what is no field."""
    if word in ("'", '"'):
        return "a word ends at a quote; a value that holds quotes stands in the other quotes, whole"
    if word == ",":
        return "several values stand in parentheses behind in: in (a, b)"
    if word == "=" and before not in BLANKS + ")":
        return "a word ends at =; a value that holds = stands in quotes. A field has a dot in its name"
    if word in OPERATORS or word[:1] in "=<>!":
        return "only fields have operators, and a field has a dot in its name"
    return ""


def _call(value: str, at: int) -> str:
    """For a parenthesis behind a value or a name: a misspelt transformer, or a list in the wrong place."""
    words = value[max(0, at - 40) : at].replace("(", " ").split()
    near = suggest(words[-1], TRANSFORMERS) if words else ""
    return near or "a list stands behind in, intersects, pmatch or a modifier"


def _sign(word: str) -> str:
    """For signs that look like the right ones, as text processors and web pages make them."""
    character = word[:1]
    if character and character in "‘’“”„«»":  # noqa: RUF001  these are the ones
        return "quotes are ' and \""
    if character and not character.isascii() and character.isspace():
        return "this is no blank of the language; write a plain one"
    return ""
