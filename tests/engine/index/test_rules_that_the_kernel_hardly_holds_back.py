# SPDX-License-Identifier: Apache-2.0
"""Of the default and the public rules those that let through most events of a type: golden/let_through.txt
lists them with what is asked and the reason, so that whoever adds one, or widens one, sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lanner_engine.explain import clause_words, held_back
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.clauses import Clause, by_type
from lanner_engine.program.load import check
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Source
from tests.story import public_rules

HERE = Path(__file__).parent
FILE = HERE / "golden" / "let_through.txt"
DEFAULT = sorted((HERE.parents[2] / "charts" / "lanner" / "rules").glob("*.yaml"))


def let_through(sources: list[Path]) -> Iterator[str]:
    """Lines as in the golden file, without reasons."""
    for rule in check([Source(path.name, path.read_text()) for path in sources]).rules:
        yield from (f"{rule.name} | {line}" for line in _of_rule(rule))


def _of_rule(rule: CheckedRule) -> Iterator[str]:
    alike: dict[tuple[str, tuple[Clause, ...]], list[str]] = {}
    for event_type, found in by_type(rule.condition, sorted(rule.watched), rule.scope).items():
        weak = tuple(one for one in found if not clause_words.selective(one, CLASS_OF[event_type]))
        if weak:
            alike.setdefault((CLASS_OF[event_type], weak), []).append(event_type)
    for (event_class, weak), names in alike.items():
        words = " ".join(line.strip() for line in held_back.in_words(weak, event_class))
        yield f"{' '.join(names)} | {words}"


def _listed(heading: str) -> dict[str, str]:
    """Of one part of the golden file: lines, and the reason below each."""
    text = FILE.read_text().partition(f"\n== {heading}\n")[2].partition("\n==")[0]
    blocks = [block.strip("\n").split("\n") for block in text.split("\n\n") if block.strip()]
    return {block[0]: block[1] for block in blocks}


def test_the_default_rules_that_let_most_through_are_listed_with_reasons() -> None:
    listed = _listed("default rules")
    assert list(let_through(DEFAULT)) == list(listed)
    assert all(reason.startswith("because ") for reason in listed.values())


def test_the_public_rules_that_let_most_through_are_listed_with_reasons() -> None:
    listed = _listed("public rules")
    assert list(let_through([public_rules.path()])) == list(listed)
    assert all(reason.startswith("because ") for reason in listed.values())
