# SPDX-License-Identifier: Apache-2.0
"""Apply a transformer node to its arguments' values, all present."""

from __future__ import annotations

from typing import Any

from lanner_engine.ast import Transformer
from lanner_engine.fields import operands, transformers
from lanner_engine.fields.types import Kind


def transformed(operand: Transformer, values: list[Any]) -> object:
    """The result, None when there is none (undecodable base64, an option that is not given)."""
    name = operand.name
    if name == "val":
        return values[0]
    if name == "len":
        return len(values[0])
    if name == "getopt" and operand.selector is not None:
        return transformers.getopt_selected(values[0], values[1], operand.selector)
    if name == "b64":
        is_bytes = operands.shape(operand).type.kind is Kind.BYTES
        return (transformers.b64 if is_bytes else transformers.b64_text)(values[0])
    return getattr(transformers, name)(*values)
