# SPDX-License-Identifier: Apache-2.0
"""An event made of the values of fields, as a person writes them in a test of rules: fields in, an object
that conditions can be asked of out. Knows neither files nor rules.
"""
