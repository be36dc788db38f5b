# SPDX-License-Identifier: Apache-2.0
"""The command `lanner`: options in, work and messages out. Only here are click and rich imported; what runs
an agent is in app/."""
