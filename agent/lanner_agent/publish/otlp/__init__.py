# SPDX-License-Identifier: Apache-2.0
"""OTLP/HTTP logs as an output: snapshot -> log record -> request. An agent without such an output imports
`output` only: the messages of protobuf cost memory.
"""
