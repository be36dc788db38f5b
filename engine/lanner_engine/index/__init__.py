# SPDX-License-Identifier: Apache-2.0
"""What the kernel can ask of an event before it is read: rules become clauses, clauses become tables.

Here lives what decides which events a rule cannot be true on. How the tables lie in maps is the agent's.
"""
