{{- /* For the chart of a service that has this one as a dependency, mode: sidecar. In its pod's template:

  metadata:
    annotations:
      {{- include "outrider.sidecarAnnotations" .Subcharts.outrider | nindent 8 }}
  spec:
    containers:
      {{- include "outrider.sidecar" .Subcharts.outrider | nindent 8 }}
    volumes:
      {{- include "outrider.sidecarVolumes" .Subcharts.outrider | nindent 8 }}

With sidecar.native it stands among `initContainers`. It runs as its own user: where the pod says no fsGroup, its volumes must be
writable for that one. */}}
{{- define "outrider.sidecar" -}}
{{- include "outrider.checks" . }}
{{- $identity := pick .Values.podSecurityContext "runAsNonRoot" "runAsUser" "runAsGroup" "seccompProfile" }}
{{- $container := include "outrider.container" . | fromYaml }}
{{- $_ := set $container "securityContext" (merge (deepCopy $container.securityContext) $identity) }}
{{- if .Values.sidecar.native }}{{ $_ := set $container "restartPolicy" "Always" }}{{ end }}
{{- list $container | toYaml }}
{{- end }}

{{- define "outrider.sidecarVolumes" -}}
{{- include "outrider.volumes" . }}
{{- end }}

{{- /* The pods are made anew when outrider's configuration changes. */}}
{{- define "outrider.sidecarAnnotations" -}}
checksum/outrider: {{ include "outrider.configChecksum" . }}
{{- end }}
