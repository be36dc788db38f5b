{{/* SPDX-License-Identifier: Apache-2.0 */}}
{{/* The agent's file: the values that have a name of their own, and over them agent.config. */}}
{{- define "lanner.settings" -}}
{{- $agent := .Values.agent -}}
{{- $named := dict "rules" (dict "matching" .Values.rules.matching) "kubeletTLS" $agent.kubeletTLS "secrets" $agent.secrets "execSessions" .Values.exec.enabled "reports" .Values.reports.enabled -}}
{{- $named = set $named "events" (deepCopy (default dict $agent.events)) -}}
{{- toYaml (mergeOverwrite $named (deepCopy (default dict $agent.config))) -}}
{{- end -}}

{{/* Without what agents take over while they run. Takes the settings. */}}
{{- define "lanner.restarting" -}}
{{- toYaml (omit . "log" "redaction" "secrets") -}}
{{- end -}}
