//! What becomes of the audit when the machine fails: a disk that takes nothing any more, a server that is killed in the middle.

use crate::support::documents::{BOOK, PATIENT, UPDATE_PATIENT};
use crate::support::{
    App, Backend, Copy, PASSWORD, Person, Process, Random, codes, limit, sign_in,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A server's file may grow so far: not into the second page.
const PAGE: u64 = 4096;

async fn look(person: &Person, id: &str) -> Value {
    person.run(PATIENT, json!({ "id": id })).await
}

/// Nothing is shown to anybody, nobody signs in, nothing changes.
async fn is_shut(ana: &Person, admin: &Person, id: &str) {
    for person in [ana, admin] {
        let answer = look(person, id).await;
        assert_eq!(codes(&answer), ["UNAVAILABLE"], "{answer}");
        assert_eq!(answer["data"], Value::Null);
        assert!(!answer.to_string().contains("Testperson"), "{answer}");
    }
    let update = json!({ "input": { "id": id, "expectedVersion": 1, "contact": { "phone": "+3725550999" } } });
    let answer = ana.run(UPDATE_PATIENT, update).await;
    assert_eq!(codes(&answer), ["UNAVAILABLE"], "{answer}");
    assert_eq!(answer["data"], Value::Null);
}

#[test]
fn a_full_disk_under_sqlite_refuses_data_and_shows_none_unrecorded() {
    crate::support::run(Backend::Sqlite, |mut app| async move {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        app.stop().await;
        let server = Process::serve(&app, &[]).await;
        let (here, admin) = (ana.at(&server.copy), admin.at(&server.copy));
        assert_eq!(look(&here, &ana.id).await["errors"], Value::Null);
        server.may_write(Some(PAGE));
        for _ in 0..3 {
            is_shut(&here, &admin, &ana.id).await;
        }
        assert!(sign_in(&server.copy, &ana.email, PASSWORD).await.is_err());
        server.may_write(None);
        assert_eq!(look(&here, &ana.id).await["errors"], Value::Null);
        assert!(sign_in(&server.copy, &ana.email, PASSWORD).await.is_ok());
        server.kill();
        app.restart().await;
        let version = "SELECT count(*) FROM patient WHERE version = 1";
        assert_eq!(app.number(version).await, 1);
        let looks =
            "SELECT count(*) FROM audit_entry WHERE operation = 'patient' AND outcome = 'ALLOWED'";
        assert_eq!(app.number(looks).await, 2);
        app.cli(&[], &["audit", "verify"]).await.unwrap();
    });
}

/// A connection's files may grow so far: the log before the data is written in files of this size, which are there already.
const SEGMENT: u64 = 16 * 1024 * 1024;

/// Limits every connection to this clinic's database; the rest of the cluster goes on.
async fn limit_connections(app: &App, bytes: Option<u64>) {
    let pids = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'";
    let mut limited = false;
    for row in app.select(pids).await {
        let pid: i32 = row.try_get_by_index(0).unwrap();
        // One may have ended since; the one that answered has not.
        limited |= limit(pid.unsigned_abs(), bytes);
    }
    assert!(limited, "connections may be limited");
}

/// Looks until it is refused; how often it was answered until then. A connection that is opened meanwhile is not limited yet, and
/// what comes over it is answered, and has its row.
async fn until_shut(app: &App, person: &Person, id: &str) -> i64 {
    for answered in 0..500 {
        limit_connections(app, Some(SEGMENT)).await;
        let answer = look(person, id).await;
        if answer.get("errors").is_some() {
            assert_eq!(codes(&answer), ["UNAVAILABLE"], "{answer}");
            assert_eq!(answer["data"], Value::Null);
            assert!(!answer.to_string().contains("Testperson"), "{answer}");
            return answered;
        }
    }
    panic!("the disk is never full");
}

#[test]
fn a_full_disk_under_postgres_refuses_data_and_shows_none_unrecorded() {
    crate::support::run(Backend::Postgres, |app| async move {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        crate::audit::sealed(&app).await;
        // The table's file grows beyond what a connection may write from now on. (These are copies of one entry: the chain
        // is not asked for here.)
        let columns = "occurred_at, node, request_id, operation, actor, session, roles, action, kinds, fields, object_kind, object_id, \
            patient_id, relationship, purpose, grant_id, reason, outcome, times, address, mac";
        let fill = format!(
            "INSERT INTO audit_entry (id, {columns}) SELECT gen_random_uuid(), {columns} \
            FROM (SELECT * FROM audit_entry LIMIT 1) AS one, generate_series(1, 4000)"
        );
        for _ in 0..20 {
            app.execute(&fill).await;
        }
        let size = app.number("SELECT pg_relation_size('audit_entry')").await;
        assert!(size > i64::try_from(SEGMENT).unwrap(), "{size} bytes");
        // What is left of the last page is used up first; each answer until then has its row.
        let seen =
            "SELECT count(*) FROM audit_entry WHERE operation = 'patient' AND outcome = 'ALLOWED'";
        let mut answered = 0;
        for person in [&*ana, &admin, &ana, &admin] {
            answered += until_shut(&app, person, &ana.id).await;
        }
        assert_eq!(app.number(seen).await, answered);
        limit_connections(&app, None).await;
        assert_eq!(look(&ana, &ana.id).await["errors"], Value::Null);
        assert_eq!(app.number(seen).await, answered + 1);
    });
}

/// What was answered until the server was killed: the ids of the requests.
type Answered = Arc<Mutex<Vec<String>>>;

/// Asks, one request after the other, until nobody answers.
async fn ask(
    copy: Copy,
    token: String,
    answered: Answered,
    next: impl Fn(usize) -> (&'static str, Value),
) {
    for nth in 0.. {
        let (document, variables) = next(nth);
        let Some((id, answer)) = copy.try_run(&token, document, variables).await else {
            return;
        };
        // A refusal is an answer; what could not be answered shows nothing.
        if answer["data"].is_object() {
            answered.lock().await.push(id);
        }
    }
}

on_both! {
    async fn whatever_was_answered_before_a_kill_is_in_the_audit_and_the_chain_holds(app: App) {
        const CYCLES: u64 = 5;
        let mut app = app;
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        app.care(bo.row, ana.row, None).await;
        let visit_type = app.visit_type(10).await;
        let first_hour = app.day_after_tomorrow(0);
        app.stop().await;
        let answered = Answered::default();
        let mut random = Random::of(8);
        for cycle in 0..CYCLES {
            let server = Process::serve(&app, &[]).await;
            let mut asking = tokio::task::JoinSet::new();
            for person in [&ana.person, &bo, &admin, &ana.person] {
                let (token, id) = (person.token.clone().unwrap(), ana.id.clone());
                let read = move |_| (PATIENT, json!({ "id": id }));
                asking.spawn(ask(server.copy.clone(), token, Arc::clone(&answered), read));
            }
            for writer in 0..2 {
                let (patient, doctor, visit_type) = (ana.id.clone(), bo.id.clone(), visit_type.clone());
                let book = move |nth: usize| {
                    // Two write into one diary; now and then into the same hour.
                    let days = i64::try_from(cycle).unwrap() * 20 + i64::try_from(nth / 100).unwrap();
                    let minutes = i64::try_from(nth % 100).unwrap() * 14 + 7 * writer;
                    let at = first_hour + chrono::TimeDelta::days(days) + chrono::TimeDelta::minutes(minutes);
                    (BOOK, json!({ "input": { "patientId": patient, "doctorId": doctor, "visitTypeId": visit_type,
                        "startsAt": at } }))
                };
                asking.spawn(ask(server.copy.clone(), bo.token.clone().unwrap(), Arc::clone(&answered), book));
            }
            tokio::time::sleep(Duration::from_millis(400 + random.below(800))).await;
            server.kill();
            while let Some(done) = asking.join_next().await {
                done.unwrap();
            }
        }
        app.restart().await;
        crate::audit::sealed(&app).await;
        let rows = app.select("SELECT DISTINCT request_id FROM audit_entry").await;
        let recorded: std::collections::HashSet<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        let answered = answered.lock().await;
        let missing: Vec<&String> = answered.iter().filter(|id| !recorded.contains(*id)).collect();
        assert!(missing.is_empty(), "{} of {} answers have no row", missing.len(), answered.len());
        assert!(answered.len() > 100, "only {} answers", answered.len());
        // A booking and its row are there together or not at all, also of what nobody was told any more.
        let booked = app.number("SELECT count(*) FROM appointment").await;
        let noted = "SELECT count(*) FROM audit_entry WHERE action = 'BOOK' AND outcome = 'ALLOWED'";
        assert_eq!(app.number(noted).await, booked);
        assert!(booked > 0);
        app.cli(&[], &["audit", "verify"]).await.expect("the chain holds");
    }
}
