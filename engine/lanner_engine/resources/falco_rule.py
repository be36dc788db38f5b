# SPDX-License-Identifier: Apache-2.0
"""FalcoRule and ClusterFalcoRule: spec and status.

Specs are checked with these models by objects/verdicts, statuses are made with them by the operator;
resources/crds makes the resource definitions of them.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lanner_engine.resources.rule_items import (
    FieldName,
    ListItem,
    MacroItem,
    Priority,
    RuleItem,
    RuleName,
)
from lanner_engine.resources.rule_object import LOAD_ORDER, MAX_LOAD_ORDER
from lanner_engine.resources.rule_source import RuleSource, SourceStatus
from lanner_engine.resources.selector import ContainerSelector, LabelSelector
from lanner_engine.resources.shape import ATOMIC, Shape, checks, keyed
from lanner_engine.resources.status import (
    UNIQUE_CONDITIONS,
    Condition,
    Count,
    DryRunRow,
    Failure,
    Message,
    Short,
)
from lanner_engine.resources.tenancy import MOST_LISTS, GivenValues, TenantList, TenantValues

MAX_CONTENT = 128 << 10  # kubectl apply keeps a copy in an annotation, and all of them hold 256 KiB

_ENGINE = r"^(0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})$"
_ONE_FORM = (
    "has(self.content) != (has(self.lists) || has(self.macros) || has(self.rules))",
    "a spec has lists, macros and rules, or it has content: one of both forms",
)
_ONE_FORM_OR_VALUES = (
    f"{_ONE_FORM[0]} || (has(self.tenantValues) && !has(self.content))",
    "a spec has lists, macros and rules, or it has content, or nothing but tenantValues",
)
_ONE_OF_THREE = (
    (
        "[has(self.content), has(self.source), has(self.lists) || has(self.macros) || has(self.rules)]"
        ".filter(one, one).size() == 1"
    ),
    "a spec has lists, macros and rules, or it has content, or a source: one of these forms",
)
_NO_CONTAINERS = "!(has(self.podSelector) || has(self.namespaceSelector) || has(self.containers))"
_HOST_ONLY = (
    f"self.hostScope != 'Only' || {_NO_CONTAINERS}",
    "with hostScope Only the rules see no containers, so there is nothing to select",
)
_BY_OR_PROCESS = ("has(self.by) || has(self.process)", "a throttle has by, or process, or both")
MAX_TOGETHER_S = 300


class Publish(Shape):
    """What becomes a Kubernetes Event, and what stands in it."""

    events: Literal["Always", "Never"] = Field(
        default="Always",
        description="Never: alerts go to the other outputs and to the agents' log only.",
    )
    minPriority: Priority | None = Field(
        default=None,
        description="Only alerts that are at least as severe become Events, where the agents' own threshold "
        "lets them. Without it: all that it lets.",
    )
    fields: tuple[FieldName, ...] | None = Field(
        default=None,
        max_length=32,
        description="Of the fields in a rule's output those whose values stand in the Event's annotation "
        "output-fields. Without it: all of them.",
        json_schema_extra=ATOMIC,
    )
    reason: Annotated[str, Field(max_length=128, pattern="^[A-Z][A-Za-z0-9]{0,127}$")] | None = Field(
        default=None, description="The Events' reason. Without it: the rule's name without its spaces."
    )


class ProcessThrottle(Shape):
    """Alerts of one rule by one process: the first goes out at once, those of the seconds after it go out in
    one, to every output. None is dropped: that one says how many they are and what each was about.
    """

    seconds: int = Field(
        ge=1,
        le=MAX_TOGETHER_S,
        json_schema_extra={"format": "int32"},
        description="How long after the first alert others wait. When sixteen different things wait, they go "
        "out before that.",
    )
    about: tuple[FieldName, ...] = Field(
        min_length=1,
        max_length=4,
        description="Fields of the rules' outputs, whose values say what an alert is about.",
        json_schema_extra=ATOMIC,
    )


class Throttle(Shape):
    """What is told once of alerts that are alike."""

    model_config = checks(_BY_OR_PROCESS)

    by: tuple[FieldName, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=8,
        description="Fields of the rules' outputs: an alert of the same rule and container in which these "
        "have the same values repeats the one before, in the same Event. Without it: proc.exepath.",
        json_schema_extra=ATOMIC,
    )
    process: ProcessThrottle | None = Field(default=None, description=ProcessThrottle.__doc__)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.by is None and self.process is None:
            raise ValueError(_BY_OR_PROCESS[1])
        return self


class RulesSpec(Shape):
    """What both kinds have."""

    mode: Literal["Active", "DryRun", "Disabled"] = Field(
        default="Active",
        description="Active: the rules are in force. DryRun: they are evaluated on every node, and what they "
        "match is counted in status.dryRun and printed by the agents, marked, but makes no Event and goes to "
        "no other output; such an object changes nothing that others define. Disabled: as if the object were "
        "not there.",
    )
    loadOrder: int = Field(
        default=LOAD_ORDER,
        ge=0,
        le=MAX_LOAD_ORDER,
        json_schema_extra={"format": "int32"},
        description="Objects are applied in this order, lower numbers first, then by name. Later ones "
        "redefine, append to and override what earlier ones defined; earlier rules match first.",
    )
    requiredEngine: Annotated[str, Field(max_length=64, pattern=_ENGINE)] | None = Field(
        default=None,
        description="The engine that the rules need at least, as x.y.z; FalcoNodes tell which one a node "
        "has. An older one refuses the object with the reason EngineTooOld.",
    )
    podSelector: LabelSelector | None = Field(
        default=None,
        description="Only containers of pods with these labels are looked at. An empty selector selects "
        "every pod.",
    )
    containers: ContainerSelector | None = Field(
        default=None,
        description="Only containers with these names and images are looked at.",
    )
    publish: Publish | None = Field(default=None, description=Publish.__doc__)
    throttle: Throttle | None = Field(default=None, description=Throttle.__doc__)
    lists: tuple[ListItem, ...] | None = Field(
        default=None, max_length=256, description="Names for values.", json_schema_extra=keyed("name")
    )
    macros: tuple[MacroItem, ...] | None = Field(
        default=None, max_length=256, description="Names for conditions.", json_schema_extra=keyed("name")
    )
    rules: tuple[RuleItem, ...] | None = Field(
        default=None,
        max_length=256,
        description="What is looked for. Of one object, the first that an event matches makes an alert.",
        json_schema_extra=keyed("name"),
    )
    content: Annotated[str, Field(min_length=1, max_length=MAX_CONTENT)] | None = Field(
        default=None,
        description="A Falco rules file as it is, in the place of lists, macros and rules: YAML text "
        "behind |.",
    )


class FalcoRuleSpec(RulesSpec):
    """Rules for the pods of the object's namespace, in Falco's language. Lists and macros of
    ClusterFalcoRules can be used; their rules can neither be seen nor changed from here.
    """

    model_config = checks(_ONE_FORM_OR_VALUES)

    tenantValues: tuple[TenantValues, ...] | None = Field(
        default=None,
        max_length=MOST_LISTS,
        description="Values for lists of the cluster that its authors opened by tenantLists. They hold for "
        "every pod of this namespace, for any podSelector and containers, and for no other.",
        json_schema_extra=keyed("name"),
    )


class ClusterFalcoRuleSpec(RulesSpec):
    """Rules for the whole cluster, in Falco's language."""

    model_config = checks(_ONE_OF_THREE, _HOST_ONLY)

    source: RuleSource | None = Field(default=None, description=RuleSource.__doc__)
    hostScope: Literal["Exclude", "Include", "Only"] = Field(
        default="Exclude",
        description="Whether processes outside containers are looked at. Exclude: containers only. Include: "
        "both. Only: nothing but the host.",
    )
    nodeSelector: LabelSelector | None = Field(
        default=None,
        description="Only nodes with these labels evaluate the rules; the others skip them. Such an object "
        "changes nothing that others define. An empty selector selects every node.",
    )
    namespaceSelector: LabelSelector | None = Field(
        default=None,
        description="Only containers of pods in namespaces with these labels are looked at. An empty "
        "selector selects every namespace.",
    )
    tenantLists: tuple[TenantList, ...] | None = Field(
        default=None,
        max_length=MOST_LISTS,
        description="Lists that this object defines and namespaces may add to, by tenantValues of a "
        "FalcoRule: one rule serves all namespaces, each with values of its own.",
        json_schema_extra=keyed("name"),
    )


class Nodes(Shape):
    """How far the rules have come, in nodes."""

    desired: Count = Field(description="Nodes with an agent, without those that skip them.")
    loaded: Count = Field(description="Nodes where they are in force.")
    skipped: Count = Field(default=0, description="Further nodes, which nodeSelector does not select.")
    failed: Count = Field(description="Nodes that refused them; see failures.")
    pending: Count = Field(description="Nodes that have not answered yet.")


class RuleStatus(Shape):
    """One rule that is in force."""

    name: RuleName = Field(description="The rule's name.")
    priority: Annotated[str, Field(max_length=16)] = Field(description="Its priority.")
    eventTypes: tuple[Annotated[str, Field(max_length=64)], ...] = Field(
        max_length=512, description="Types of events it can match.", json_schema_extra=ATOMIC
    )


DRY_RUN_ROWS = 20


class DryRun(Shape):
    """What rules with mode DryRun matched on all nodes, since this version came into force there."""

    matches: Count = Field(description="All matches that the agents have told of.")
    top: tuple[DryRunRow, ...] = Field(
        default=(),
        max_length=DRY_RUN_ROWS,
        description="Where most of them were; the first twenty.",
        json_schema_extra=ATOMIC,
    )
    others: Count = Field(description="Matches that are not in top.")


class FalcoRuleStatus(Shape):
    """What became of the rules. Written by the operator."""

    observedGeneration: Count | None = Field(
        default=None, description="The metadata.generation that everything here speaks of."
    )
    conditions: tuple[Condition, ...] = Field(
        default=(),
        max_length=8,
        description="Accepted: the spec has no error. Programmed: every node with an agent has the rules "
        "in force. Ready: both, or accepted and disabled. Stalled: only an edit of the spec helps. "
        "SourceReady, with a source: what is there now was taken.",
        json_schema_extra=UNIQUE_CONDITIONS,
    )
    bundle: Short | None = Field(default=None, description="The bundle that carries the rules to the nodes.")
    nodes: Nodes | None = Field(default=None, description="How many nodes have the rules in force.")
    summary: Short | None = Field(default=None, description='The same for people: "3/4".')
    rules: tuple[RuleStatus, ...] = Field(
        default=(),
        max_length=2048,
        description="The rules that this object has in force.",
        json_schema_extra=ATOMIC,
    )
    failures: tuple[Failure, ...] = Field(
        default=(),
        max_length=10,
        description="What went wrong on nodes; the first ten.",
        json_schema_extra=ATOMIC,
    )
    dryRun: DryRun | None = Field(default=None, description="With mode DryRun: what would be alerts.")
    tenantValues: tuple[GivenValues, ...] = Field(
        default=(),
        max_length=MOST_LISTS,
        description="The lists of the cluster that this object gives values for, and who reads them.",
        json_schema_extra=ATOMIC,
    )
    source: SourceStatus | None = Field(default=None, description=SourceStatus.__doc__)
    warnings: tuple[Message, ...] = Field(
        default=(),
        max_length=20,
        description="What can be better in the spec; the first twenty.",
        json_schema_extra=ATOMIC,
    )
