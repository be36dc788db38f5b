# SPDX-License-Identifier: Apache-2.0
"""Rules from the cluster's bundle: watched, fetched, verified, on trial, in force, kept for the next
start.
"""
