# SPDX-License-Identifier: Apache-2.0
"""Which one of several operators writes: the Lease that it holds, and the requests that go out only while it
does.
"""
