# SPDX-License-Identifier: Apache-2.0
"""What one alert says of further ones that are told in it: of the same rule, by the same process, in the same
seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

COUNT: Final = "lanner.together.count"
ABOUT: Final = "lanner.together.about"


@dataclass(frozen=True, slots=True)
class Together:
    """`count`: so many further alerts; `about`: what they were about and the alert itself is not, each
    once.
    """

    count: int
    about: tuple[bytes, ...] = ()

    def words(self, hide: Callable[[bytes], bytes]) -> bytes:
        """What stands before the output, which may be cut at its end. `hide` is asked of each name alone: one
        that looks like the beginning of a secret hides no other.
        """
        return b"".join(self._pieces(hide))

    def _pieces(self, hide: Callable[[bytes], bytes]) -> Iterator[bytes]:
        if self.count:
            yield b"%d alerts of one process" % (self.count + 1)
            yield (b", also about " + b", ".join(map(hide, self.about))) if self.about else b""
            yield b": "

    @property
    def values(self) -> dict[str, object]:
        """Beside those of the output's fields."""
        return {COUNT: self.count, ABOUT: self.about} if self.count else {}


ALONE: Final = Together(0)
