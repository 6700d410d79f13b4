//! What one request looks at in the records of many patients is kept as one row, and read as what it is: a look at each of them.

use crate::audit::sealed;
use crate::audit_chain::{sql, verified};
use crate::support::audit_log::AuditLog;
use crate::support::{App, Backend, Doctor, Patient};
use patient_tracker::audit::verify::Fraud;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// More than the audit makes one row of.
const PATIENTS: [&str; 7] = ["ana", "ben", "cleo", "dan", "eve", "finn", "gil"];
const PANEL: &str =
    "query($first: Int) { patients(first: $first) { nodes { id displayName contact { phone } } } }";
const FOLLOW_LOG: &str = "subscription { accessLogChanged(after: \"now\") { __typename
    ... on AccessLogChange { cursor entry { who relationship kinds doctor { id } } } ... on CaughtUp { cursor } } }";
const LOG: &str = "query($id: ID!, $first: Int, $after: String) { patient(id: $id) { accessLog(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { who relationship kinds doctor { id } } } } }";
/// Rows that stand for many.
const ROWS: &str = "SELECT count(*) FROM audit_entry WHERE patients IS NOT NULL";
/// By whom they are found.
const NAMED: &str = "SELECT count(*) FROM audit_patient";

/// A doctor who treats all these patients.
struct Panel {
    bo: Doctor,
    patients: Vec<Patient>,
    log: AuditLog,
}

impl Panel {
    async fn of(app: &App) -> Self {
        let bo = app.doctor("bo").await;
        let mut patients = Vec::new();
        for name in PATIENTS {
            let patient = app.patient(name).await;
            app.care(bo.row, patient.row, None).await;
            patients.push(patient);
        }
        let log = AuditLog(app.admin().await.clone());
        Self { bo, patients, log }
    }

    /// The doctor looks at the first so many.
    async fn look(&self, first: usize) {
        let page = self.bo.data(PANEL, json!({ "first": first })).await;
        assert_eq!(page["patients"]["nodes"].as_array().unwrap().len(), first);
    }
}

/// What the doctor has looked at.
fn looks() -> Value {
    json!({ "action": ["READ"], "relationship": "CARE_TEAM" })
}

/// All of a patient's own log, on pages of so many.
async fn own_log(patient: &Patient, size: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    for _ in 0..100 {
        let asked = json!({ "id": patient.id, "first": size, "after": cursor });
        let mut log = patient.data(LOG, asked).await["patient"]["accessLog"].take();
        all.extend(log["nodes"].as_array_mut().map(std::mem::take).unwrap());
        if log["pageInfo"]["hasNextPage"] == false {
            all.retain(|it| it["who"] == "DOCTOR");
            return all;
        }
        cursor = log["pageInfo"]["endCursor"].take();
    }
    panic!("the pages do not end");
}

on_both! {
    async fn each_look_is_found_by_whoever_asks_for_it(app: App) {
        let panel = Panel::of(&app).await;
        // Some are kept as one row, and some, of few, as one each.
        let sizes = [7, 3, 5, 7, 1, 4];
        for first in sizes {
            panel.look(first).await;
        }
        assert_eq!((app.number(ROWS).await, app.number(NAMED).await), (4, 7 + 5 + 7 + 4));
        let all = panel.log.all(&looks(), 100, true).await;
        assert_eq!(all.len(), sizes.iter().sum::<usize>());
        let ids: BTreeSet<_> = all.iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), all.len(), "no two have one id");
        for entry in &all {
            assert_eq!((&entry["operation"], &entry["outcome"], &entry["times"]), (&json!("patients"), &json!("ALLOWED"), &json!(1)));
            assert_eq!((&entry["address"], &entry["roles"], &entry["purpose"]), (&json!("127.0.0.1"), &json!(["DOCTOR"]), &json!("TREATMENT")));
            assert_eq!((&entry["actor"]["id"], &entry["kinds"]), (&json!(panel.bo.user), &json!(["IDENTITY", "DEMOGRAPHICS", "CONTACT"])));
            assert_eq!((&entry["object"]["kind"], &entry["object"]["objectId"]), (&json!("PATIENT"), &entry["patient"]["id"]));
        }

        // On whatever pages, from either end, of whoever it was: the same.
        for (size, from_start) in [(1, true), (3, true), (4, false), (7, false), (20, true)] {
            assert_eq!(panel.log.all(&looks(), size, from_start).await, all, "{size} {from_start}");
        }
        for (place, patient) in panel.patients.iter().enumerate() {
            let times = sizes.iter().filter(|first| **first > place).count();
            let expected: Vec<Value> = all.iter().filter(|it| it["patient"]["id"] == patient.id).cloned().collect();
            assert_eq!(expected.len(), times, "{place}");
            for of in [json!({}), json!({ "actorId": panel.bo.user }), json!({ "from": all.last().unwrap()["occurredAt"] })] {
                let mut filter = looks();
                filter["patientId"] = json!(patient.id);
                filter.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
                for (size, from_start) in [(1, true), (2, false), (100, true)] {
                    assert_eq!(panel.log.all(&filter, size, from_start).await, expected, "{place} {size} {from_start} {of}");
                }
                assert_eq!(panel.log.page(filter, json!({ "first": 1 })).await["totalCount"], times, "{place} {of}");
            }
            // So does the patient.
            for size in [1, 3, 100] {
                let own = own_log(patient, size).await;
                assert_eq!(own.len(), times, "{place}");
                for (own, entry) in own.iter().zip(&expected) {
                    assert_eq!((&own["relationship"], &own["doctor"]["id"]), (&json!("CARE_TEAM"), &json!(panel.bo.id)));
                    assert_eq!(own["kinds"], entry["kinds"]);
                }
            }
        }
        for none in [json!({ "outcome": ["DENIED"] }), json!({ "action": ["BOOK"] }), json!({ "to": "2020-01-01T00:00:00Z" })] {
            assert_eq!(panel.log.page(none, json!({ "first": 1 })).await["totalCount"], 0);
        }

        let exported = app.cli(&[], &["audit", "export"]).await.unwrap();
        let exported: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of_bo = |it: &&Value| it["relationship"] == "CARE_TEAM" && it["operation"] == "patients";
        assert_eq!(exported.iter().filter(of_bo).count(), all.len());
        assert!(exported.iter().filter(of_bo).all(|it| it["patient"].is_string() && it["objectId"] == it["patient"]));
    }

    async fn each_patient_is_told_of_it_and_of_none_of_the_others(app: App) {
        let panel = Panel::of(&app).await;
        let mut lives = Vec::new();
        for patient in &panel.patients {
            let mut live = patient.subscribe(FOLLOW_LOG, json!({})).await;
            assert_eq!(live.next().await["__typename"], "CaughtUp");
            lives.push(live);
        }
        panel.look(7).await;
        panel.look(5).await;
        for (place, (live, patient)) in lives.iter_mut().zip(&panel.patients).enumerate() {
            let times = if place < 5 { 2 } else { 1 };
            let mut told = Vec::new();
            for _ in 0..times {
                let message = live.next().await;
                let entry = &message["entry"];
                assert_eq!((&entry["who"], &entry["doctor"]["id"]), (&json!("DOCTOR"), &json!(panel.bo.id)), "{message}");
                told.push(entry.clone());
            }
            live.is_silent_for(Duration::from_millis(300)).await;
            told.reverse();
            assert_eq!(told, own_log(patient, 100).await, "{place}");
        }
    }

    async fn whoever_bends_whose_records_a_row_names_is_found(app: App) {
        let panel = Panel::of(&app).await;
        panel.look(6).await;
        panel.look(5).await;
        sealed(&app).await;
        assert_eq!(verified(&app, &[]).await.frauds, Vec::new());
        for refused in ["UPDATE audit_patient SET patient_id = entry_id", "DELETE FROM audit_patient"] {
            assert!(app.try_execute(refused).await.unwrap_err().to_string().contains("append_only"));
        }
        let triggers = match app.backend() {
            Backend::Sqlite => "DROP TRIGGER audit_entry_is_not_updated; DROP TRIGGER audit_entry_is_not_deleted; \
                DROP TRIGGER audit_patient_is_not_updated; DROP TRIGGER audit_patient_is_not_deleted;",
            Backend::Postgres => "DROP TRIGGER audit_entry_is_append_only ON audit_entry; \
                DROP TRIGGER audit_patient_is_append_only ON audit_patient;",
        };
        sql(&app, triggers).await;
        sql(&app, "CREATE TABLE kept AS SELECT * FROM audit_patient; CREATE TABLE kept_entry AS SELECT * FROM audit_entry").await;
        let cut = match app.backend() {
            Backend::Sqlite => "substr(patients, 1, length(patients) - 16)",
            Backend::Postgres => "substring(patients FROM 1 FOR length(patients) - 16)",
        };
        let one = "(patient_id, entry_id) = (SELECT patient_id, entry_id FROM kept ORDER BY patient_id, entry_id LIMIT 1)";
        for bending in [
            format!("DELETE FROM audit_patient WHERE {one}"),
            "DELETE FROM audit_patient".to_owned(),
            format!("UPDATE audit_patient SET entry_id = patient_id WHERE {one}"),
            format!("UPDATE audit_patient SET patient_id = entry_id WHERE {one}"),
            format!("UPDATE audit_entry SET patients = {cut} WHERE patients IS NOT NULL"),
            "UPDATE audit_entry SET patients = NULL WHERE patients IS NOT NULL".to_owned(),
            "UPDATE audit_entry SET times = times - 1 WHERE patients IS NOT NULL".to_owned(),
        ] {
            sql(&app, &bending).await;
            let found = verified(&app, &[]).await.frauds;
            assert!(!found.is_empty(), "{bending}");
            let is_named = found.iter().all(|it| matches!(it, Fraud::PatientsChanged { .. } | Fraud::PatientAdded { .. } | Fraud::EntryChanged { .. }));
            assert!(is_named, "{bending}: {found:?}");
            let back = match app.backend() {
                Backend::Sqlite => "",
                Backend::Postgres => "OVERRIDING SYSTEM VALUE",
            };
            sql(&app, &format!("DELETE FROM audit_patient; INSERT INTO audit_patient SELECT * FROM kept; \
                DELETE FROM audit_entry; INSERT INTO audit_entry {back} SELECT * FROM kept_entry")).await;
            assert_eq!(verified(&app, &[]).await.frauds, Vec::new(), "{bending}");
        }
        // Whoever adds somebody to those who find rows, of many or of one, has added nothing to what they say, and is found.
        let stranger = panel.patients.last().unwrap();
        let before = own_log(stranger, 100).await;
        assert_eq!(before.len(), 0);
        let forged = match app.backend() {
            Backend::Sqlite => format!("x'{}'", stranger.row.0.simple()),
            Backend::Postgres => format!("'{}'", stranger.row.0),
        };
        sql(&app, &format!("INSERT INTO audit_patient SELECT {forged}, id FROM audit_entry")).await;
        assert_eq!(own_log(stranger, 100).await, before);
        let found = verified(&app, &[]).await.frauds;
        assert!(!found.is_empty() && found.iter().all(|it| matches!(it, Fraud::PatientAdded { .. })), "{found:?}");
    }

    async fn what_cannot_be_recorded_is_not_answered(app: App) {
        let panel = Panel::of(&app).await;
        let refusing = match app.backend() {
            Backend::Sqlite => "CREATE TRIGGER full BEFORE INSERT ON audit_patient BEGIN SELECT RAISE(ABORT, 'full'); END",
            Backend::Postgres => "ALTER TABLE audit_patient ADD CONSTRAINT is_full CHECK (false) NOT VALID",
        };
        sql(&app, refusing).await;
        let answer = panel.bo.run(PANEL, json!({ "first": 7 })).await;
        assert_eq!((&answer["errors"][0]["extensions"]["code"], &answer["data"]), (&json!("UNAVAILABLE"), &Value::Null), "{answer}");
        assert_eq!((app.number(ROWS).await, app.number(NAMED).await), (0, 0));
        panel.look(3).await;
    }
}
