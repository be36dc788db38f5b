# SPDX-License-Identifier: Apache-2.0
"""Where a ClusterFalcoRule takes its rules from instead of holding them, and what its status says of that.

What references and keys may be lanner_sources knows; here are their shapes.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from lanner_engine.resources.shape import Name, Shape, checks
from lanner_engine.resources.status import Brief, Short

LEAST_S: Final = 5
MOST_S: Final = 86_400
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600}
_INTERVAL: Final = r"^[1-9][0-9]{0,4}[smh]$"
_PEM: Final = 16 << 10
_ONE_PLACE = ("has(self.oci) != has(self.https)", "a source is an artifact (oci) or a file (https)")
_TRUSTED = (
    "has(self.verify) || (has(self.oci) && self.oci.contains('@sha256:'))",
    "a source needs verify, or a digest in oci (@sha256:...)",
)
_BOUNDED = (
    f"duration(self.interval) >= duration('{LEAST_S}s') && duration(self.interval) <= duration('{MOST_S}s')",
    f"interval is {LEAST_S}s at least, and 24h at most",
)


class Verify(Shape):
    """Who must have signed the rules."""

    publicKey: Annotated[str, Field(min_length=1, max_length=_PEM)] = Field(
        description="Public key in PEM (cosign.pub), or several: one of them must have signed. Of an "
        "artifact cosign's signature is checked, under its tag or among the referrers; of a file the one "
        "behind the same URL with .sig, as `cosign sign-blob` makes it."
    )


class RuleSource(Shape):
    """Rules that are fetched, in the place of lists, macros, rules and content. What is not signed, older
    than what is in force, or has errors is not taken: the last good rules stay in force, and SourceReady
    says why.
    """

    model_config = checks(_ONE_PLACE, _TRUSTED, _BOUNDED)

    oci: Annotated[str, Field(min_length=1, max_length=1024)] | None = Field(
        default=None,
        description="An artifact in a registry: HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]; falcoctl's "
        "rulesfiles are read as they are. The chart's sources.allowedHosts names the hosts.",
    )
    https: Annotated[str, Field(max_length=1024, pattern="^https://")] | None = Field(
        default=None, description="A rules file: its URL, without user, query or fragment."
    )
    path: Annotated[str, Field(max_length=512)] | None = Field(
        default=None, description="Of the files in the artifact the one, or the folder, that is meant."
    )
    interval: Annotated[str, Field(max_length=8, pattern=_INTERVAL)] = Field(
        default="10m", description="After which time the source is looked at again, as 30s, 10m or 1h."
    )
    verify: Verify | None = Field(default=None, description=Verify.__doc__)
    pullSecret: Name | None = Field(
        default=None,
        description="A Secret of type kubernetes.io/dockerconfigjson in Lanner's namespace; the chart's "
        "sources.pullSecrets names those that may be read.",
    )
    ca: Annotated[str, Field(min_length=1, max_length=_PEM)] | None = Field(
        default=None, description="Authorities that the host's certificate may be of, in PEM."
    )
    allowOlder: bool = Field(default=False, description="Take an older version than the one in force, too.")


class SourceStatus(Shape):
    """What the source has, and what of it is in force."""

    seen: Brief | None = Field(default=None, description="The digest that the source had last.")
    inForce: Brief | None = Field(default=None, description="The digest of the rules in force.")
    version: Brief | None = Field(default=None, description="The version that these say they are.")
    place: Short | None = Field(default=None, description="Where these came from, without a tag.")


def seconds(interval: object) -> int:
    """Of `10m`; within bounds for any text."""
    text = interval if isinstance(interval, str) and re.fullmatch(_INTERVAL, interval) else "10m"
    return max(LEAST_S, min(MOST_S, int(text[:-1]) * _UNITS[text[-1]]))
