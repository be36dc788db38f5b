# SPDX-License-Identifier: Apache-2.0
"""How many requests may be on their way at once to a server that may not be made for it.

Begins with one, twice as many each time all of them had success, one again after anything else: so a server
that ends its connections, asks for time or refuses gets few requests that have to be sent again. Where only
the first of several had an answer it is one from then on, or where twice none of them had and single ones had
in between: a server that is away for a while is no such one.
"""

from __future__ import annotations


class Depth:
    """`most` is the user's word."""

    def __init__(self, most: int) -> None:
        self._most = self._allowed = most
        self._suspected = False  # of taking one at a time only
        self.now = 1

    def good(self) -> None:
        """All had success."""
        self._suspected = self._suspected and self.now == 1
        self.now = min(2 * self.now, self._allowed)

    def bad(self) -> None:
        """Something else came."""
        self.now = 1

    def silent(self, number: int, answered: int) -> None:
        """An answer did not come in time, of so many requests at once, of which so many had theirs."""
        if number > 1 and (answered == 1 or self._suspected):
            self._allowed = 1
        self._suspected = number > 1
        self.now = 1

    def reopen(self) -> None:
        """Begins anew: it may be another server."""
        self._allowed, self._suspected, self.now = self._most, False, 1
