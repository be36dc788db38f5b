# SPDX-License-Identifier: Apache-2.0
"""Sources to checked rules: loading, and what a rule is once it is known to be good. No evaluation here."""
