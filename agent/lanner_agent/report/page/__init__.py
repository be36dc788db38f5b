# SPDX-License-Identifier: Apache-2.0
"""The alerts that are kept in memory, shown: to the operator of a cluster, over a connection on which both
ends know each other's certificate (asked, endpoint); on one machine, as the page itself (local). Both wait
for alerts that come (arrivals) and say how the agent stands (standing).
"""
