# SPDX-License-Identifier: Apache-2.0
"""What a user can say about outputs: one pydantic model for each, composed in `outputs`. Knows no output and
opens nothing; unknown keys are errors, and each field has a description, of which pages are made.
"""
