{{- /* What following needs and no more: docs/kubernetes.md. Where nothing is done (dry_run) nothing may be changed. */}}
{{- define "outrider.followRules" -}}
{{- $by := include "outrider.by" . }}
{{- if dig "health" "restart" "dry_run" false .Values.config }}{{ $by = "nothing" }}{{ end }}
{{- $verbs := list "get" "list" "watch" }}
{{- if has $by (list "deletion" "eviction") }}{{ $verbs = append $verbs "patch" }}{{ end }}
{{- if eq $by "deletion" }}{{ $verbs = append $verbs "delete" }}{{ end }}
- apiGroups: [""]
  resources: [pods]
  verbs: {{ toJson $verbs }}
  {{- if eq .Values.follow.kind "pod" }}
  resourceNames: [{{ .Values.follow.name | quote }}]
  {{- end }}
{{- if eq $by "eviction" }}
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
  {{- if eq .Values.follow.kind "pod" }}
  resourceNames: [{{ .Values.follow.name | quote }}]
  {{- end }}
{{- end }}
{{- if ne .Values.follow.kind "pod" }}
- apiGroups: [apps]
  resources: [{{ .Values.follow.kind }}s]
  verbs: {{ eq $by "rollout" | ternary (list "get" "patch") (list "get") | toJson }}
  resourceNames: [{{ .Values.follow.name | quote }}]
{{- end }}
{{- end }}

{{- /* `create` cannot be narrowed to a name: none is there yet. */}}
{{- define "outrider.leaseRules" -}}
{{- $lease := include "outrider.lease" . | fromJson }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, update]
  resourceNames: [{{ $lease.name | quote }}]
{{- end }}
