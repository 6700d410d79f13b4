#!/usr/bin/env bash
# A PostgreSQL and a Redis of one's own: in a folder of their own, on free ports, on loopback, gone afterwards.
#
#   scripts/services.sh run -- COMMAND…    runs the command with the services, then stops them; answers with its exit code
#   . scripts/services.sh                  gives services_start and services_stop to a script (set `trap services_stop EXIT` first)
#
# What the command finds in its environment:
#   TEST_POSTGRES_URL, TEST_REDIS_URL    addresses with passwords made for this run (a trusting server on loopback would let any
#                                        local user in, and from there into the account that the server runs as)
#   TEST_POSTGRES_PID, TEST_REDIS_PID    for measuring their CPU and for killing them in tests of failure
#   TEST_POSTGRES_BIN                    the folder of pg_dump and the like
#   TEST_REDIS_SERVER                    the program, for tests that need a Redis to hurt
#   TEST_SERVICES_FOLDER                 their files and logs
# SERVICES_DURABLE=1 makes PostgreSQL write to disk as in production: for measuring, not for testing.

# shellcheck source=scripts/requirements.sh
. "$(dirname "${BASH_SOURCE[0]}")/requirements.sh"

SECONDS_TO_START=60
SECONDS_TO_STOP=10
TEST_SERVICES_FOLDER=
TEST_POSTGRES_PID=
TEST_REDIS_PID=
server_user=
last_before=

# PostgreSQL refuses to run as root, and Redis has no need to.
choose_server_user() {
  server_user=
  if [ "$(id -u)" != 0 ]; then return; fi
  if id postgres > /dev/null 2>&1; then server_user=postgres; else server_user=nobody; fi
  command -v setpriv > /dev/null || die "running as root needs setpriv (util-linux) to start the servers as $server_user"
}

# Becomes the command, as the servers' user; for use in a subshell or behind `&` only, where the process id stays that of the command.
exec_as_server() {
  cd "$TEST_SERVICES_FOLDER" || exit 1
  if [ -n "$server_user" ]; then
    exec setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups -- "$@"
  fi
  exec "$@"
}

random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# A port that nobody answers on, below the range from which the system gives out ports to connections (32768 and up).
free_port() {
  local port
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
      printf '%s' "$port"
      return
    fi
  done
  die "no free port between 20000 and 32000"
}

# launch LOG COMMAND…: in a process group of its own, so that Ctrl-C reaches the servers only when their time has come.
# A signal may arrive before the caller has noted the process id; `last_before` lets services_stop find it even then.
launch() {
  local log=$1
  shift
  last_before=${!:-none}
  set -m
  (exec_as_server "$@") > "$log" 2>&1 < /dev/null &
  launched=$!
  set +m
}

alive() { kill -0 "$1" 2> /dev/null; }

# await PID TEST…: until the test succeeds; fails when the process ends or time is up.
await() {
  local pid=$1 tick
  shift
  for ((tick = 0; tick < SECONDS_TO_START * 10; tick++)); do
    if "$@"; then return 0; fi
    alive "$pid" || return 1
    sleep 0.1
  done
  return 1
}

# The port may be taken between the look and the start; that alone is worth another try.
port_was_taken() { grep -Eqi 'address already in use|could not bind|could not create listening' "$1"; }

failed_to_start() {
  say "$1 did not start; the end of its log:"
  tail -n 25 "$2" >&2
  services_stop
  exit 1
}

postgres_is_ready() { [ "$(sed -n '8s/ *$//p' "$TEST_SERVICES_FOLDER/postgres/postmaster.pid" 2> /dev/null)" = ready ]; }

start_postgres() {
  local folder=$TEST_SERVICES_FOLDER log=$TEST_SERVICES_FOLDER/postgres.log password port durable=off
  password=$(random_word)
  [ "${SERVICES_DURABLE:-0}" = 1 ] && durable=on
  printf '%s\n' "$password" > "$folder/password"
  [ -z "$server_user" ] || chown "$server_user" "$folder/password"
  # `password`, not `scram-sha-256`: the exchange stays on loopback, and an unoptimised client takes 0.1 s for each SCRAM handshake.
  (exec_as_server "$POSTGRES_BIN/initdb" --pgdata "$folder/postgres" --username tests --pwfile "$folder/password" --no-sync \
    --auth-local trust --auth-host password --encoding UTF8 --locale C.UTF-8) > "$log" 2>&1 ||
    failed_to_start "PostgreSQL (initdb)" "$log"
  # The cluster is thrown away after the run, so no test can see whether a page reached the disk: fsync off. What a commit means to
  # other connections, and every constraint, is the same either way; synchronous_commit stays on because the server demands it.
  cat >> "$folder/postgres/postgresql.conf" << CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 400
fsync = $durable
full_page_writes = $durable
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
CONF
  for _ in 1 2 3 4 5; do
    port=$(free_port) || exit 1
    launch "$log" "$POSTGRES_BIN/postgres" -D "$folder/postgres" -p "$port"
    TEST_POSTGRES_PID=$launched last_before=
    if await "$TEST_POSTGRES_PID" postgres_is_ready; then
      export TEST_POSTGRES_URL="postgres://tests:$password@127.0.0.1:$port/postgres"
      return
    fi
    port_was_taken "$log" || break
    stop_process "$TEST_POSTGRES_PID" INT
  done
  failed_to_start PostgreSQL "$log"
}

redis_is_ready() { grep -qi 'ready to accept connections' "$TEST_SERVICES_FOLDER/redis.log" 2> /dev/null; }

start_redis() {
  local folder=$TEST_SERVICES_FOLDER log=$TEST_SERVICES_FOLDER/redis.log password port
  password=$(random_word)
  for _ in 1 2 3 4 5; do
    port=$(free_port) || exit 1
    # The settings go into a file: everyone on the machine can read a command line.
    cat > "$folder/redis.conf" << CONF
bind 127.0.0.1
port $port
requirepass $password
save ""
appendonly no
daemonize no
dir $folder
CONF
    [ -z "$server_user" ] || chown "$server_user" "$folder/redis.conf"
    launch "$log" "$REDIS_SERVER" "$folder/redis.conf"
    TEST_REDIS_PID=$launched last_before=
    if await "$TEST_REDIS_PID" redis_is_ready; then
      export TEST_REDIS_URL="redis://default:$password@127.0.0.1:$port"
      return
    fi
    port_was_taken "$log" || break
    stop_process "$TEST_REDIS_PID" TERM
  done
  failed_to_start Redis "$log"
}

# stop_process PID SIGNAL: asks, waits, then insists.
# Within a trap a bare `return` repeats the status from before it, which `set -e` would take for a failure: hence `return 0`.
stop_process() {
  local pid=$1 signal=$2 tick
  if [ -z "$pid" ]; then return 0; fi
  kill "-$signal" "$pid" 2> /dev/null || true
  for ((tick = 0; tick < SECONDS_TO_STOP * 10; tick++)); do
    alive "$pid" || break
    sleep 0.1
  done
  if alive "$pid"; then kill -KILL "$pid" 2> /dev/null || true; fi
  wait "$pid" 2> /dev/null || true
}

# Finds or installs the servers and starts both; ends the script with the reason if that is not possible.
services_start() {
  require_programs
  choose_server_user
  TEST_SERVICES_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/patient-tracker.XXXXXX") || die "no folder for temporary files"
  if [ -n "$server_user" ]; then
    chown "$server_user" "$TEST_SERVICES_FOLDER"
    (exec_as_server test -w "$TEST_SERVICES_FOLDER") || {
      services_stop
      die "the user $server_user cannot reach ${TMPDIR:-/tmp}; set TMPDIR to a folder that is open to all"
    }
  fi
  chmod 700 "$TEST_SERVICES_FOLDER"
  start_postgres
  start_redis
  export TEST_POSTGRES_PID TEST_REDIS_PID TEST_POSTGRES_BIN=$POSTGRES_BIN TEST_REDIS_SERVER=$REDIS_SERVER TEST_SERVICES_FOLDER
}

# Stops what services_start started and deletes its files; harmless when there is nothing.
services_stop() {
  if [ -n "$last_before" ] && [ "${!:-none}" != "$last_before" ]; then stop_process "$!" INT; fi
  last_before=
  stop_process "$TEST_REDIS_PID" TERM
  stop_process "$TEST_POSTGRES_PID" INT
  TEST_REDIS_PID=
  TEST_POSTGRES_PID=
  if [ -n "$TEST_SERVICES_FOLDER" ]; then rm -rf "$TEST_SERVICES_FOLDER"; fi
  TEST_SERVICES_FOLDER=
}

# The command runs in a process group of its own behind `wait`: bash handles a signal only between two commands, and so would
# otherwise leave everything running until a long test run ends by itself.
services_run() {
  local command_pid='' status=0
  end_early() { # SIGNAL, exit code
    trap '' INT TERM HUP
    if [ -n "$command_pid" ]; then
      kill "-$1" -- "-$command_pid" 2> /dev/null || true
      stop_process "$command_pid" "$1"
      kill -KILL -- "-$command_pid" 2> /dev/null || true
    fi
    exit "$2"
  }
  trap services_stop EXIT
  trap 'end_early INT 130' INT
  trap 'end_early TERM 143' TERM
  trap 'end_early HUP 129' HUP
  services_start
  set -m
  "$@" <&0 &
  command_pid=$!
  set +m
  wait "$command_pid" || status=$?
  return "$status"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  if [ "$#" -lt 3 ] || [ "$1" != run ] || [ "$2" != -- ]; then die "usage: $0 run -- COMMAND…"; fi
  shift 2
  services_run "$@"
fi
