# SPDX-License-Identifier: Apache-2.0
"""Turns rule resources into the bundle that agents load, and the agents' answers into status.

May import: lanner_engine, lanner_apiserver, lanner_sources. Inside, left may import right:
handlers -> reconcile -> sources -> bundle, status -> apiserver -> installation.
"""
