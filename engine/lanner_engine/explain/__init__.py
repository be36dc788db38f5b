# SPDX-License-Identifier: Apache-2.0
"""What became of one rule, pass by pass, and which of its parts are true of an event, for the person who
wrote it. Decides nothing.
"""
