# SPDX-License-Identifier: Apache-2.0
"""Rules that follow a source, in a folder of this machine: the rules files as they came, and a record of
where they are from. What a source says, and whether it is believed, is lanner_sources'.
"""
