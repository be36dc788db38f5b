# SPDX-License-Identifier: Apache-2.0
"""The bundle as ConfigMaps: what is stored, what has to be written for another one, and the writing of it.

The format itself is lanner_engine.bundle's.
"""
