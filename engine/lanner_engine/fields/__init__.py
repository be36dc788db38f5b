# SPDX-License-Identifier: Apache-2.0
"""The field table and the facts it reads: one entry per field name, no evaluation and no text handling
here.
"""
