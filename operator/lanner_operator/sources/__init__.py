# SPDX-License-Identifier: Apache-2.0
"""Rule objects that follow a source: what is asked for, when, and what an object is once its rules came.

How a source is read, and what is believed of it, is lanner_sources'; whether rules have errors is judged in
reconcile like that of all others.
"""
