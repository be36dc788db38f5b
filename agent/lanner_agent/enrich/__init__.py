# SPDX-License-Identifier: Apache-2.0
"""What the kernel does not know of a process: its container, its pod, its account's name.

Every module here answers from memory or says "pending": the loop that asks never waits for a runtime, a file
or a lock. Everything it reads (cgroup names, labels, image names, /etc/passwd of a container) may be an
attacker's: bounded in size and time, kept as bytes, never trusted to name another container than its own.
"""
