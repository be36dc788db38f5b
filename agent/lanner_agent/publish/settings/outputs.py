# SPDX-License-Identifier: Apache-2.0
"""Where alerts go: all outputs that a user can set. One that is not named is not there."""

from __future__ import annotations

from pydantic import Field

from lanner_agent.publish.settings.base import Settings, Threshold
from lanner_agent.publish.settings.file import FileSettings
from lanner_agent.publish.settings.http import HttpSettings
from lanner_agent.publish.settings.otlp import OtlpSettings
from lanner_agent.publish.settings.syslog import SyslogSettings


class OutputsSettings(Settings):
    """By the names of the outputs."""

    stdout: Threshold = Field(default=Threshold(), description="Standard output, which is always there.")
    file: FileSettings | None = Field(default=None, description=FileSettings.__doc__)
    syslog: SyslogSettings | None = Field(default=None, description=SyslogSettings.__doc__)
    http: HttpSettings | None = Field(default=None, description=HttpSettings.__doc__)
    otlp: OtlpSettings | None = Field(default=None, description=OtlpSettings.__doc__)
