# SPDX-License-Identifier: Apache-2.0
"""What may be set: one model, from which the file, the environment, the options, the page and the chart's
schema follow.

What lives here turns texts of several places into one checked value that knows where each part came from. It
changes nothing: app/ does, with what is in force.
"""
