# SPDX-License-Identifier: Apache-2.0
"""How many requests may be on their way at once to a server that may not be made for it.

Begins with one, twice as many each time all of them had success, one again after anything else: so a server
that ends its connections, asks for time or refuses gets few requests that have to be sent again. Where
several stayed without an answer it is one from then on.
"""

from __future__ import annotations


class Depth:
    """`most` is the user's word."""

    def __init__(self, most: int) -> None:
        self._most = self._allowed = most
        self.now = 1

    def good(self) -> None:
        """All had success."""
        self.now = min(2 * self.now, self._allowed)

    def bad(self) -> None:
        """Something else came."""
        self.now = 1

    def silent(self, number: int) -> None:
        """An answer did not come in time, of so many requests at once."""
        if number > 1:
            self._allowed = 1
        self.now = 1

    def reopen(self) -> None:
        """Begins anew: it may be another server."""
        self._allowed, self.now = self._most, 1
