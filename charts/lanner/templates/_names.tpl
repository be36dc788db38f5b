{{/* SPDX-License-Identifier: Apache-2.0 */}}
{{/* The release's name unless overridden: agent and operator get it as LANNER_NAME. 40 characters at most, so that
     `<name>-agent` plus the hash of a pod still is a label. */}}
{{- define "lanner.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "lanner.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* What a workload finds its pods by; never to be changed, selectors are immutable. Takes (list . "agent"). */}}
{{- define "lanner.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Takes (list . .Values.agent.image). */}}
{{- define "lanner.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $both := default dict $root.Values.image -}}
{{- with $both.registry }}{{ . }}/{{ end -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ coalesce $image.tag $both.tag $root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The namespaces that default rules watch, as a namespaceSelector; nothing where they watch all. Takes .Values.rules.default. */}}
{{- define "lanner.ruleNamespaces" -}}
{{- $expressions := default list .namespaceSelector.matchExpressions -}}
{{- with .excludedNamespaces -}}
{{- $expressions = append $expressions (dict "key" "kubernetes.io/metadata.name" "operator" "NotIn" "values" .) -}}
{{- end -}}
{{- with .namespaceSelector.matchLabels }}
matchLabels: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $expressions }}
matchExpressions: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
