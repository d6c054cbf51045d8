#!/usr/bin/env bash
# The main job, seen happening: a real service under outrider, broken three ways, recovered three times.
# Everything it makes is in one temporary folder and on loopback ports of its own; it ends what it started.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: demo.sh --outrider FILE --service FILE [--stay]

  --outrider FILE   the agent's binary
  --service FILE    the binary of notation-api, the service it looks after
  --stay            afterwards stay up until Ctrl-C, to look around

Example:  ./dev demo --stay
EOF
}

outrider=${OUTRIDER_BIN:-} service=${REFERENCE_BIN:-} stay=no
while [ $# -gt 0 ]; do
  case "$1" in
    --outrider) outrider=${2:?--outrider wants a file}; shift 2 ;;
    --service) service=${2:?--service wants a file}; shift 2 ;;
    --stay) stay=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; echo "demo: unknown argument: $1" >&2; exit 64 ;;
  esac
done
for program in "$outrider" "$service"; do
  [ -x "$program" ] || { usage >&2; echo "demo: no such program: '$program'" >&2; exit 64; }
done
outrider=$(realpath "$outrider") service=$(realpath "$service")

# shellcheck source=platform/demo/telling.sh
. "$(dirname "$0")/telling.sh"

folder=$(mktemp -d "${TMPDIR:-/tmp}/outrider-demo.XXXXXX")
agent_pid='' follower_pid='' chats_pid='' receiver_pid=''

clean_up() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$follower_pid" ]; then kill "$follower_pid" 2> /dev/null || true; fi
  if [ -n "$agent_pid" ] && kill -TERM "$agent_pid" 2> /dev/null; then
    # It stops its child first; a second is plenty, ten is the limit.
    for _ in $(seq 100); do kill -0 "$agent_pid" 2> /dev/null || break; sleep 0.1; done
    if kill -KILL "$agent_pid" 2> /dev/null; then
      echo "demo: outrider did not stop within 10 s of SIGTERM and had to be killed" >&2
      code=1
    fi
  fi
  for pid in $chats_pid $receiver_pid; do kill "$pid" 2> /dev/null || true; done
  rm -rf "$folder"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() {
  printf '\ndemo: %s\n' "$*" >&2
  if [ -s "$folder/agent.log" ]; then
    echo "demo: the last lines of the agent's own log:" >&2
    tail -n 15 "$folder/agent.log" >&2
  fi
  exit 1
}

# Eight ports that are free now, below the ephemeral range so that nothing takes them by chance.
free_ports() {
  python3 - <<'EOF'
import random, socket
found = []
while len(found) < 8:
    port = random.randint(20000, 32000)
    with socket.socket() as probe:
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            continue
    if port not in found:
        found.append(port)
print(*found)
EOF
}
read -r service_port api_port metrics_port chats_port spans_port receiver_port jaeger_port jaeger_admin < <(free_ports)
api=http://127.0.0.1:$api_port metrics=http://127.0.0.1:$metrics_port service_url=http://127.0.0.1:$service_port

# Where there is a Jaeger, spans go to it and are looked at there.
jaeger=$(command -v jaeger-all-in-one || true) trace_link=''
if [ -n "$jaeger" ]; then trace_link="link: \"http://127.0.0.1:$jaeger_port/trace/{trace_id}\""; fi

cat > "$folder/demo.yaml" <<EOF
service: {name: notation-api, namespace: school, environment: demo, version: 1.4.2}
state: $folder/state
api: {listen: "127.0.0.1:$api_port", socket: $folder/outrider.sock}
metrics:
  listen: 127.0.0.1:$metrics_port
  scrape: [{url: "$service_url/metrics", every: 1s, timeout: 900ms}]
logs:
  read: [{child: all, format: json}]
  send_to: [{file: {path: $folder/notation-api.log, rotate_at: 8MiB, keep: 2}}]
traces:
  listen: {http: "127.0.0.1:$spans_port"}
  sample:
    keep: [{name: failed, errors: true}, {name: slow, slower_than: 500ms}, {name: the rest, share: 0.1}]
    after_entry: 1s
  span_metrics: {attributes: [http.route]}
  send_to: [{otlp: "http://127.0.0.1:$receiver_port"}]
  $trace_link
incidents: {close_after: 300ms, reopen_within: 0s}
health:
  warm_up: 2s
  probes:
    ready: {http: "$service_url/healthz", every: 400ms, timeout: 300ms, fail_after: 3}
    port: {tcp: "127.0.0.1:$service_port", every: 1s, timeout: 300ms}
  restart:
    child: [$service, --port, "$service_port", --allow-breaking, --spans-to, "127.0.0.1:$spans_port"]
    budget: 10 per 1h
    backoff: {first: 200ms, most: 2s}
    stable_after: 2s
    stop_timeout: 1500ms
notify:
  slack: {token: {env: DEMO_SLACK_TOKEN}, channel: "#alerts", api: "http://127.0.0.1:$chats_port/api"}
  telegram: {token: {env: DEMO_TELEGRAM_TOKEN}, chat: "-1001", api: "http://127.0.0.1:$chats_port"}
  resolve_after: 2s
  links: {status: "$api/", runbooks: "https://outrider.example/runbooks"}
EOF
export DEMO_SLACK_TOKEN=xoxb-demo DEMO_TELEGRAM_TOKEN=1:demo

# fact PATH: one value of the status, such as supervised.pid; empty when the agent does not answer.
fact() {
  curl -fsS -m 2 "$api/api/v1/status" 2> /dev/null | python3 -c '
import json, sys
try:
    value = json.load(sys.stdin)
    for key in sys.argv[1].split("."):
        value = value[int(key) if isinstance(value, list) else key]
    print("" if value is None else value)
except (ValueError, KeyError, IndexError):
    pass' "$1"
}

# until_true SECONDS COMMAND…: asks again and again, at most so long.
until_true() {
  local limit_ms=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    kill -0 "$agent_pid" 2> /dev/null || give_up "outrider ended unexpectedly"
    [ "$(now_ms)" -lt "$limit_ms" ] || return 1
    sleep 0.05
  done
}

answers() { curl -fsS -m 1 -o /dev/null "$1" 2> /dev/null; }
is_healthy() { [ "$(fact supervised.state)" = healthy ]; }
noticed() { [ "$(fact supervised.state)" != healthy ] || [ "$(fact supervised.pid)" != "$1" ]; }
is_replaced() {
  local pid
  pid=$(fact supervised.pid)
  [ -n "$pid" ] && [ "$pid" != "$1" ] && is_healthy && answers "$service_url/healthz"
}

# What the newest incident holds, in a few words.
evidence() {
  "$outrider" incident show "$1" -c "$folder/demo.yaml" --output json | python3 -c '
import json, sys
found = json.load(sys.stdin)
words = [str(len(found["lines"])) + " lines", str(len(found["answers"])) + " answers of probes",
         str(len(found["samples"])) + " measurements"] + [finding["name"] for finding in found["findings"]]
print(", ".join(words))
print(found["title"])
if not found["lines"] or (found["kind"] == "hang" and not any("threads" in word for word in words)):
    sys.exit("its evidence is not whole")'
}
incident_is_over() {
  [ "$(curl -fsS -m 2 "$api/api/v1/incidents" | python3 -c '
import json, sys
print(sum(1 for one in json.load(sys.stdin)["incidents"] if one["closed"]))')" -ge "$1" ]
}

rows=()

# break_it WORD TITLE: breaks the service that way and waits until a new one is well.
break_it() {
  local how=$1 what=$2 old broken detected recovered
  title "$what"
  old=$(fact supervised.pid)
  broken=$(now_ms)
  say "asking the service (process $old) to break: /break?how=$how"
  curl -sS -m 1 -o /dev/null "$service_url/break?how=$how" 2> /dev/null || true
  until_true 10 noticed "$old" || give_up "outrider did not notice within 10 s that the service was broken ($how)"
  detected=$(($(now_ms) - broken))
  until_true 15 is_replaced "$old" || give_up "the service did not recover within 15 s after it was broken ($how)"
  recovered=$(($(now_ms) - broken))
  say "recovered: process $(fact supervised.pid) is healthy, $(seconds "$recovered") after the break"
  until_true 10 incident_is_over $((${#rows[@]} + 1)) || give_up "there is no incident of it, or it is not over ($how)"
  local id
  id=$(fact incidents.0.id)
  has_evidence() { evidence "$id" > "$folder/evidence" 2> "$folder/evidence.err"; }
  until_true 5 has_evidence || give_up "incident $id: its evidence is not whole ($how)"
  say "incident $id: $(tail -n 1 "$folder/evidence")"
  say "it holds $(head -n 1 "$folder/evidence"); $api/incidents/$id"
  rows+=("$(printf '%-24s %12s %12s' "$what" "$(seconds "$detected")" "$(seconds "$recovered")")")
}

title "Starting outrider with notation-api as its child"
# What people would read in Slack and in Telegram is printed as it comes.
python3 "$(dirname "$0")/fake_chats.py" "$chats_port" > >(tee "$folder/chats.log") &
chats_pid=$!
if [ -n "$jaeger" ]; then
  SPAN_STORAGE_TYPE=memory "$jaeger" --collector.otlp.http.host-port="127.0.0.1:$receiver_port" --collector.otlp.grpc.host-port=127.0.0.1:0 \
    --query.http-server.host-port="127.0.0.1:$jaeger_port" --query.grpc-server.host-port=127.0.0.1:0 --admin.http.host-port="127.0.0.1:$jaeger_admin" \
    > "$folder/jaeger.log" 2>&1 &
else
  python3 "$(dirname "$0")/fake_receiver.py" "$receiver_port" &
fi
receiver_pid=$!
"$outrider" validate -c "$folder/demo.yaml" > "$folder/validate.out" 2>&1 ||
  { cat "$folder/validate.out" >&2; give_up "the configuration of the demonstration is not accepted"; }
"$outrider" run -c "$folder/demo.yaml" 2> "$folder/agent.log" &
agent_pid=$!
until_true 10 answers "$api/readyz" || give_up "outrider was not ready within 10 s"
say "outrider is ready, process $agent_pid"
say "status page:  ${bold}$api/${plain}"
say "metrics:      $metrics/metrics"
until_true 10 is_healthy || give_up "the service did not become healthy within 10 s"
say "notation-api answers: $(curl -fsS -m 2 "$service_url/v1/notation?notes=C4,E4,G4")"

# What outrider itself says happens, line by line between ours.
mkfifo "$folder/timeline"
NO_COLOR=1 "$outrider" timeline -c "$folder/demo.yaml" --follow > "$folder/timeline" 2> /dev/null &
follower_pid=$!
while IFS= read -r line; do printf '%s          | %s%s\n' "$faint" "$line" "$plain"; done < "$folder/timeline" &

# What a client would ask, so that there is something to trace.
for note in C4,E4,G4 A3,C4,E4 D4,F#4,A4; do
  for _ in $(seq 10); do curl -fsS -m 2 -o /dev/null "$service_url/v1/notation?notes=${note//#/%23}"; done
done

break_it crash "It crashes"
break_it hang "It hangs"
break_it sick "Its health check fails"

title "What people were told"
# In both of them, that it is over.
is_told() {
  awk '$1 == "┌" {where = $2} /resolved after/ {told[where] = 1} END {exit !(told["Slack,"] && told["Telegram,"])}' "$folder/chats.log"
}
until_true 30 is_told || give_up "people were not told within 30 s that it is over"
say "in Slack one message, from yellow to green, and a thread below it that says what happened when; in Telegram an answer"

title "A request, followed from signal to signal"
failed_trace() {
  curl -fsS -m 2 "$api/api/v1/status" 2> /dev/null | python3 -c '
import json, sys
kept = [one["trace_id"] for one in json.load(sys.stdin)["traces"]["kept"] if one["failed"]]
print(kept[0] if kept else "")'
}
has_failed_trace() { [ -n "$(failed_trace)" ]; }
until_true 20 has_failed_trace || give_up "no trace of a failed request was kept"
trace=$(failed_trace)
line_of_trace() { grep -h "$trace" "$folder"/notation-api.log*; }
until_true 5 line_of_trace > "$folder/line" || give_up "no log line has the id of the trace $trace"
exemplar_of_trace() { curl -fsS -m 2 -H 'Accept: application/openmetrics-text; version=1.0.0' "$metrics/metrics" | grep "$trace"; }
if until_true 3 exemplar_of_trace > "$folder/exemplar"; then found=$(head -n 1 "$folder/exemplar"); else found='a younger trace is the example now'; fi
say "trace $trace was kept, since it failed; of all that went well one in ten"
say "its log line:   $(head -n 1 "$folder/line" | cut -c 1-230) …"
say "its exemplar:   $found"
if [ -n "$jaeger" ]; then say "in Jaeger:      http://127.0.0.1:$jaeger_port/trace/$trace"; fi
say "how requests fared, on the status page and here:"
"$outrider" status -c "$folder/demo.yaml" 2> /dev/null | sed -n '/CALLED/,/^$/p' | sed 's/^/    /'

title "What was carried meanwhile"
has_metric() { curl -fsS -m 2 "$metrics/metrics" 2> /dev/null | grep -c "^$1" > /dev/null; }
until_true 5 has_metric notation_build_info || give_up "the metric notation_build_info of the service is not in $metrics/metrics"
say "the service's own metrics are in outrider's /metrics: $(curl -fsS -m 2 "$metrics/metrics" | grep -c '^notation_') series"
has_lines() { grep -q 'Breaking as asked' "$folder/notation-api.log" 2> /dev/null && grep -q 'about to break' "$folder/notation-api.log"; }
until_true 5 has_lines || give_up "the service's output is not in the log file $folder/notation-api.log"
say "its output is in the log file: $(wc -l < "$folder/notation-api.log") lines, stdout and stderr"
"$outrider" audit verify -c "$folder/demo.yaml" > "$folder/audit.out" 2>&1 ||
  { cat "$folder/audit.out" >&2; give_up "the audit chain does not verify"; }
say "every restart is in the audit journal, and its chain is whole: $(head -n 1 "$folder/audit.out")"
"$outrider" incident list -c "$folder/demo.yaml" > "$folder/incidents.out" || give_up "the incidents cannot be listed"
say "each failure is an incident with its evidence (outrider incident show, export):"
sed 's/^/    /' "$folder/incidents.out"
restarts=$(fact supervised.restarts_total)
[ "$restarts" -ge 3 ] || give_up "outrider counts $restarts restarts where there were three"

title "Summary"
printf '%-24s %12s %12s\n' "what was broken" "noticed in" "recovered in"
printf '%s\n' "${rows[@]}"
printf '\n3 of 3 recovered, %s restarts within a budget of %s, in %s.\n' "$restarts" \
  "$(fact supervised.restart_budget.text)" "$(seconds "$(now_ms)")"

if [ "$stay" = yes ]; then
  printf '\nStaying up: %s/ and %s/metrics. Break it yourself: curl "%s/break?how=crash". Ctrl-C ends.\n' \
    "$api" "$metrics" "$service_url"
  wait "$agent_pid"
fi
