# SPDX-License-Identifier: Apache-2.0
"""Parts of the status of more than one resource. Written by the operator and the agents, read by people."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lanner_engine.resources.shape import Shape

Message = Annotated[str, Field(max_length=32768)]
Short = Annotated[str, Field(max_length=1024)]
Brief = Annotated[str, Field(max_length=256)]
Time = Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})]
Count = Annotated[int, Field(ge=0, json_schema_extra={"format": "int64"})]


class Condition(Shape):
    """One thing that is so, is not so, or is not known."""

    type: str = Field(
        min_length=1, max_length=316, pattern="^[A-Za-z][A-Za-z0-9]*$", description="What is said."
    )
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it is so.")
    observedGeneration: Count | None = Field(
        default=None, description="The metadata.generation of the object that this was said of."
    )
    lastTransitionTime: Time = Field(description="When status changed last.")
    reason: str = Field(
        min_length=1, max_length=1024, pattern="^[A-Za-z][A-Za-z0-9]*$", description="Why, in one word."
    )
    message: Message = Field(description="Why, in words.")


class Failure(Shape):
    """Something that did not work on one node."""

    node: Annotated[str, Field(max_length=253)] = Field(description="The node's name.")
    reason: Short = Field(description="Why, in one word.")
    message: Short = Field(description="Why, in words.")


class DryRunRow(Shape):
    """Where a rule with mode DryRun matched."""

    rule: Brief = Field(description="The rule's name.")
    namespace: Brief = Field(description="The pod's namespace; empty for the node itself.")
    workload: Brief = Field(
        description="What made the pod: the name of a Deployment, StatefulSet, DaemonSet, CronJob or Job, "
        "else the pod's own."
    )
    executable: Brief = Field(description="The program's file; of a long path the end.")
    matches: Count = Field(description="How often.")


UNIQUE_CONDITIONS: dict[str, Any] = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
}
