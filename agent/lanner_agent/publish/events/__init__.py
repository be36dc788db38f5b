# SPDX-License-Identifier: Apache-2.0
"""Alerts as Kubernetes Events: alert -> sighting -> series -> events.k8s.io/v1 body -> API server.

What costs time or may wait runs on the asyncio thread; the hot thread only counts, asks the limits and keeps
what an alert says. What an Event says (note, labels, references, name) is made by functions without I/O, one
concern a file; when it is said, by ledger and series, which know no network either; only writer speaks to
the API server. Nothing leaves here unescaped, over the API's limits, or uncounted.
"""
