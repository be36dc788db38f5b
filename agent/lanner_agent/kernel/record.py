# SPDX-License-Identifier: Apache-2.0
"""What a probe hands over: the bytes of one `struct record` of bpf/wire/record.h and its strings."""

from __future__ import annotations

Record = bytes
