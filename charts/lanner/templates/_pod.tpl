{{/* SPDX-License-Identifier: Apache-2.0 */}}
{{/* A token of one hour instead of the default one, where every client looks for it. */}}
{{- define "lanner.token" -}}
name: token
projected:
  defaultMode: 0444
  sources:
    - serviceAccountToken: {path: token, expirationSeconds: 3600}
    - configMap:
        name: kube-root-ca.crt
        items: [{key: ca.crt, path: ca.crt}]
    - downwardAPI:
        items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]
{{- end -}}

{{- define "lanner.tokenMount" -}}
name: token
mountPath: /var/run/secrets/kubernetes.io/serviceaccount
readOnly: true
{{- end -}}

{{/* It answers within a minute, then is alive and ready. How long an agent may take to watch /healthz knows by itself. */}}
{{- define "lanner.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 4
readinessProbe:
  httpGet: {path: /readyz, port: health}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}

{{/* The operator's image needs nothing of a node. */}}
{{- define "lanner.operatorPodSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "lanner.operatorSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What the agent's container may do, by profile. */}}
{{- define "lanner.agentSecurity" -}}
runAsUser: 0
runAsGroup: 0
readOnlyRootFilesystem: true
{{- if eq .Values.securityProfile "privileged" }}
privileged: true
{{- else }}
{{- if eq .Values.securityProfile "default" }}
allowPrivilegeEscalation: false
{{- end }}
capabilities:
  drop: [ALL]
  # BPF and PERFMON load and attach the probes; SYS_PTRACE and DAC_READ_SEARCH read /proc of every process.
  add: [BPF, PERFMON, SYS_PTRACE, DAC_READ_SEARCH{{ if eq .Values.securityProfile "compat" }}, SYS_ADMIN{{ end }}]
seccompProfile: {type: {{ if eq .Values.securityProfile "compat" }}Unconfined{{ else }}RuntimeDefault{{ end }}}
{{- end }}
# The runtime's AppArmor profile and SELinux type keep a container from the /proc of others; without effect elsewhere.
appArmorProfile: {type: Unconfined}
seLinuxOptions: {type: spc_t}
{{- end -}}
