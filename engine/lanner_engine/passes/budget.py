# SPDX-License-Identifier: Apache-2.0
"""What the rules of one set may cost together: checks when they are loaded, automata when events come.

Each rule has limits of its own; a file of a hundred kilobytes can still hold five hundred rules that all use
one macro of four thousand checks. Made with the set's Expander, asked by passes/expand and passes/patterns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_CHECKS = 100_000  # with macros in place; public rules have twenty each
NAMESPACE_CHECKS = 20_000  # the same for the FalcoRules of one namespace, of which there are many
MAX_PATTERNS = 500  # automata: with the limit of fields/regex for each, 125 MiB at the very worst
ITEMS = 4  # items of a list cost what one check costs
# Instructions of automata in all checks: one takes up to 10 ns for each byte of a value, so that those of a
# namespace take 0.1 s for 4 KiB at the very worst.
MAX_INSTRUCTIONS = 25_000
NAMESPACE_INSTRUCTIONS = 2_500


@dataclass(slots=True)
class Budget:
    """What is taken so far, and the most checks there may be; the same pattern counts once, its instructions
    wherever it is asked.
    """

    most: int = MAX_CHECKS
    checks: int = 0
    instructions: int = 0
    patterns: set[tuple[str, bytes]] = field(default_factory=set)

    def take_checks(self, number: int) -> bool:
        """Whether there is room for so many more, which are taken then."""
        if self.checks + number > self.most:
            return False
        self.checks += number
        return True

    @property
    def most_instructions(self) -> int:
        return MAX_INSTRUCTIONS if self.most >= MAX_CHECKS else NAMESPACE_INSTRUCTIONS

    def take_instructions(self, number: int) -> bool:
        """Whether there is room for so many more, which are taken then."""
        if self.instructions + number > self.most_instructions:
            return False
        self.instructions += number
        return True

    def take_pattern(self, operator: str, pattern: bytes) -> bool:
        """Whether there is room for this one more."""
        if (operator, pattern) not in self.patterns and len(self.patterns) >= MAX_PATTERNS:
            return False
        self.patterns.add((operator, pattern))
        return True
