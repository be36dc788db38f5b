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

{{/* The page of metrics: what says so to the program, its port, and its certificate. */}}
{{- define "lanner.metricsEnvironment" -}}
{{- with .Values.metrics }}{{ if .enabled -}}
- {name: LANNER_METRICS_PORT, value: {{ .port | quote }}}
- {name: LANNER_METRICS_ADDRESS, value: {{ .address | quote }}}
{{- if .tlsSecret }}
- {name: LANNER_METRICS_TLS, value: /etc/lanner/metrics}
{{- end }}
{{- end }}{{ end }}
{{- end -}}

{{- define "lanner.metricsPort" -}}
{{- with .Values.metrics }}{{ if .enabled -}}
- {name: metrics, containerPort: {{ .port }}}
{{- end }}{{ end }}
{{- end -}}

{{- define "lanner.metricsMount" -}}
{{- with .Values.metrics }}{{ if and .enabled .tlsSecret -}}
- {name: metrics-tls, mountPath: /etc/lanner/metrics, readOnly: true}
{{- end }}{{ end }}
{{- end -}}

{{- define "lanner.metricsVolume" -}}
{{- with .Values.metrics }}{{ if and .enabled .tlsSecret -}}
- {name: metrics-tls, secret: {secretName: {{ .tlsSecret }}, defaultMode: 0444}}
{{- end }}{{ end }}
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

{{/* BPF and PERFMON load and attach the probes; SYS_PTRACE and DAC_READ_SEARCH read /proc of every process. */}}
{{- define "lanner.capabilities" -}}
BPF, PERFMON, SYS_PTRACE, DAC_READ_SEARCH{{ if eq .Values.securityProfile "compat" }}, SYS_ADMIN{{ end }}
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
  add: [{{ include "lanner.capabilities" . }}]
seccompProfile: {type: {{ if eq .Values.securityProfile "compat" }}Unconfined{{ else }}RuntimeDefault{{ end }}}
{{- end }}
# The runtime's AppArmor profile and SELinux type keep a container from the /proc of others; without effect elsewhere.
appArmorProfile: {type: Unconfined}
seLinuxOptions: {type: spc_t}
{{- end -}}

{{/* With the startup taint: agents have to start on nodes that have it, and the operator removes it. */}}
{{- define "lanner.startupToleration" -}}
{{- if .Values.startupTaint.enabled -}}
- {key: lanner.dev/agent-not-ready, operator: Exists}
{{- else -}}
[]
{{- end }}
{{- end -}}

{{/* The pod of a hook that runs the operator's image once. Takes (list . "farewell"): the command, of which its account is named. */}}
{{- define "lanner.hookPod" -}}
{{- $root := index . 0 -}}
{{- $command := index . 1 -}}
serviceAccountName: {{ include "lanner.name" $root }}-{{ $command }}
automountServiceAccountToken: false
enableServiceLinks: false
restartPolicy: Never
terminationGracePeriodSeconds: 5
securityContext: {{ include "lanner.operatorPodSecurity" $root | nindent 2 }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
nodeSelector:
  kubernetes.io/os: linux
  {{- with $root.Values.operator.nodeSelector }}{{ toYaml . | nindent 2 }}{{ end }}
{{- with $root.Values.operator.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.operator.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ $command }}
    image: {{ include "lanner.image" (list $root $root.Values.operator.image) | quote }}
    imagePullPolicy: {{ $root.Values.operator.image.pullPolicy }}
    args: [{{ $command }}]
    env:
      - {name: LANNER_NAME, value: {{ include "lanner.name" $root | quote }}}
      - {name: LANNER_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
      - {name: LANNER_LOG_FORMAT, value: {{ $root.Values.operator.logFormat }}}
    resources:
      requests: {cpu: 10m, memory: 64Mi}
      limits: {memory: 256Mi}
    securityContext: {{ include "lanner.operatorSecurity" $root | nindent 6 }}
    terminationMessagePolicy: FallbackToLogsOnError
    volumeMounts:
      - {{ include "lanner.tokenMount" $root | nindent 8 | trim }}
volumes:
  - {{ include "lanner.token" $root | nindent 4 | trim }}
{{- end -}}
