# SPDX-License-Identifier: Apache-2.0
"""What an object's `spec.source` asks for. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lanner_engine.resources import rule_source
from lanner_engine.resources.rule_object import SOURCE, RuleObject
from lanner_sources import credentials, keys, reference
from lanner_sources.errors import SourceError
from lanner_sources.fetching import Wanted
from lanner_sources.http import Reach
from lanner_sources.reference import Artifact


@dataclass(frozen=True, slots=True)
class Wish:
    """Of one object: `wanted` without credentials. `name` is its place as it is written, `key` changes with
    any part of the source.
    """

    key: str
    name: str
    every_s: int
    pull_secret: str
    wanted: Wanted = field(repr=False)

    def by(self, config: str) -> Wanted:
        """With what the pull secret holds. Raises SourceError."""
        place = self.wanted.place
        if not isinstance(place, Artifact):
            return self.wanted
        return replace(self.wanted, credentials=credentials.of_host(config, place.host))


def follows(one: RuleObject) -> bool:
    """Whether it has a source."""
    return not one.namespace and isinstance(one.spec.get(SOURCE), Mapping)


def written(one: RuleObject) -> str:
    """The place as it is written."""
    source = one.spec[SOURCE]
    return str(source.get("oci") or source.get("https") or "")


def wish(one: RuleObject, hosts: Sequence[str]) -> Wish:
    """`hosts`: those that may be asked.

    Raises:
        SourceError: BadReference or BadKey.
    """
    source: Mapping[str, Any] = one.spec[SOURCE]
    place = reference.artifact(written(one)) if "oci" in source else reference.parse(written(one))
    verify = source.get("verify")
    trusted = keys.public(str(verify.get("publicKey", ""))) if isinstance(verify, Mapping) else ()
    if not trusted and not (isinstance(place, Artifact) and place.digest):
        raise SourceError("BadKey", "a source needs verify, or a digest in oci (@sha256:…)")
    reach = Reach(allowed=hosts, ca=str(source.get("ca") or ""))
    path, older = str(source.get("path") or ""), source.get("allowOlder") is True
    return Wish(
        key=json.dumps(source, sort_keys=True, default=dict),
        name=str(place),
        every_s=rule_source.seconds(source.get("interval")),
        pull_secret=str(source.get("pullSecret") or ""),
        wanted=Wanted(place, trusted, path, older, reach=reach),
    )
