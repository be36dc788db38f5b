# SPDX-License-Identifier: Apache-2.0
"""docs/reference/default-rules.md: what the default rules say of themselves. `make reference` writes the
page, a test compares.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import yaml

from lanner_agent.policy.files import load
from lanner_engine.program.rule import CheckedRule, Priority
from tests.chart.attack import table, ways
from tests.chart.rendering import CHART
from tests.noise import page as noise

PAGE = CHART.parents[1] / "docs" / "reference" / "default-rules.md"
RULES = CHART / "rules"
COUNTED = """\
# Default rules

Made from `charts/lanner/rules/` by `make reference`. {active} rules are in force without `--rules`, and
installed by the chart (`rules.default.enabled`); [{disabled} more](#shipped-disabled) are shipped `Disabled`.
"""
HEAD = """\
What is usual on your machines is appended to a rule's exceptions, by their names,
from as many objects as there are teams; none undoes another's:

```yaml
apiVersion: lanner.dev/v1alpha1
kind: ClusterFalcoRule
metadata:
  name: our-exceptions
spec:
  loadOrder: 900
  rules:
    - name: Dropped binary executed in a container
      exceptions:
        - {name: images, values: [[registry.example.org/jupyter]]}
        - {name: directories, values: [[/opt/plugins/, registry.example.org/jenkins]]}
      override: {exceptions: append}
```

An image stands as `container.image.repository` has it; `[program, image]` is one program of one image; under
`host_programs`, `[program, host]` is one outside of containers. An exception may have a name of your own
too, with `fields` and `comps`; `lanner tune` writes such from alerts.

Of a rule with *told once* a process that touches many files is told at once, and then once for up to sixteen
[others](../rules-in-a-cluster.md#one-process-many-files).

An event type that no rule in force names costs nothing; `lanner run --select disable NAME` leaves a rule out.
"""
DISABLED = """
## Shipped Disabled

These need exceptions first: `rules.default.tiers: [core, extra]` has them watch.

"""
_WHERE = {ways.CONTAINER: "in a container", ways.HOST: "on the host"}
HOSTS = {"Include": "containers and the host", "Exclude": "containers", "Only": "the host"}


def page() -> str:
    checked = load.check([RULES])
    assert checked.diagnostics == ()
    sections = "".join(_section(rule) for rule in sorted(checked.rules, key=_severity))
    disabled = _disabled()
    counted = COUNTED.format(active=len(checked.rules), disabled=len(disabled))
    return counted + HEAD + table.text() + sections + DISABLED + "".join(disabled)


def _disabled() -> list[str]:
    """A line for each that is shipped so; it is not checked, so it has no section."""
    specs = [yaml.safe_load(file.read_text())["spec"] for file in RULES.glob("*.yaml")]
    rules = [rule for spec in specs if spec.get("mode") == "Disabled" for rule in spec["rules"]]
    return sorted(f"- **{rule['name']}**: {' '.join(rule['desc'].split())}\n" for rule in rules)


def _severity(rule: CheckedRule) -> tuple[int, str]:
    return rule.priority, rule.name


def _section(rule: CheckedRule) -> str:
    assert rule.scope is not None
    rows = (
        ("priority", rule.priority.label),
        ("watches", HOSTS[rule.scope.host]),
        ("event types", _code(sorted(rule.event_types))),
        ("tags", _code(rule.tags)),
        ("told once", _told_once(rule)),
        ("fired", _fired(rule)),
        ("exceptions", _exceptions(rule)),
        ("stories", _stories(rule)),
        ("in", f"`charts/lanner/rules/{_file(rule)}`"),
    )
    table = "".join(f"| {name} | {value} |\n" for name, value in rows if value)
    return f"\n## {rule.name}\n\n{rule.description.strip()}\n\n| | |\n|---|---|\n{table}"


def _code(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _file(rule: CheckedRule) -> str:
    assert rule.owner is not None
    return f"{rule.owner.name.removeprefix('lanner-')}.yaml"


def _exceptions(rule: CheckedRule) -> str:
    """Their names, each with the fields that a value is of."""
    written = yaml.safe_load((RULES / _file(rule)).read_text())["spec"]["rules"]
    found = next(one["exceptions"] for one in written if one["name"] == rule.name)
    return ", ".join(f"`{one['name']}` ({_fields(one['fields'])})" for one in found)


def _told_once(rule: CheckedRule) -> str:
    """What `throttle.process` of its object says."""
    assert rule.owner is not None
    process = rule.owner.spec.get("throttle", {}).get("process")
    if process is None:
        return ""
    about = _code(tuple(process["about"]))
    return (
        f"alerts of one process within {process['seconds']} s after its first, in one that names each {about}"
    )


def _fired(rule: CheckedRule) -> str:
    """How often ordinary work made it alarm, and by whom; that was asked of Notice and above alone."""
    if rule.priority > Priority.NOTICE:
        return ""
    found: dict[str, Any] = json.loads(noise.RESULTS.read_text())
    by: Counter[str] = Counter()
    for name, _, program, _, _, times in found["fired"]:
        by[program.partition(" ")[0]] += times if name == rule.name else 0
    often = {0: "never", 1: "once"}.get(by.total(), f"{by.total()} times")
    programs = "".join(f", by `{program}` ({times})" for program, times in sorted(by.items()) if times)
    return f"{often} in {found['seconds'] / 60:.0f} minutes of [ordinary work](noise.md){programs}"


def _stories(rule: CheckedRule) -> str:
    """By how many ways tests/story fires it for real."""
    found = ways.in_all(rule.name)
    counted = {place: f"{found[place]} way{'s' * (found[place] > 1)}" for place in _WHERE if found[place]}
    return ", ".join(f"{many} {_WHERE[place]}" for place, many in counted.items())


def _fields(written: str | list[str]) -> str:
    return _code([written] if isinstance(written, str) else written)
