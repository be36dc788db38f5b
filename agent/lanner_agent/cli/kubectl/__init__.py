# SPDX-License-Identifier: Apache-2.0
"""The plugin `kubectl lanner`: what a cluster says of its rules, nodes and alerts, with the user's rights.

Objects in, columns or documents out. Everything that is read was written by others: each value is escaped
before it is printed, each list is bounded. Only `try`, in a room of its own, changes something in the
cluster.
"""
