{{/* Names and labels. */}}
{{- define "planwire.fullname" -}}
{{- if contains "planwire" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-planwire" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "planwire.selectorLabels" -}}
app.kubernetes.io/name: planwire
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "planwire.labels" -}}
{{ include "planwire.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "planwire.image" -}}
{{ printf "%s:%s" .Values.image.repository (default (printf "v%s" .Chart.AppVersion) .Values.image.tag) | quote }}
{{- end -}}

{{/* What may be done in the pods: no root, no capability, nothing written. */}}
{{- define "planwire.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "planwire.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Settings of every process: the secrets by reference, the others as they stand. */}}
{{- define "planwire.settings" -}}
envFrom:
  - secretRef:
      name: {{ required "existingSecret is required: a Secret whose keys are Planwire's secret settings" .Values.existingSecret }}
env:
  - name: PLANS_FILE
    value: /etc/planwire/plans.yaml
  {{- range $name, $value := .Values.settings }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- end -}}

{{- define "planwire.planVolume" -}}
- name: plans
  configMap:
    {{- if .Values.planFile.existingConfigMap }}
    name: {{ .Values.planFile.existingConfigMap }}
    {{- else }}
    name: {{ include "planwire.fullname" . }}-plans
    {{- end }}
{{- end -}}

{{/* A changed plan file replaces the pods, one after the other. */}}
{{- define "planwire.podAnnotations" -}}
{{- if .Values.planFile.content }}
checksum/plans: {{ .Values.planFile.content | sha256sum }}
{{- end }}
{{- if .Values.podAnnotations }}
{{ toYaml .Values.podAnnotations }}
{{- end }}
{{- end -}}

{{/* Where pods are put: apart from each other, as far as there are nodes. */}}
{{- define "planwire.placement" -}}
{{- if .Values.nodeSelector }}
nodeSelector:
  {{- toYaml .Values.nodeSelector | nindent 2 }}
{{- end }}
{{- if .Values.tolerations }}
tolerations:
  {{- toYaml .Values.tolerations | nindent 2 }}
{{- end }}
{{- if .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml .Values.image.pullSecrets | nindent 2 }}
{{- end }}
{{- end -}}
