# SPDX-License-Identifier: Apache-2.0
"""The exit codes of `lanner`, documented in --help and in docs/command-line.md."""

from __future__ import annotations

OK = 0
PROBLEMS = 1  # rules invalid, doctor found something, or the output broke
USAGE = 2  # options, arguments or settings that make no sense, or an extra that is not installed
CANNOT_RUN = 3  # this machine or user cannot run the agent, or the cluster does not answer the user
BUG = 70  # an unforeseen error (EX_SOFTWARE of sysexits.h)
INTERRUPTED = 130  # Ctrl-C before the agent ran, or a second one (128 + SIGINT)

HELP = """Exit codes: 0 all well; 1 problems found (rules, doctor, output); 2 wrong usage or
settings, or an extra is missing; 3 this machine, user or cluster does not let it run; 70 a bug in lanner;
130 interrupted."""
