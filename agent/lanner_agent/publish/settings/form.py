# SPDX-License-Identifier: Apache-2.0
"""The names of the forms of a line; `publish.forms` makes them."""

from __future__ import annotations

from typing import Literal

FormName = Literal["text", "json", "ocsf", "ecs"]
JsonFormName = Literal["json", "ocsf", "ecs"]
