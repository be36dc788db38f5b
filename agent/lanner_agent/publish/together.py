# SPDX-License-Identifier: Apache-2.0
"""What one alert says of further ones that are told in it: of the same rule, by the same process, in the same
seconds.
"""

from __future__ import annotations

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

    @property
    def words(self) -> bytes:
        """What the output ends with."""
        if not self.count:
            return b""
        number = b" and %d more by the same process" % self.count
        return number + (b": " + b", ".join(self.about) if self.about else b"")

    @property
    def values(self) -> dict[str, object]:
        """Beside those of the output's fields."""
        return {COUNT: self.count, ABOUT: self.about} if self.count else {}


ALONE: Final = Together(0)
