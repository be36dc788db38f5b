# SPDX-License-Identifier: Apache-2.0
"""The page that people look at: alerts, rules, nodes, the ATT&CK matrix, the last change of the rules.

What is shown comes from a `Source` (source), who may look is decided by an `Access` (access); agent and
operator implement both. Here are the routes, the templates and what a browser gets beside them (static/).
Read-only: nothing but GET is answered, and nothing here knows a kernel, a cluster or an API server. Every
text that a process chose is escaped by the templates, and set as text, never as markup, by the scripts.
"""
