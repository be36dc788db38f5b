# SPDX-License-Identifier: Apache-2.0
"""Rules on their way in: paths -> sources -> compiled program, again whenever the files change; from the
cluster's bundle (bundle/), and into a folder from a registry or a URL (pulled/).

What lives here decides which rules are in force. It reads files and compiles beside the hot path; it knows no
kernel, no containers and no outputs.
"""
