# SPDX-License-Identifier: Apache-2.0
"""The alerts that are kept in memory, shown: to the operator of a cluster, over a connection on which both
ends know each other's certificate (endpoint); on one machine, as the page itself (local).
"""
