# SPDX-License-Identifier: Apache-2.0
"""Ring records -> the events that the engine asks: layouts, strings, fields read when asked. No I/O."""
