# SPDX-License-Identifier: Apache-2.0
"""What rows of the tables call to read a value: pure functions of what an event is made of (fields/model)."""
