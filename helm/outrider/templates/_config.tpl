{{- define "outrider.by" -}}
{{- default (eq .Values.follow.kind "pod" | ternary "deletion" "rollout") .Values.follow.by }}
{{- end }}

{{- define "outrider.followNamespace" -}}
{{- default .Release.Namespace .Values.follow.namespace }}
{{- end }}

{{- /* The fleet's lease, as JSON, where the configuration has one in Kubernetes. */}}
{{- define "outrider.lease" -}}
{{- $lease := dig "health" "restart" "fleet" "lease" "kubernetes" dict .Values.config }}
{{- if $lease }}{{ toJson $lease }}{{ end }}
{{- end }}

{{- /* outrider.yaml: what the chart knows, and `config` over it. */}}
{{- define "outrider.config" -}}
{{- $name := .Values.service.name | default .Values.follow.name | default (include "outrider.fullname" .) }}
{{- $service := dict "name" $name "namespace" (default .Release.Namespace .Values.service.namespace) "environment" .Values.service.environment }}
{{- /* A pod's name would begin each series anew with each rollout of outrider. */}}
{{- $_ := set $service "instance" (eq .Values.mode "sidecar" | ternary "${POD_NAME}" (include "outrider.fullname" .)) }}
{{- $api := dict "listen" (printf "%s:%v" .Values.listenAddress .Values.ports.api) "socket" "/run/outrider/outrider.sock" }}
{{- $metrics := dict "listen" (printf "%s:%v" .Values.listenAddress .Values.ports.metrics) }}
{{- $written := dict "service" $service "state" "/var/lib/outrider" "api" $api "metrics" $metrics }}
{{- with .Values.follow }}
{{- if .name }}
{{- $what := dict .kind .name "namespace" (include "outrider.followNamespace" $) "by" (include "outrider.by" $) }}
{{- with .container }}{{ $_ := set $what "container" . }}{{ end }}
{{- $_ := set $written "health" (dict "restart" (dict "kubernetes" $what "stop_timeout" .stopTimeout)) }}
{{- end }}
{{- end }}
{{- toYaml (mergeOverwrite $written (deepCopy .Values.config)) }}
{{- end }}

{{- define "outrider.configChecksum" -}}
{{- include "outrider.config" . | sha256sum }}
{{- end }}
