# SPDX-License-Identifier: Apache-2.0
"""System calls, a row each: data only, no reading of events. A new call is a new row in the file of its
family, and nothing else.
"""
