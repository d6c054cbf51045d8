{{- /* What a schema cannot say: each trouble as a sentence, with what would mend it. */}}
{{- define "outrider.checks" -}}
{{- if not .Values.image.repository }}
{{- fail "image.repository is empty: say where your image of outrider is (what has to be in it is in the chart's README.md)" }}
{{- end }}
{{- if and (eq .Values.follow.kind "pod") (eq .Values.follow.by "rollout") }}
{{- fail "follow.by: a pod alone cannot be rolled out: name the deployment, statefulset or daemonset that makes it, or let follow.by be deletion or eviction" }}
{{- end }}
{{- if and (eq .Values.mode "sidecar") .Values.follow.name }}
{{- fail "follow.name: a sidecar would go down with what it restarts, and there would be one in each pod: let a release of its own follow it (mode: beside)" }}
{{- end }}
{{- if and (eq .Values.mode "sidecar") .Values.state.persistent }}
{{- fail "state.persistent: the pods that a sidecar is in are many and would share one claim: give them a volume of their own by the service's chart, or leave it false" }}
{{- end }}
{{- if and (eq .Values.mode "sidecar") .Values.serviceAccount.create }}
{{- if include "outrider.lease" . }}
{{- fail "serviceAccount.create: a sidecar has the account of its pod: set it to false, and serviceAccount.name to that account, so that the lease's Role is given to it" }}
{{- end }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (eq .Values.mode "sidecar") (not .Values.sidecar.podLabels) }}
{{- fail "sidecar.podLabels is empty: the ServiceMonitor needs to know which pods have the sidecar" }}
{{- end }}
{{- if eq (int .Values.ports.api) (int .Values.ports.metrics) }}
{{- fail (printf "ports.api and ports.metrics are both %d: give each a port of its own" (int .Values.ports.api)) }}
{{- end }}
{{- include "outrider.configChecks" . }}
{{- end }}

{{- define "outrider.configChecks" -}}
{{- $config := .Values.config }}
{{- range $path, $instead := dict "state" "state" "api.listen" "listenAddress and ports.api" "api.socket" "nothing else: the command line in the pod looks for it there" "metrics.listen" "listenAddress and ports.metrics" }}
{{- $parts := splitList "." $path }}
{{- $section := get $config (first $parts) }}
{{- if or (and (eq (len $parts) 1) (hasKey $config $path)) (and (eq (len $parts) 2) (kindIs "map" $section) (hasKey (default dict $section) (last $parts))) }}
{{- fail (printf "config.%s: the chart writes it, since its probes, volumes and Service rest on it; change %s" $path $instead) }}
{{- end }}
{{- end }}
{{- $actuators := keys (dig "health" "restart" dict $config) }}
{{- range list "child" "systemd" "docker" "command" "through" "kubernetes" }}
{{- if and $.Values.follow.name (has . $actuators) }}
{{- fail (printf "config.health.restart.%s: follow.name names what is restarted already; leave one of the two out" .) }}
{{- end }}
{{- end }}
{{- $text := toJson $config }}
{{- if or (regexMatch "(?i)password=[^ \"$]" $text) (regexMatch "://[^/@\" ]*:[^/@\"$ ]+@" $text) }}
{{- fail "config holds a password, and whoever may read ConfigMaps could read it: put it into a Secret and name that in secrets.env (PGPASSWORD for PostgreSQL), or in secrets.files" }}
{{- end }}
{{- end }}
