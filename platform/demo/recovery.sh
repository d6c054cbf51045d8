#!/usr/bin/env bash
# The other job, seen happening: a throw-away PostgreSQL with pgBackRest, its backup restored for real, its archive
# broken before your eyes. Everything it makes is in one temporary folder, on Unix sockets and one loopback port.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: recovery.sh --outrider FILE [--stay]

  --outrider FILE   the agent's binary; the driver outrider_postgres.so lies beside it
  --stay            afterwards stay up until Ctrl-C, to look around

Example:  ./dev demo --stay
EOF
}

outrider='' stay=no
while [ $# -gt 0 ]; do
  case "$1" in
    --outrider) outrider=${2:?--outrider wants a file}; shift 2 ;;
    --stay) stay=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; echo "demo: unknown argument: $1" >&2; exit 64 ;;
  esac
done
[ -x "$outrider" ] || { usage >&2; echo "demo: no such program: '$outrider'" >&2; exit 64; }
outrider=$(realpath "$outrider")

binaries=''
for place in /usr/lib/postgresql/*/bin; do
  if [ -x "$place/postgres" ]; then binaries=$place; fi
done
if [ -z "$binaries" ] || ! command -v pgbackrest > /dev/null; then
  echo "demo: the recovery part is left out: it needs PostgreSQL and pgBackRest (./dev deps installs them)"
  exit 0
fi
PATH=$binaries:$PATH

# shellcheck source=platform/demo/telling.sh
. "$(dirname "$0")/telling.sh"

# The server refuses to run as root, so it and its tools run as their own user.
folder=$(mktemp -d "${TMPDIR:-/tmp}/outrider-db.XXXXXX")
chmod 755 "$folder"
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$folder"
  as_owner() { setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; }
else
  as_owner() { "$@"; }
fi
owner=$(as_owner id -un)
agent_pid='' server=down

clean_up() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$agent_pid" ] && kill -TERM "$agent_pid" 2> /dev/null; then wait "$agent_pid" 2> /dev/null || true; fi
  if [ "$server" = up ]; then as_owner pg_ctl -D "$folder/data" -m immediate -w stop > /dev/null 2>&1 || true; fi
  rm -rf "$folder"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() {
  local log
  printf '\ndemo: %s\n' "$*" >&2
  for log in agent.log server.log; do
    if [ -s "$folder/$log" ]; then
      echo "demo: the last lines of $log:" >&2
      tail -n 12 "$folder/$log" >&2
    fi
  done
  exit 1
}

# until_true SECONDS COMMAND…: asks again and again, at most so long.
until_true() {
  local limit_ms=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    [ "$(now_ms)" -lt "$limit_ms" ] || return 1
    sleep 0.2
  done
}

sql() { as_owner psql -h "$folder/socket" -U "$owner" -d postgres -Atqc "$1"; }
backrest() { as_owner pgbackrest --config="$folder/pgbackrest.conf" --stanza=main --log-level-console=error "$@"; }
api_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
page=http://127.0.0.1:$api_port
fact() {
  curl -fsS -m 2 "$page/api/v1/status" 2> /dev/null | python3 -c '
import json, sys
try:
    print((json.load(sys.stdin)["recovery"] or {}).get(sys.argv[1]) or "")
except (ValueError, KeyError):
    pass' "$1"
}
gate() { "$outrider" check "$@" -c "$folder/demo.yaml" 2> /dev/null || true; }
# drill CODE: runs one, which must end with this code; what it said is in drill.out.
drill() {
  local code=0
  "$outrider" drill -c "$folder/demo.yaml" 2> /dev/null > "$folder/drill.out" || code=$?
  [ "$code" -eq "$1" ] || { cat "$folder/drill.out" >&2; give_up "the drill ended with $code where $1 was to be expected"; }
}
verdict_of() { if "$@" > /dev/null 2>&1; then echo ok; else echo failed; fi; }

title "A throw-away PostgreSQL, archived and backed up by pgBackRest"
as_owner mkdir "$folder/socket" "$folder/repository" "$folder/log" "$folder/lock" "$folder/spool" "$folder/drill"
cat > "$folder/pgbackrest.conf" <<EOF
[global]
repo1-path=$folder/repository
repo1-retention-full=2
log-path=$folder/log
lock-path=$folder/lock
spool-path=$folder/spool
start-fast=y
compress-type=zst
[main]
pg1-path=$folder/data
pg1-socket-path=$folder/socket
pg1-user=$owner
EOF
as_owner initdb -D "$folder/data" -U "$owner" -k -A trust > /dev/null
cat >> "$folder/data/postgresql.conf" <<EOF
listen_addresses = ''
unix_socket_directories = '$folder/socket'
archive_mode = on
archive_timeout = 5s
archive_command = 'pgbackrest --config=$folder/pgbackrest.conf --stanza=main archive-push %p'
EOF
as_owner touch "$folder/server.log"
as_owner pg_ctl -D "$folder/data" -l "$folder/server.log" -w start > /dev/null || give_up "the server did not start"
server=up
backrest stanza-create > /dev/null || give_up "pgBackRest did not make its stanza"
sql "CREATE ROLE outrider LOGIN; CREATE TABLE notes AS SELECT n AS id, md5(n::text) AS text FROM generate_series(1, 200000) n; ALTER TABLE notes ADD PRIMARY KEY (id)"
cat > "$folder/demo.yaml" <<EOF
service: {name: tests-db, namespace: school, environment: demo}
state: $folder/state
api: {listen: "127.0.0.1:$api_port", socket: $folder/outrider.sock}
metrics: {listen: none}
recovery:
  postgres: {dsn: "host=$folder/socket user=outrider dbname=postgres", look_every: 1s}
  objectives: {rpo: 1m, rto: 15m}
  canary: {every: 1s}
  list_every: 5s
  catalogs: [{pgbackrest: {stanza: main, config: $folder/pgbackrest.conf}}]
  drill: {scratch: $folder/drill, role: $owner, user: $owner, most_load: 100,
          checks: [canary, lengths, rows, amcheck, {sql: "select count(*) = 200000 from notes"}]}
EOF
"$outrider" validate -c "$folder/demo.yaml" > "$folder/validate.out" 2>&1 ||
  { cat "$folder/validate.out" >&2; give_up "the configuration of the demonstration is not accepted"; }
"$outrider" setup postgres --apply -c "$folder/demo.yaml" --dsn "host=$folder/socket user=$owner dbname=postgres" > /dev/null ||
  give_up "the schema of the canary could not be made"
"$outrider" run -c "$folder/demo.yaml" 2> "$folder/agent.log" &
agent_pid=$!
until_true 10 curl -fs -m 1 -o /dev/null "$page/readyz" || give_up "outrider was not ready within 10 s"
say "outrider watches it and writes a canary each second; status page: ${bold}$page/${plain}"
backrest --type=full backup > /dev/null || give_up "the backup failed"
say "pgBackRest has taken a full backup"
known() { [[ $(fact sentence) == *inferred* ]]; }
until_true 60 known || give_up "the exposure did not become known: $(fact sentence)"
say "$(fact sentence)"

title "The drill: restored for real, from the archive alone"
drill 0
sed 's/^/          /' "$folder/drill.out"
say "the gate: $(gate rpo | cut -d'|' -f1)"

title "The archive is broken: one segment in the middle disappears"
middle=$(find "$folder/repository/archive/main" -name '0*-*.zst' | sort | tail -n 2 | head -n 1)
broken_ms=$(now_ms)
rm "$middle"
say "removed: $(basename "$middle" | cut -c1-24)"
say "pgBackRest itself: info says \"$(backrest --output=json info | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["status"]["message"])')\", verify $(verdict_of backrest verify), check $(verdict_of backrest check)"
found() { gate archive | grep -q CRITICAL; }
until_true 60 found || give_up "outrider did not see the gap: $(gate archive)"
say "outrider, $(seconds $(($(now_ms) - broken_ms))) after it: $(gate archive | cut -d'|' -f1)"
drill 2
say "$(head -n 1 "$folder/drill.out")"

title "Mended: a new backup begins behind the gap"
backrest --type=full backup > /dev/null || give_up "the second backup failed"
drill 0
say "$(head -n 1 "$folder/drill.out")"
say "$(fact forecast)"

title "What an auditor gets"
evidence=$folder/evidence
"$outrider" evidence -c "$folder/demo.yaml" --since 1d --to "$evidence" > "$folder/evidence.out" 2>&1 ||
  { cat "$folder/evidence.out" >&2; give_up "the evidence could not be bundled"; }
say "$(head -n 1 "$folder/evidence.out")"
say "verified without an agent: $("$outrider" evidence verify "$evidence/bundle.json" | head -n 1)"

title "Summary"
printf 'A backup was restored and proven; a hole that the backup tool does not see was found, and shown to lose data;\n'
printf 'a new backup was taken and proven; and all of it is signed for whoever asks. All in %s.\n' "$(seconds "$(now_ms)")"
if [ "$stay" = yes ]; then
  printf '\nStaying up: %s/ and %s/api/v1/recovery. Ctrl-C ends.\n' "$page" "$page"
  wait "$agent_pid"
fi
