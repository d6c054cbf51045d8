#!/usr/bin/env bash
# Log files, carried: written and rotated by a service that never waits, while the agent that reads them is killed
# with -9 again and again. At the end each line is there, once. All in one temporary folder and one loopback port.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: logs.sh --outrider FILE

  --outrider FILE   the agent's binary

Example:  ./dev demo logs
EOF
}

outrider=''
while [ $# -gt 0 ]; do
  case "$1" in
    --outrider) outrider=${2:?--outrider wants a file}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; echo "demo: unknown argument: $1" >&2; exit 64 ;;
  esac
done
[ -x "$outrider" ] || { usage >&2; echo "demo: no such program: '$outrider'" >&2; exit 64; }
outrider=$(realpath "$outrider")

# shellcheck source=platform/demo/telling.sh
. "$(dirname "$0")/telling.sh"

folder=$(mktemp -d "${TMPDIR:-/tmp}/outrider-logs.XXXXXX")
agent_pid='' writer_pid=''

clean_up() {
  local code=$?
  trap - EXIT INT TERM
  for pid in $writer_pid $agent_pid; do kill -KILL "$pid" 2> /dev/null || true; done
  rm -rf "$folder"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() {
  printf '\ndemo: %s\n' "$*" >&2
  tail -n 15 "$folder/agent.log" >&2 2> /dev/null || true
  exit 1
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$folder/app" "$folder/out"
cat > "$folder/logs.yaml" <<EOF
service: {name: users-api, namespace: school, environment: demo}
state: $folder/state
api: {listen: "127.0.0.1:$port", socket: $folder/outrider.sock}
logs:
  read: [{file: "$folder/app/*.log", format: json}]
  redact: [email, {field: password}]
  send_to: [{file: {path: $folder/out/users-api.log, rotate_at: 16MiB, keep: 20}}]
EOF

start_agent() {
  "$outrider" run -c "$folder/logs.yaml" 2>> "$folder/agent.log" &
  agent_pid=$!
}
carried() { cat "$folder"/out/* 2> /dev/null | wc -l; }

title "What becomes of a line"
line='{"ts":"2026-11-21T11:26:03.512Z","level":"warn","msg":"no such user: bob@example.com","password":"hunter2","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}'
echo "$line"
printf '%s\n' "$line" | "$outrider" explain -c "$folder/logs.yaml" | sed 's/^/    /'

lines=200000
title "A service writes $lines lines and rotates its file six times; outrider is killed with -9 five times meanwhile"
cat > "$folder/write.py" <<'EOF'
import os, sys, time
folder, lines = sys.argv[1], int(sys.argv[2])
path, file = folder + '/users-api.log', None
for number in range(lines):
    if number % (lines // 7 + 1) == 0:
        if file:
            file.close()
            os.rename(path, f'{path}.{number}')
        file = open(path, 'w', buffering=1 << 16)
    file.write('{"ts":"2026-11-21T11:26:03.512Z","level":"info","msg":"signed in","user":"u%d@example.com","number":%d}\n' % (number, number))
    if number % 1000 == 999:
        file.flush()
        time.sleep(0.03)
file.close()
EOF
start_agent
python3 "$folder/write.py" "$folder/app" "$lines" &
writer_pid=$!
for kill in 1 2 3 4 5; do
  sleep 1
  kill -KILL "$agent_pid"
  wait "$agent_pid" 2> /dev/null || true
  say "killed with -9 for the ${kill}. time; so far $(carried) lines have been carried; started again"
  start_agent
done
wait "$writer_pid"
writer_pid=''
say "the service has written its last line"
for _ in $(seq 300); do
  [ "$(carried)" -ge "$lines" ] && break
  sleep 0.1
done

title "Counted"
python3 - "$folder/out" "$lines" <<'EOF' || give_up "lines were lost or doubled"
import collections, json, pathlib, sys
seen, secrets = collections.Counter(), 0
for file in pathlib.Path(sys.argv[1]).iterdir():
    for text in file.read_text().splitlines():
        document = json.loads(text)
        seen[document['number']] += 1
        secrets += '@example.com' in text
lost, twice = int(sys.argv[2]) - len(seen), sum(count > 1 for count in seen.values())
print(f'    {len(seen)} different lines in all: {lost} lost, {twice} twice, {secrets} with an address that should have been redacted')
sys.exit(bool(lost or twice or secrets))
EOF

title "One that goes by, as outrider tap shows it"
"$outrider" tap source -c "$folder/logs.yaml" --limit 1 --seconds 10 --steps 2> /dev/null | sed 's/^/    /' &
tap_pid=$!
while kill -0 "$tap_pid" 2> /dev/null; do
  printf '%s\n' "$line" >> "$folder/app/users-api.log"
  sleep 0.3
done
wait "$tap_pid" || true
kill -TERM "$agent_pid"
wait "$agent_pid" 2> /dev/null || true
agent_pid=''
say "done"
