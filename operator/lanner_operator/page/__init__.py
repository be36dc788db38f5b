# SPDX-License-Identifier: Apache-2.0
"""What feeds the operator's page: agents are asked for their alerts, and what is watched already says all
else. Who may look is decided here, too. Nothing is stored but the operator's certificate.
"""
