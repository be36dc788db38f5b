# SPDX-License-Identifier: Apache-2.0
"""How much a source may send, and how long it may take. Bytes and seconds."""

from __future__ import annotations

from typing import Final

MANIFEST: Final = 1 << 20
TOKEN: Final = 64 << 10
SIGNATURE: Final = 64 << 10  # a payload, a bundle or a detached signature
LAYER: Final = 4 << 20
UNPACKED: Final = 8 << 20  # of one artifact, all files together
FILES: Final = 256  # in one artifact
LAYERS: Final = 16
SIGNATURES: Final = 16  # manifests, and signatures in one of them, that are looked at
REDIRECTS: Final = 5
CONNECT_S: Final = 10.0
SILENCE_S: Final = 15.0  # without a byte
FETCH_S: Final = 60.0  # for everything
