//! What many who follow a stream are shown at once is kept as one row, and read as what it is: a look of each of them.

use crate::audit::sealed;
use crate::audit_chain::{sql, verified};
use crate::support::audit_log::AuditLog;
use crate::support::documents::UPDATE_PATIENT;
use crate::support::{App, Backend, Live, Patient, Person, user_errors};
use entity::audit_follower;
use patient_tracker::audit::chain;
use patient_tracker::audit::verify::Fraud;
use sea_orm::{ActiveModelTrait as _, FromQueryResult as _, IntoActiveModel as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// More than the audit makes one row of.
const DOCTORS: [&str; 9] = ["bo", "cy", "di", "ed", "fay", "gus", "hal", "ira", "jo"];
const FOLLOW: &str = "subscription($of: PatientsOf!) { patientChanged(of: $of) {
    ... on PatientChange { cursor patient { id version contact { phone } } } } }";
const FOLLOW_LOG: &str =
    "subscription($after: String) { accessLogChanged(after: $after) { __typename
    ... on AccessLogChange { cursor entry { who relationship kinds doctor { id } } } ... on CaughtUp { cursor } } }";
const LOG: &str =
    "query($id: ID!, $first: Int) { patient(id: $id) { accessLog(first: $first) { totalCount
    nodes { who relationship doctor { id } } } } }";
/// Rows that stand for many.
const ROWS: &str = "SELECT count(*) FROM audit_entry WHERE shown_to IS NOT NULL";

/// A clinic in which all doctors treat one patient and follow her.
struct Ward {
    ana: Patient,
    admin: Person,
    doctors: Vec<(String, String, Live)>,
    changes: i32,
}

impl Ward {
    async fn of(app: &App) -> Self {
        let ana = app.patient("ana").await;
        let mut doctors = Vec::new();
        for name in DOCTORS {
            let doctor = app.doctor(name).await;
            app.care(doctor.row, ana.row, None).await;
            let mut live = doctor
                .subscribe(FOLLOW, json!({ "of": { "patient": ana.id } }))
                .await;
            live.is_silent_for(Duration::from_millis(50)).await;
            doctors.push((doctor.id.clone(), doctor.user.clone(), live));
        }
        let admin = app.admin().await.clone();
        Self {
            ana,
            admin,
            doctors,
            changes: 0,
        }
    }

    fn log(&self) -> AuditLog {
        AuditLog(self.admin.clone())
    }

    /// A change of which all are told.
    async fn change(&mut self) {
        self.changes += 1;
        let input = json!({ "input": { "id": self.ana.id, "expectedVersion": self.changes,
            "contact": { "phone": format!("+37255502{:03}", self.changes) } } });
        let answer = self.ana.run(UPDATE_PATIENT, input).await;
        assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
        for (_, _, live) in &mut self.doctors {
            let told = live.answer().await;
            assert_eq!(
                told["data"]["patientChanged"]["patient"]["version"],
                self.changes + 1,
                "{told}"
            );
        }
    }

    /// Changes until some of them stand for many in one row: how many gather depends on how fast each is written.
    async fn changed(app: &App) -> Self {
        let mut ward = Self::of(app).await;
        for _ in 0..3 {
            ward.change().await;
        }
        while app.number(ROWS).await == 0 {
            assert!(ward.changes < 40, "nothing was gathered");
            ward.change().await;
        }
        ward
    }
}

fn looks() -> Value {
    json!({ "action": ["READ"], "relationship": "CARE_TEAM" })
}

on_both! {
    async fn each_look_is_found_by_whoever_asks_for_it(app: App) {
        let ward = Ward::changed(&app).await;
        let log = ward.ana.data(LOG, json!({ "id": ward.ana.id, "first": 100 })).await["patient"]["accessLog"].take();
        let mut filter = looks();
        filter["patientId"] = json!(ward.ana.id);
        let all = ward.log().all(&filter, 100, true).await;
        // What was looked at when they began to follow, and then once each change.
        let mut each: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in &all {
            *each.entry(entry["actor"]["id"].as_str().unwrap()).or_default() += 1;
        }
        assert_eq!(each.len(), DOCTORS.len());
        let times: Vec<_> = each.values().collect();
        let changes = usize::try_from(ward.changes).unwrap();
        assert!(times.iter().all(|it| (changes..=changes + 1).contains(it) && *it == times[0]), "{each:?}");
        let ids: std::collections::BTreeSet<_> = all.iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), all.len(), "no two have one id");
        assert!(all.is_sorted_by(|newer, older| newer["occurredAt"].as_str() >= older["occurredAt"].as_str()));
        for entry in &all {
            assert_eq!((&entry["operation"], &entry["outcome"], &entry["times"]), (&json!("patientChanged"), &json!("ALLOWED"), &json!(1)));
            assert_eq!((&entry["address"], &entry["roles"], &entry["purpose"]), (&json!("127.0.0.1"), &json!(["DOCTOR"]), &json!("TREATMENT")));
            assert_eq!(entry["patient"]["id"], ward.ana.id);
        }

        // On whatever pages, from either end, by whoever it was: the same.
        for (size, from_start) in [(1, true), (3, true), (4, false), (7, false), (20, true)] {
            assert_eq!(ward.log().all(&filter, size, from_start).await, all, "{size} {from_start}");
        }
        let one = &all[all.len() / 2];
        for (name, value) in [("actorId", &one["actor"]["id"]), ("sessionId", &one["session"]), ("request", &one["request"])] {
            let mut of = looks();
            of[name] = value.clone();
            let same = |it: &&Value| match name {
                "actorId" => it["actor"]["id"] == *value,
                "sessionId" => it["session"] == *value,
                _ => it["request"] == *value,
            };
            let expected: Vec<Value> = all.iter().filter(same).cloned().collect();
            assert!(expected.len() >= changes, "{name}");
            for (size, from_start) in [(2, true), (3, false), (100, true)] {
                assert_eq!(ward.log().all(&of, size, from_start).await, expected, "{name} {size} {from_start}");
            }
            let page = ward.log().page(of, json!({ "first": 1 })).await;
            assert_eq!(page["totalCount"], expected.len(), "{name}");
        }
        let page = ward.log().page(filter.clone(), json!({ "first": 1 })).await;
        assert_eq!(page["totalCount"], all.len());
        // What is no mere look, or was not allowed, is none of theirs.
        for none in [json!({ "outcome": ["DENIED"] }), json!({ "action": ["BOOK"] }), json!({ "relationship": "BREAK_GLASS" })] {
            assert_eq!(ward.log().page(none, json!({ "first": 1 })).await["totalCount"], 0);
        }

        // The patient finds the same, and an export has each of them.
        let of_doctors = log["nodes"].as_array().unwrap().iter().filter(|it| it["who"] == "DOCTOR");
        assert_eq!(of_doctors.count(), all.len().min(100));
        let exported = app.cli(&[], &["audit", "export"]).await.unwrap();
        let exported: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let looks = exported.iter().filter(|it| it["relationship"] == "CARE_TEAM" && it["operation"] == "patientChanged");
        assert_eq!(looks.count(), all.len());
        let fhir = app.cli(&[], &["audit", "export", "--format", "fhir"]).await.unwrap();
        let ids: std::collections::BTreeSet<String> = fhir.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string()).collect();
        assert_eq!(ids.len(), fhir.lines().count());
    }

    async fn the_patient_is_told_of_each_and_goes_on_in_the_middle(app: App) {
        let mut ward = Ward::of(&app).await;
        sealed(&app).await;
        let mut live = ward.ana.subscribe(FOLLOW_LOG, json!({ "after": "now" })).await;
        let begin = live.next().await["cursor"].clone();
        while app.number("SELECT count(*) FROM event WHERE span > 3").await == 0 {
            assert!(ward.changes < 40, "nothing was gathered");
            ward.change().await;
            sealed(&app).await;
        }
        let count = DOCTORS.len() * usize::try_from(ward.changes).unwrap();
        let mut heard = Vec::new();
        for _ in 0..count {
            heard.push(live.next().await);
        }
        live.is_silent_for(Duration::from_millis(700)).await;
        let mut each: BTreeMap<&str, i32> = BTreeMap::new();
        for told in &heard {
            assert_eq!((&told["entry"]["who"], &told["entry"]["relationship"]), (&json!("DOCTOR"), &json!("CARE_TEAM")), "{told}");
            *each.entry(told["entry"]["doctor"]["id"].as_str().unwrap()).or_default() += 1;
        }
        assert_eq!(each.len(), DOCTORS.len());
        assert!(each.values().all(|times| *times == ward.changes), "{each:?}");
        // From wherever they go on: the rest, once each and in order.
        for from in 0..=count {
            let cursor = if from == 0 { &begin } else { &heard[from - 1]["cursor"] };
            let mut again = ward.ana.subscribe(FOLLOW_LOG, json!({ "after": cursor })).await;
            for told in &heard[from..] {
                assert_eq!(again.next().await, *told);
            }
            assert_eq!(again.next().await["__typename"], "CaughtUp");
            again.socket.cut();
        }
    }

    async fn whoever_bends_whom_a_row_names_is_found(app: App) {
        let ward = Ward::changed(&app).await;
        sealed(&app).await;
        assert_eq!(verified(&app, &[]).await.frauds, Vec::new());
        let triggers = match app.backend() {
            Backend::Sqlite => "DROP TRIGGER audit_entry_is_not_updated; DROP TRIGGER audit_entry_is_not_deleted; \
                DROP TRIGGER audit_follower_is_not_updated; DROP TRIGGER audit_follower_is_not_deleted;",
            Backend::Postgres => "DROP TRIGGER audit_entry_is_append_only ON audit_entry; \
                DROP TRIGGER audit_follower_is_append_only ON audit_follower;",
        };
        for refused in ["UPDATE audit_follower SET roles = 0", "DELETE FROM audit_follower"] {
            assert!(app.try_execute(refused).await.unwrap_err().to_string().contains("append_only"));
        }
        sql(&app, triggers).await;
        sql(&app, "CREATE TABLE kept AS SELECT * FROM audit_follower; CREATE TABLE kept_entry AS SELECT * FROM audit_entry").await;
        let (one, other) = ("(SELECT min(number) FROM kept)", "(SELECT max(number) FROM kept)");
        let cut = match app.backend() {
            Backend::Sqlite => "substr(shown_to, 1, length(shown_to) - 4)",
            Backend::Postgres => "substring(shown_to FROM 1 FOR length(shown_to) - 4)",
        };
        for bending in [
            format!("DELETE FROM audit_follower WHERE number = {one}"),
            format!("UPDATE audit_follower SET actor = NULL WHERE number = {one}"),
            format!("UPDATE audit_follower SET request_id = 'x' WHERE number = {other}"),
            format!("UPDATE audit_follower SET stream = 'clinic' WHERE number = {other}"),
            // One stands for another.
            format!("UPDATE audit_follower SET (actor, session, request_id, mac) = \
                (SELECT actor, session, request_id, mac FROM kept WHERE number = {other}) WHERE number = {one}"),
            format!("UPDATE audit_entry SET shown_to = {cut} WHERE shown_to IS NOT NULL"),
            "UPDATE audit_entry SET stream = 'clinic' WHERE shown_to IS NOT NULL".to_owned(),
            "UPDATE audit_entry SET shown_to = NULL WHERE shown_to IS NOT NULL".to_owned(),
            "UPDATE audit_entry SET times = times - 1 WHERE shown_to IS NOT NULL".to_owned(),
        ] {
            sql(&app, &bending).await;
            let found = verified(&app, &[]).await.frauds;
            assert!(!found.is_empty(), "{bending}");
            let is_named = found.iter().all(|it| matches!(it, Fraud::FollowersChanged { .. } | Fraud::EntryChanged { .. }));
            assert!(is_named, "{bending}: {found:?}");
            let back = match app.backend() {
                Backend::Sqlite => "",
                Backend::Postgres => "OVERRIDING SYSTEM VALUE",
            };
            sql(&app, &format!("DELETE FROM audit_follower; INSERT INTO audit_follower SELECT * FROM kept; \
                DELETE FROM audit_entry; INSERT INTO audit_entry {back} SELECT * FROM kept_entry")).await;
            assert_eq!(verified(&app, &[]).await.frauds, Vec::new(), "{bending}");
        }
        // Whoever has the key too writes a follower anew: the entry's hash has seen another.
        let db = app.state().db.schema();
        let row = app.select("SELECT * FROM audit_follower WHERE number = (SELECT min(number) FROM audit_follower)").await;
        let mut other = audit_follower::Model::from_query_result(&row[0], "").unwrap();
        other.actor = None;
        other.mac = chain::proof_of_follower(app.state().audit.key().secret(), &other).to_vec();
        other.into_active_model().reset_all().update(db).await.unwrap();
        let found = verified(&app, &[]).await.frauds;
        assert!(!found.is_empty() && found.iter().all(|it| matches!(it, Fraud::FollowersChanged { .. })), "{found:?}");
        drop(ward);
    }

    async fn what_cannot_be_recorded_is_shown_to_none_of_them(app: App) {
        let mut ward = Ward::changed(&app).await;
        let refusing = match app.backend() {
            Backend::Sqlite => "CREATE TRIGGER full BEFORE INSERT ON audit_entry WHEN NEW.shown_to IS NOT NULL \
                BEGIN SELECT RAISE(ABORT, 'full'); END",
            Backend::Postgres => "ALTER TABLE audit_entry ADD CONSTRAINT is_full CHECK (shown_to IS NULL) NOT VALID",
        };
        sql(&app, refusing).await;
        let single = "SELECT count(*) FROM audit_entry WHERE operation = 'patientChanged' AND relationship = 'CARE_TEAM' AND shown_to IS NULL";
        let (before, mut told, mut refused) = (app.number(single).await, 0, 0);
        while refused == 0 {
            ward.changes += 1;
            assert!(ward.changes < 60, "nothing was gathered");
            let input = json!({ "input": { "id": ward.ana.id, "expectedVersion": ward.changes,
                "contact": { "phone": format!("+37255502{:03}", ward.changes) } } });
            assert_eq!(user_errors(&ward.ana.run(UPDATE_PATIENT, input).await), Vec::<String>::new());
            for (_, _, live) in &mut ward.doctors {
                let answer = live.answer().await;
                match answer["errors"][0]["extensions"]["code"].as_str() {
                    None => told += 1,
                    Some(code) => {
                        assert_eq!((code, &answer["data"]), ("UNAVAILABLE", &Value::Null), "{answer}");
                        refused += 1;
                    }
                }
            }
        }
        assert_eq!(app.number(single).await - before, told);
    }
}
