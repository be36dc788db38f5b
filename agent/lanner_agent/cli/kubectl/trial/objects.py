# SPDX-License-Identifier: Apache-2.0
"""Files of rules -> the objects that try them, as the API server takes them.

What is tried stands beside what is in force and has names of its own, so that it changes nothing: lists,
macros and rules get an ending, objects a prefix. Labels and annotations of the files are left out: they may
make a controller take the object for its own.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

from lanner_agent.cli.convert import are_manifests
from lanner_agent.policy.files import rule_files
from lanner_engine.convert.renamed import Endings, renamed
from lanner_engine.convert.to_manifests import Target, manifests
from lanner_engine.objects.attempt import is_error
from lanner_engine.objects.reasons import reason_of
from lanner_engine.program import load as engine
from lanner_engine.resources import trial
from lanner_engine.resources.rule_object import API_VERSION, DRY_RUN, NAMESPACED_RULE
from lanner_engine.source import Diagnostic, RuleError, Source, Span

MOST: Final = 16  # objects; so many of one namespace are counted on a node
_CODE: Final = "LOAD_ERR_VALIDATE"
_LONGEST_NAME: Final = 253
_LATER: Final = "MacroNotFound"  # which may be the cluster's
_CHANGED: Final = "OverrideTargetNotFound"
_OWN: Final = "what is tried changes nothing of others: write the whole rule, macro or list into the file"


@dataclass(frozen=True, slots=True)
class Tried:
    """One object that is to be created. `original` is its key as the files have it."""

    kind: str
    namespace: str
    name: str
    original: str
    spec: dict[str, Any]

    def body(self, word: str, seconds: int) -> dict[str, Any]:
        """What is sent: the object of the try `word`, which is over after so many seconds."""
        meta = {"name": self.name, **trial.marks(word, seconds)}
        if self.namespace:
            meta["namespace"] = self.namespace
        return {"apiVersion": API_VERSION, "kind": self.kind, "metadata": meta, "spec": self.spec}


@dataclass(frozen=True, slots=True)
class Plan:
    """`word` names the try, and is part of all its names."""

    word: str
    objects: tuple[Tried, ...]

    def original(self, rule: str) -> str:
        """The rule's name as the files have it."""
        return rule.removesuffix(_endings(self.word).words)


class _Loader(yaml.CSafeLoader):
    """As kubectl reads manifests: what looks like a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [one for one in found if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def plan(paths: Sequence[pathlib.Path], kind: str, namespace: str, word: str) -> Plan:
    """`kind` is what rules files become; `namespace` that of FalcoRules that name none.

    Raises:
        RuleError: with everything that is wrong in the files.
    """
    gathered = rule_files.gather(paths)
    if gathered.diagnostics:
        raise RuleError(gathered.diagnostics)
    _require_sound(gathered.sources)
    sources = _manifests(gathered.sources, kind)
    made = renamed(sources, _endings(word))
    found = tuple(one for source in made for one in _objects(source, namespace, word))
    if len(found) > MOST:
        message = f"{len(found)} objects are more than can be tried at once, which are {MOST}"
        raise RuleError((_error(gathered.sources[0], message, "name fewer files"),))
    return Plan(word, found)


def _endings(word: str) -> Endings:
    return Endings(f"_try_{word}", f" (try {word})")


def _require_sound(sources: Sequence[Source]) -> None:
    """What the cluster may define is not known here. Raises RuleError."""
    errors = [one for one in engine.check(sources).diagnostics if one.severity == "error" and is_error(one)]
    wrong = [one for one in errors if reason_of(one) != _LATER]
    if wrong:
        raise RuleError(
            tuple(replace(one, hint=_OWN) if reason_of(one) == _CHANGED else one for one in wrong)
        )


def _manifests(sources: Sequence[Source], kind: str) -> tuple[Source, ...]:
    if are_manifests(sources):
        return tuple(sources)
    return tuple(Source(one.name, one.text) for one in manifests(sources, Target(kind)).documents)


def _objects(source: Source, namespace: str, word: str) -> Iterator[Tried]:
    for written in yaml.load_all(source.text, Loader=_Loader):
        if written is None:
            continue
        kind, meta, spec = written["kind"], written["metadata"], written["spec"]
        home = str(meta.get("namespace") or namespace) if kind == NAMESPACED_RULE else ""
        name = str(meta["name"])
        yield Tried(
            kind=kind,
            namespace=home,
            name=f"try-{word}-{name}"[:_LONGEST_NAME].rstrip(".-"),
            original="/".join(filter(None, (kind, home, name))),
            spec={**_as_json(source, spec), "mode": DRY_RUN},
        )


def _as_json(source: Source, spec: object) -> dict[str, Any]:
    try:
        found = json.loads(json.dumps(spec, allow_nan=False))
    except (TypeError, ValueError):
        raise RuleError(
            (_error(source, "a spec holds what JSON does not have", "put it in quotes"),)
        ) from None
    return dict(found)


def _error(source: Source, message: str, hint: str) -> Diagnostic:
    return Diagnostic("error", _CODE, message, Span(source, 0, min(1, len(source.text))), hint)
