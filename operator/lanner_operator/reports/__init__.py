# SPDX-License-Identifier: Apache-2.0
"""OpenReports: what FalcoNodes say of alerts by namespace and rule is added up, and written as one Report of
each namespace and one ClusterReport. A summary of bounded size; no alert is stored.
"""
