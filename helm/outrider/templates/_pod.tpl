{{- define "outrider.probe" -}}
{{- $probe := dict "httpGet" (dict "path" .path "port" "api" "scheme" (hasKey (default dict .root.Values.config.api) "tls" | ternary "HTTPS" "HTTP")) }}
{{- toYaml (merge $probe .settings) }}
{{- end }}

{{- define "outrider.env" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: OUTRIDER_AGENT
  value: unix:/run/outrider/outrider.sock
- name: OUTRIDER_CONFIG
  value: /etc/outrider/outrider.yaml
{{- range .Values.secrets.env }}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "outrider.volumeMounts" -}}
- {name: outrider-config, mountPath: /etc/outrider/outrider.yaml, subPath: outrider.yaml, readOnly: true}
- {name: outrider-state, mountPath: /var/lib/outrider}
- {name: outrider-run, mountPath: /run/outrider}
- {name: outrider-tmp, mountPath: /tmp}
{{- range $i, $file := .Values.secrets.files }}
- {name: outrider-secret-{{ $i }}, mountPath: {{ $file.path | quote }}, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "outrider.volumes" -}}
- name: outrider-config
  configMap: {name: {{ include "outrider.fullname" . }}}
- name: outrider-state
  {{- if .Values.state.persistent }}
  persistentVolumeClaim: {claimName: {{ default (include "outrider.fullname" .) .Values.state.existingClaim }}}
  {{- else }}
  emptyDir: {sizeLimit: {{ .Values.state.size | quote }}}
  {{- end }}
- name: outrider-run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: outrider-tmp
  emptyDir: {sizeLimit: 64Mi}
{{- range $i, $file := .Values.secrets.files }}
- name: outrider-secret-{{ $i }}
  secret: {secretName: {{ $file.secret }}, defaultMode: {{ eq $.Values.mode "sidecar" | ternary "0444" "0440" }}}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The container, alike in both modes. */}}
{{- define "outrider.container" -}}
name: outrider
image: {{ include "outrider.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [{{ .Values.image.program | quote }}]
args: [run, --config, /etc/outrider/outrider.yaml]
env:
  {{- include "outrider.env" . | nindent 2 }}
ports:
  - {name: api, containerPort: {{ .Values.ports.api }}}
  - {name: metrics, containerPort: {{ .Values.ports.metrics }}}
startupProbe:
  {{- include "outrider.probe" (dict "root" . "path" "/livez" "settings" .Values.probes.startup) | nindent 2 }}
livenessProbe:
  {{- include "outrider.probe" (dict "root" . "path" "/livez" "settings" .Values.probes.liveness) | nindent 2 }}
{{- if or (eq .Values.mode "beside") .Values.sidecar.readiness }}
readinessProbe:
  {{- include "outrider.probe" (dict "root" . "path" "/readyz" "settings" .Values.probes.readiness) | nindent 2 }}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  {{- include "outrider.volumeMounts" . | nindent 2 }}
{{- end }}
