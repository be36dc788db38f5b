# SPDX-License-Identifier: Apache-2.0
"""The agent's wiring: its parts are made, run beside each other and taken down, alone or in a cluster.
Commands (cli/) call it, the rooms below do the work: no options, no layouts of the kernel.
"""
