# SPDX-License-Identifier: Apache-2.0
"""The container runtime interface (CRI, runtime.v1): messages, calls, and one container's facts made of them.

Code here may block for the time it is given, so only the inventory's threads call it. grpc and the generated
messages are imported by the modules that need them, never by those that merely name a socket.
"""
