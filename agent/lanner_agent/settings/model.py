# SPDX-License-Identifier: Apache-2.0
"""Everything that may be set, each once: its name, what it may be, its default, and a sentence.

Who an agent is (its node, its pod, its installation) is no setting: the pod says it, see cli/agent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lanner_agent.publish.settings.base import PriorityName
from lanner_agent.publish.settings.form import FormName
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.settings.events import EventsSettings
from lanner_agent.settings.page import PageSettings
from lanner_agent.settings.part import AGENT, BOTH, RUN, Part, Use
from lanner_agent.settings.recording import RecordingSettings
from lanner_agent.settings.redaction import RedactionSettings
from lanner_apiserver.metrics.place import LOCALHOST, Place
from lanner_engine.program.rule import Priority
from lanner_engine.program.selection import Switch

_TAG = "tag:"


class RuleSwitch(Part):
    """One of `enable: NAME` and `disable: NAME`; `*` stands for anything, `tag:TAG` for rules with a tag."""

    enable: str | None = None
    disable: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.enable is None) == (self.disable is None):
            raise ValueError("holds either enable or disable")
        return self

    def made(self) -> Switch:
        """As the engine takes it."""
        name = self.disable if self.enable is None else self.enable
        on, text = self.enable is not None, name or ""
        return Switch(on, tag=text.removeprefix(_TAG)) if text.startswith(_TAG) else Switch(on, text)


class RulesSettings(Part):
    """Which rules are in force, and what they report."""

    files: Annotated[tuple[Path, ...], Use(RUN, live=RUN, option="--rules")] = Field(
        default=(),
        description="Rules files, manifests or directories, or sources of signed rules (oci://…, https://…); "
        "without any the default rules.",
    )
    public_keys: Annotated[tuple[Path, ...], Use(RUN, option="--rules-key")] = Field(
        default=(), description="Public keys in PEM of which one must have signed the rules of a source."
    )
    interval: Annotated[int, Use(RUN, option="--rules-interval")] = Field(
        default=600, ge=10, le=86_400, description="Seconds after which sources are looked at again."
    )
    priority: Annotated[PriorityName, Use(RUN, live=RUN, option="--priority")] = Field(
        default=Priority.DEBUG, description="Leave out rules that are less severe."
    )
    select: Annotated[tuple[RuleSwitch, ...], Use(RUN, live=RUN, option="--select")] = Field(
        default=(),
        description="Turn rules on or off by name (* stands for anything) or by tag; in order, the last one "
        "wins.",
    )
    matching: Annotated[
        Literal["first", "all"], Use(live=RUN, option="--match", variable="LANNER_MATCHING")
    ] = Field(
        default="first",
        description="Of an event that several rules of one object or of the rules files match: report the "
        "first or all. Objects do not shadow each other.",
    )
    append_output: Annotated[tuple[str, ...], Use(RUN, live=RUN, option="--append-output")] = Field(
        default=(), description="Put this text with its %fields behind the output of every rule."
    )


class CriSettings(Part):
    """The container runtime."""

    socket: Annotated[str, Use(chart=False)] = Field(
        default="", description="Container runtime's socket; found by itself in the usual places when empty."
    )


class LogSettings(Part):
    """What the agent says of itself."""

    format: Annotated[Literal["auto", "text", "json"], Use(live=BOTH)] = Field(
        default="auto",
        description="What the agent says on standard error: lines of text or JSON lines; auto is JSON in a "
        "pod without a terminal.",
    )


class MetricsSettings(Part):
    """The page of metrics."""

    port: Annotated[int, Use(chart=False)] = Field(
        default=0, ge=0, le=65535, description="Of /metrics, for Prometheus; 0 for none."
    )
    address: Annotated[str, Use(chart=False)] = Field(
        default=LOCALHOST, description="Where /metrics listens; * for every address."
    )
    tls: Annotated[str, Use(chart=False)] = Field(
        default="",
        description="HTTPS: a folder with tls.crt and tls.key; with client-ca.crt for its clients only.",
    )

    def made(self) -> Place:
        """As the page's site takes it."""
        return Place(self.port, self.address, Path(self.tls) if self.tls else None)


class Settings(Part):
    """The whole file."""

    rules: RulesSettings = RulesSettings()
    cri: CriSettings = CriSettings()
    index: bool = Field(
        default=True, description="Let the kernel hold back the events that no rule can be true on."
    )
    secrets: Annotated[Literal["hide", "show"], Use(live=BOTH)] = Field(
        default="hide",
        description="Whether standard output has *** for obvious secrets, as Events and all other outputs "
        "always have.",
    )
    log: LogSettings = LogSettings()
    redaction: RedactionSettings = RedactionSettings()
    output: Annotated[FormName, Use(RUN)] = Field(
        default="text", description="Form of an alert on standard output."
    )
    outputs: OutputsSettings = OutputsSettings()
    events: Annotated[EventsSettings, Use(AGENT)] = EventsSettings()
    recording: RecordingSettings = RecordingSettings()
    kubelet_tls: Annotated[Literal["verify", "skip"], Use(AGENT)] = Field(
        default="verify",
        alias="kubeletTLS",
        description="Whether the kubelet's certificate must be the cluster's; skip where kubelets sign their "
        "own.",
    )
    exec_sessions: Annotated[bool, Use(AGENT, chart=False)] = Field(
        default=False,
        description="Say who entered a pod (kubectl exec, attach, debug), which the operator tells.",
    )
    reports: Annotated[bool, Use(AGENT, chart=False)] = Field(
        default=False,
        description="Tell alerts by namespace and rule in the FalcoNode: the operator makes Reports of that.",
    )
    state_dir: Annotated[Path, Use(AGENT, chart=False)] = Field(
        default=Path("/var/lib/lanner"), description="Keeps the last rules."
    )
    health_port: Annotated[int, Use(AGENT, chart=False)] = Field(
        default=8080, ge=0, le=65535, description="Of /healthz and /readyz; 0 for none."
    )
    metrics: MetricsSettings = MetricsSettings()
    page: PageSettings = PageSettings()
    write_spread: Annotated[float, Use(AGENT)] = Field(
        default=0.2,
        ge=0,
        le=60,
        description="Seconds over which nodes spread what they write at the same time; 3 for thousands of "
        "nodes.",
    )
    proven_after: Annotated[float, Use(AGENT)] = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="Seconds for which rules must have been in force to be started with after others killed "
        "the agent.",
    )
