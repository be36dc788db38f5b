# SPDX-License-Identifier: Apache-2.0
"""Records of the kernel, with all that replay needs besides, in a file and out of it again.

    tap        beside the loop: what is drained, and what the rest of the agent answered meanwhile
    writer     its own thread: a bounded queue to files (rotating) and captures
    items      what a file holds; frames: how it lies there; layout: of what the records are
    state      what is known at one point of a recording
    replaying  a file as ring, look-ups and clock of the same loop

May read and write files; never asks the kernel, a runtime or a cluster.
"""
