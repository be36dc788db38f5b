# SPDX-License-Identifier: Apache-2.0
"""What is counted of a recording: a fixed set of words, for the summary and the page of metrics."""

from __future__ import annotations

from typing import Final

RECORDS: Final = "records"
BYTES: Final = "bytes"
FILES: Final = "files"

TOO_SLOW: Final = "the writer of the recording was too slow"
NOT_WRITTEN: Final = "the file could not be written"
ENDED: Final = "the recording ended on an error, please report this"
FACTS: Final = "what was known of containers, users and processes did not fit"
LOST: Final = (TOO_SLOW, NOT_WRITTEN, ENDED, FACTS)

KEPT: Final = "captures"
JOINED: Final = "alerts of a rule whose capture was being written"
CROWDED: Final = "captures refused: as many were being written"
FULL: Final = "captures refused: as many files are there"
FAILED: Final = "captures that could not be written"
CUT: Final = "captures that ended early: as large as a file may be"
OUTCOMES: Final = (KEPT, JOINED, CROWDED, FULL, FAILED, CUT)

EVERY: Final = (RECORDS, BYTES, FILES, *LOST, *OUTCOMES)
