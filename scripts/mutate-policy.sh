#!/usr/bin/env bash
# The test of the tests: turns every entry of the policy and every line of the table of fields round, one by one, and says
# how many of them the ledgers, the design's cells and the oracle notice. SQLite only; needs no services.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

exec cargo test --locked -p patient-tracker --features mutation --test it mutation:: -- --nocapture --test-threads=1 "$@"
