# SPDX-License-Identifier: Apache-2.0
"""Output templates of rules: text with %fields, rendered for an event. No escaping and no transport here."""
