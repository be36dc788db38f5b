# SPDX-License-Identifier: Apache-2.0
"""Where rules came from that follow a source, and what they said of themselves there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """`source` is the reference without its tag. `version` and `created` (RFC 3339) are the artifact's own
    word, "" where it does not say. `path`: the part of it that these rules are, "" for all of it.
    """

    source: str
    digest: str
    version: str = ""
    created: str = ""
    path: str = ""

    @property
    def content(self) -> str:
        """Names the rules once and for all."""
        return f"{self.digest} {self.path}" if self.path else self.digest

    def __str__(self) -> str:
        said = f" (version {self.version})" if self.version else ""
        return f"{self.digest}{said}"
