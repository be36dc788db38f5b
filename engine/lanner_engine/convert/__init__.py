# SPDX-License-Identifier: Apache-2.0
"""Rules files to manifests and back, as text: comments, order and overrides stay as written. No I/O here."""
