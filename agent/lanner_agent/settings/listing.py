# SPDX-License-Identifier: Apache-2.0
"""The page docs/reference/configuration.md, and the chart's schema of `agent.config`, made from the model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lanner_agent.settings import catalogue
from lanner_agent.settings.catalogue import SETTINGS, Keys, Setting
from lanner_agent.settings.model import Settings
from lanner_agent.settings.part import AGENT
from lanner_agent.settings.reading import FILE
from lanner_engine.program.rule import Priority

_HEAD: Final = f"""\
# Configuration

Made from `agent/lanner_agent/settings` by `make reference`.

`lanner run` and `lanner agent` read `{FILE}` where it is, or the file of `--config FILE` (`LANNER_CONFIG`).
A setting has one name: `events.ruleBurst` in the file, `LANNER_EVENTS_RULE_BURST` in the environment,
`--events-rule-burst` on the command line, and `agent.config.events.ruleBurst` among the chart's values. The
command line wins over the environment, that over the file, that over the default; an empty variable is none.
Lists and what is made of several values stand in the file only, or in an option. A key that is not here and
a value of another form are errors, with file, line, column and a hint, and exit code 2. `lanner config`
shows what is in force and where each value comes from.

A change of the file is noticed at once. What the column *changes* names is taken over without a restart;
for anything else one line says that it needs one. A file with an error changes nothing.

```yaml
rules:
  priority: Notice
  select:
    - disable: tag:host
events:
  ruleBurst: 20
redaction:
  patterns:
    - name: customer
      pattern: cust-([0-9]{{4,}})
```

| key | default | allowed | variable | option | read by | changes | meaning |
|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page, without its last newline."""
    return _HEAD + "\n".join(row for one in SETTINGS for row in _rows(one))


def _rows(one: Setting) -> Iterator[str]:
    """A part that may be left out is followed by what it is made of."""
    yield _row(one, one.variable, one.option)
    for inside in catalogue.below(one):
        yield _row(inside, "", "")


def _row(one: Setting, variable: str, option: str) -> str:
    cells = (
        f"`{one.key}`",
        _code(_default(one)),
        _allowed(one),
        _code(variable),
        _code(option),
        _commands(one.use.commands),
        _commands(one.use.live),
        one.info.description or "",
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(one: Setting) -> str:
    if one.info.is_required():
        return ""
    value = one.info.get_default(call_default_factory=True) if one not in SETTINGS else catalogue.default(one)
    if value is None:
        return ""
    if isinstance(value, Priority):
        return value.label
    return value if isinstance(value, str) and value else json.dumps(value)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _commands(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _allowed(one: Setting) -> str:
    if one.choices:
        return ", ".join(f"`{choice}`" for choice in one.choices)
    if one.bounds:
        low, high = (f"{int(bound)}" if bound == int(bound) else f"{bound:g}" for bound in one.bounds)
        return f"{low} to {high}"
    if one.optional_part is not None:
        return "mapping"
    if one.info.annotation is bool:
        return "`true`, `false`"
    if one.info.annotation in (int, float):
        return "number"
    return "list" if one.several else "text"


def chart_schema() -> dict[str, Any]:
    """JSON schema of `agent.config`: what an agent in a cluster reads, but for what its pod is made of."""
    whole = Settings.model_json_schema(by_alias=True)
    kept = {one.keys for one in SETTINGS if one.use.chart and one.use.commands >= AGENT}
    found = _schema(whole, whole.get("$defs", {}), (), kept)
    return {"description": "settings by name, as in the file of `lanner agent`", **found}


def _schema(
    part: Mapping[str, Any], shared: Mapping[str, Any], keys: Keys, kept: set[Keys]
) -> dict[str, Any]:
    """Without titles, defaults and references."""
    if "$ref" in part:
        part = shared[part["$ref"].rpartition("/")[2]]
    found: dict[str, Any] = {}
    for name, value in part.items():
        if name == "properties":
            below = {key: (*keys, key) for key in value if keys in kept or _reaches((*keys, key), kept)}
            inside = {*kept, *below.values()} if keys in kept else kept
            found[name] = {key: _schema(value[key], shared, below[key], inside) for key in below}
        elif name in ("items", "additionalProperties") and isinstance(value, Mapping):
            found[name] = _schema(value, shared, keys, kept)
        elif name in ("anyOf", "oneOf", "allOf", "prefixItems"):
            found[name] = [_schema(one, shared, keys, kept) for one in value]
        elif name not in ("title", "default", "$defs", "format", "description"):
            found[name] = int(value) if isinstance(value, float) and value.is_integer() else value
    return found


def _reaches(keys: Keys, kept: set[Keys]) -> bool:
    return any(one[: len(keys)] == keys for one in kept)


def live_in_the_chart() -> list[str]:
    """First keys of which nothing needs a restart: what the annotation of the agents' pods leaves out."""
    restarting = {one.keys[0] for one in SETTINGS if one.use.commands >= AGENT and not one.use.live >= AGENT}
    return sorted({one.keys[0] for one in SETTINGS if one.use.live >= AGENT} - restarting)
