# SPDX-License-Identifier: Apache-2.0
"""What machines do every day, really done under one agent with the default rules: which fire, and on what.

`make noise` does it for half an hour and writes docs/reference/noise.md; the tests do a short part of it.
Others may use the machine meanwhile: family.py says whose alert is the run's.
"""
