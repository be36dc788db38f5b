# SPDX-License-Identifier: Apache-2.0
"""Kernel events -> alerts -> outputs, one agent a machine, and the command `lanner`.

May import: lanner_engine, lanner_apiserver. Inside, left may import right:
cli -> report -> policy, pipeline -> publish -> enrich -> apiserver, decode -> kernel.
"""
