# SPDX-License-Identifier: Apache-2.0
"""Who may look at the page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """`secret` becomes the cookie, which ends after `life_s` seconds."""

    secret: str
    life_s: int


class Access(Protocol):
    """`hosts`: names and addresses, without ports, that a request's Host may have; `[::1]` in brackets. What
    another name leads here is refused: a stranger's page could have made it point here (DNS rebinding)."""

    @property
    def hosts(self) -> Collection[str]: ...

    async def enter(self, token: str) -> Session | None:
        """The session that a token opens, once; None is a token that opens none."""
        ...

    def knows(self, secret: str) -> bool:
        """Whether a session with this secret is open now. Compares in constant time."""
        ...
