# SPDX-License-Identifier: Apache-2.0
"""The vocabulary as rows: fields by what they are of, events, parameters and flags. Data only; a row says
in a few words of Python how it is read (fields/field).
"""
