# SPDX-License-Identifier: Apache-2.0
"""What the agent's page of metrics shows: the table (families), and where each value comes from (sources,
readings). Nothing is counted here; nothing here is asked before a scrape.
"""
