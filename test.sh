#!/usr/bin/env bash
# All tests: on SQLite, and on a PostgreSQL and a Redis that are installed if missing and started for this run.
# Arguments go to `cargo test`: ./test.sh -p entity, ./test.sh booking -- --nocapture
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# A shell that was open while Rust was installed does not know its folder yet.
command -v cargo > /dev/null || PATH=$PATH:$HOME/.cargo/bin
command -v cargo > /dev/null || {
  printf '%s: no cargo; install Rust from https://rustup.rs and run again\n' "$0" >&2
  exit 1
}

# Tests with a thousand sockets hold both ends of each; the usual limit of 1,024 open files is too low for that.
if [ "$(ulimit -Sn)" != unlimited ] && [ "$(ulimit -Sn)" -lt 8192 ]; then
  ulimit -Sn 8192 2> /dev/null || ulimit -Sn "$(ulimit -Hn)" || true
fi

exec scripts/services.sh run -- cargo test --workspace --locked "$@"
