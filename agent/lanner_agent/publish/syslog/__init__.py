# SPDX-License-Identifier: Apache-2.0
"""A syslog daemon as an output: snapshot -> message -> a socket. Messages are made without I/O; each way to a
daemon is a file.
"""
