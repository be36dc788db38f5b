# SPDX-License-Identifier: Apache-2.0
"""Decides what has to change: from everything observed to the wanted bundle and statuses, by pure
functions; and the task that carries it out, again and again. Another asks beside it which agents are silent.

Level-triggered: whatever happened, all is computed anew from what there is now.
"""
