//! Faults in the form of every day: the real server, its own PostgreSQL and Redis, a few cycles of each. The numbers that
//! belong before a release are in docs/live.md.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// One at a time: each has a database, a bus and copies of the server, and pauses are measured.
static ALONE: Mutex<()> = Mutex::new(());

/// The server lies beside this package's program; `cargo test --workspace` builds both.
fn server() -> PathBuf {
    let server = Path::new(env!("CARGO_BIN_EXE_bench")).with_file_name("patient-tracker");
    assert!(
        server.exists(),
        "{} is not there; build the workspace",
        server.display()
    );
    server
}

/// Causes a fault so often, and says what the tool said when the account does not add up.
fn survives(kind: &str, database: &str, cycles: u32, more: &[&str]) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let done = Command::new(env!("CARGO_BIN_EXE_bench"))
        .arg("faults")
        .arg("--server")
        .arg(server())
        .args(["--kind", kind, "--database", database])
        .args(["--cycles", &cycles.to_string(), "--calm", "300"])
        // The promise is a second; a machine that compiles meanwhile is given more.
        .args(["--within", "5000"])
        .args(more)
        .output()
        .expect("the tool runs");
    let said = String::from_utf8_lossy(&done.stdout);
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{told}");
}

#[test]
fn a_killed_server_has_lost_nothing_that_it_acknowledged_on_sqlite() {
    survives("kill", "sqlite", 50, &[]);
}

#[test]
fn a_killed_server_has_lost_nothing_that_it_acknowledged_on_postgresql() {
    survives("kill", "postgres", 6, &[]);
}

#[test]
fn postgresql_may_crash_and_nothing_is_lost() {
    survives("postgres", "postgres", 2, &[]);
}

#[test]
fn redis_may_be_gone_and_changes_arrive_all_the_same() {
    survives("redis-kill", "postgres", 2, &["--outage", "2"]);
}

#[test]
fn redis_may_hang_and_changes_arrive_all_the_same() {
    survives("redis-pause", "postgres", 1, &["--outage", "4"]);
}

#[test]
fn redis_may_come_up_empty() {
    survives("redis-empty", "postgres", 3, &[]);
}

#[test]
fn redis_may_cut_off_its_listeners() {
    survives("redis-clients", "postgres", 5, &[]);
}

#[test]
fn a_transaction_that_is_held_open_hides_no_event() {
    survives("long-transaction", "postgres", 2, &["--outage", "3"]);
}

#[test]
fn copies_may_be_replaced_one_after_another() {
    survives("rolling", "postgres", 2, &[]);
}

#[test]
fn sockets_may_be_cut_at_any_moment() {
    survives("cut", "sqlite", 10, &[]);
    survives("cut", "postgres", 10, &[]);
}

#[test]
fn the_power_may_fail() {
    survives("power-cut", "sqlite", 5, &[]);
}
