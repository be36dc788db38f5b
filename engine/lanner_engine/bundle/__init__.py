# SPDX-License-Identifier: Apache-2.0
"""The form in which accepted rules travel from operator to agents: an index and the shards it names. Pure:
what carries them (ConfigMaps) is the caller's.
"""
