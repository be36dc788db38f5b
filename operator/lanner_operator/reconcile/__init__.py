# SPDX-License-Identifier: Apache-2.0
"""Pure functions compute the wanted bundle and statuses from everything observed; a task carries the
difference out, round after round. A second task finds agents that are silent.

Level-triggered: each round computes everything anew from the present state of the cluster.
"""
