# SPDX-License-Identifier: Apache-2.0
"""The API objects of lanner.dev/v1alpha1: their models, their resource definitions, and what a rule object is
to the engine; and what the programs tell each other beside them (exec_notice, page_contact, trial, origin).
Shapes only; what stands in a condition is not looked at.
"""
