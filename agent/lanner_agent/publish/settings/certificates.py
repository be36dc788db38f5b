# SPDX-License-Identifier: Apache-2.0
"""Settings of outputs that speak TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from lanner_agent.publish.settings.base import Queued


class Certificates(Queued):
    """How we and the receiver know each other."""

    ca_file: Path | None = Field(
        default=None, description="Certificates of the authorities to trust, instead of the system's."
    )
    certificate_file: Path | None = Field(
        default=None, description="Our own certificate for the server, with its chain."
    )
    key_file: Path | None = Field(
        default=None, description="Its key; without it the key is in certificateFile."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.key_file and not self.certificate_file:
            raise ValueError("keyFile without certificateFile")
        return self
