# SPDX-License-Identifier: Apache-2.0
"""docs/reference/default-rules.md: what the default rules say of themselves. `make reference` writes the
page, a test compares.
"""

from __future__ import annotations

import yaml

from lanner_agent.policy.files import load
from lanner_engine.program.rule import CheckedRule
from tests.chart.rendering import CHART

PAGE = CHART.parents[1] / "docs" / "reference" / "default-rules.md"
RULES = CHART / "rules"
HEAD = """\
# Default rules

Made from `charts/lanner/rules/` by `make reference`. In force without `--rules`, and installed by the chart
(`rules.default.enabled`). What is usual on your machines goes into the macro at the end of a rule:

```yaml
apiVersion: lanner.dev/v1alpha1
kind: ClusterFalcoRule
metadata:
  name: our-exceptions
spec:
  loadOrder: 900
  macros:
    - name: lanner_usual_dropped_binary
      condition: proc.exepath startswith /opt/plugins/
```

An event type that no rule in force names costs nothing; `lanner run --select disable NAME` leaves a rule out.
"""
HOSTS = {"Include": "containers and the host", "Exclude": "containers", "Only": "the host"}


def page() -> str:
    checked = load.check([RULES])
    assert checked.diagnostics == ()
    return HEAD + "".join(_section(rule) for rule in sorted(checked.rules, key=_severity))


def _severity(rule: CheckedRule) -> tuple[int, str]:
    return rule.priority, rule.name


def _section(rule: CheckedRule) -> str:
    assert rule.scope is not None
    rows = (
        ("priority", rule.priority.label),
        ("watches", HOSTS[rule.scope.host]),
        ("event types", _code(sorted(rule.event_types))),
        ("tags", _code(rule.tags)),
        ("exceptions to append to", _usual(rule)),
        ("in", f"`charts/lanner/rules/{_file(rule)}`"),
    )
    table = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"\n## {rule.name}\n\n{rule.description.strip()}\n\n| | |\n|---|---|\n{table}"


def _code(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _file(rule: CheckedRule) -> str:
    assert rule.owner is not None
    return f"{rule.owner.name.removeprefix('lanner-')}.yaml"


def _usual(rule: CheckedRule) -> str:
    """The names of its exceptions; of a rule that has none the macro that it asks last."""
    written = yaml.safe_load((RULES / _file(rule)).read_text())["spec"]["rules"]
    (found,) = (one for one in written if one["name"] == rule.name)
    names = [one["name"] for one in found.get("exceptions", ())]
    return _code(names) if names else f"`{found['condition'].split()[-1]}`"
