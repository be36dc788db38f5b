# SPDX-License-Identifier: Apache-2.0
"""Alerts on their way out: alert -> one line -> an output. Knows no kernel, no rule files, no command line.

Whatever lives here must keep two promises: a hostile byte never leaves unescaped, and an alert that cannot be
delivered is counted with the reason.
"""
