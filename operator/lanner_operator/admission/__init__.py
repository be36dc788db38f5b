# SPDX-License-Identifier: Apache-2.0
"""The validating webhook of rule objects: what the API server asks before it stores one, the answer, and the
certificate by which the API server knows who answers. Served by handlers/admission.
"""
