# SPDX-License-Identifier: Apache-2.0
"""What a probe hands over: the bytes of one `struct record` of bpf/wire/record.h with the strings behind it.
Made by ring, read by decode.
"""

from __future__ import annotations

Record = bytes
