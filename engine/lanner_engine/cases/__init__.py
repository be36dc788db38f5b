# SPDX-License-Identifier: Apache-2.0
"""Tests of rules: cases as text, each some events made of fields and the alerts that are expected of them.
Texts in, what was found out of them out; reads no file itself.
"""
