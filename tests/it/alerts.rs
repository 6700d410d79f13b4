//! Alerts on vital signs: who is called, who is called next, and what ends it.

use crate::chart::{ERROR, VITALS, input, vital};
use crate::support::{App, Backend, Doctor, Live, Patient, Person, Process, codes, user_errors};
use chrono::TimeDelta;
use patient_tracker::chart::service::escalate_due;
use serde_json::{Value, json};
use std::time::Duration;

const FOLLOW: &str =
    "subscription($of: ChartsOf!, $after: String) { alertRaised(of: $of, after: $after) {
    __typename
    ... on AlertChange { cursor kind alert { id status level vital { code value } calls { doctor { id } }
        acknowledgedBy { id } note } }
    ... on CaughtUp { cursor } } }";
const TAKE: &str = "mutation($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) {
    alert { id status note acknowledgedBy { id } escalatesAt } userErrors { code } } }";
const BOUNDS: &str =
    "mutation($input: SetVitalThresholdInput!) { setVitalThreshold(input: $input) {
    vitalThresholds { measure criticalAtMost criticalAtLeast own version reason recordedBy { id } }
    userErrors { code path } } }";
const ALERTS: &str = "query($id: ID!, $status: VitalAlertStatus) { patient(id: $id) {
    alerts(status: $status) { totalCount nodes { id status level escalatesAt closedAt
        vital { value } calls { doctor { id } } } } } }";

/// A patient, and doctors of their care team in the order in which they are called.
async fn ward(app: &App) -> (Patient, Doctor, Doctor) {
    let ana = app.patient("ana").await;
    let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
    app.care(bo.row, ana.row, None).await;
    app.care(cy.row, ana.row, None).await;
    (ana, bo, cy)
}

async fn panel(person: &Person) -> Live {
    follows(person, json!({ "panel": true })).await
}

/// Follows these charts, from now on for sure.
async fn follows(person: &Person, charts: Value) -> Live {
    let of = json!({ "of": charts, "after": "now" });
    let mut live = person.subscribe(FOLLOW, of).await;
    assert_eq!(live.next().await["__typename"], "CaughtUp");
    live
}

async fn critical(person: &Person, patient: &str) -> Value {
    vital(person, patient, json!({ "heartRate": 141 }))
        .await
        .remove(0)
}

/// As if nobody had taken any alert on in time. (The clock would end everybody's session on the way.)
async fn time_passes(app: &App) {
    app.execute("UPDATE vital_alert SET due_at = raised_at WHERE due_at IS NOT NULL")
        .await;
}

/// What the copies do when nobody has come; to how many this one has called somebody, which another may have done before.
async fn nobody_comes(app: &App) -> usize {
    time_passes(app).await;
    escalate_due(app.state()).await.unwrap()
}

async fn alerts(person: &Person, patient: &str, status: Option<&str>) -> Vec<Value> {
    let of = json!({ "id": patient, "status": status });
    let data = person.data(ALERTS, of).await;
    let nodes = data["patient"]["alerts"]["nodes"].as_array();
    nodes.cloned().unwrap_or_default()
}

fn called(alert: &Value) -> Vec<Value> {
    let calls = alert["calls"].as_array().unwrap().iter();
    calls.map(|call| call["doctor"]["id"].clone()).collect()
}

on_both! {
    async fn a_critical_reading_reaches_the_first_of_the_team_and_untaken_the_next(app: App) {
        let (ana, bo, cy) = ward(&app).await;
        let (mut first, mut next) = (panel(&bo).await, panel(&cy).await);
        let mut own = follows(&ana, json!({ "patient": ana.id })).await;
        // Whoever takes it is somebody, whether or not they are called themselves.
        critical(&ana, &ana.id).await;
        for live in [&mut first, &mut own] {
            let told = live.next().await;
            assert_eq!((&told["kind"], &told["alert"]["level"]), (&json!("RAISED"), &json!("CRITICAL")));
            assert_eq!(told["alert"]["vital"], json!({ "code": "HEART_RATE", "value": 141.0 }));
            assert_eq!(called(&told["alert"]), [json!(bo.id)]);
        }
        next.is_silent_for(Duration::from_millis(400)).await;
        assert_eq!(escalate_due(app.state()).await.unwrap(), 0);
        nobody_comes(&app).await;
        for live in [&mut first, &mut next, &mut own] {
            let told = live.next().await;
            assert_eq!(told["kind"], "ESCALATED");
            assert_eq!(called(&told["alert"]), [json!(bo.id), json!(cy.id)]);
        }
        // Nobody is left, and nobody is called twice.
        assert_eq!((nobody_comes(&app).await, nobody_comes(&app).await), (0, 0));
        next.is_silent_for(Duration::from_millis(400)).await;
        assert_eq!(app.number("SELECT count(*) FROM alert_call").await, 2);
        let open = alerts(&bo, &ana.id, Some("OPEN")).await;
        assert_eq!((open.len(), &open[0]["escalatesAt"]), (1, &Value::Null));
    }

    async fn what_somebody_takes_on_calls_nobody_else(app: App) {
        let (ana, bo, cy) = ward(&app).await;
        let mut first = panel(&bo).await;
        critical(&bo, &ana.id).await;
        let alert = first.next().await["alert"]["id"].clone();
        let take = |note: &str| json!({ "input": { "id": alert, "note": note, "idempotencyKey": "a-key" } });
        // The patient sees it, and somebody else does not know of it; neither takes it on.
        assert_eq!(codes(&ana.run(TAKE, take("me")).await), ["FORBIDDEN"]);
        assert_eq!(codes(&app.doctor("dora").await.run(TAKE, take("me")).await), ["NOT_FOUND"]);
        let taken = bo.data(TAKE, take("given a beta blocker")).await;
        let taken = &taken["acknowledgeAlert"];
        assert_eq!(taken["userErrors"], json!([]));
        assert_eq!(taken["alert"]["note"], "given a beta blocker");
        assert_eq!((&taken["alert"]["acknowledgedBy"]["id"], &taken["alert"]["escalatesAt"]), (&json!(bo.id), &Value::Null));
        let told = first.next().await;
        assert_eq!((&told["kind"], &told["alert"]["status"]), (&json!("ACKNOWLEDGED"), &json!("ACKNOWLEDGED")));
        // Again under the same key the same; anew it is too late.
        assert_eq!(bo.data(TAKE, take("given a beta blocker")).await["acknowledgeAlert"]["userErrors"], json!([]));
        assert_eq!(user_errors(&cy.run(TAKE, json!({ "input": { "id": alert } })).await), ["ALREADY_ACKNOWLEDGED"]);
        assert_eq!(nobody_comes(&app).await, 0);
        assert_eq!(app.number("SELECT count(*) FROM alert_call").await, 1);
    }

    async fn of_many_copies_one_calls_the_next_and_each_is_called_once(app: App) {
        let (ana, bo, _) = ward(&app).await;
        for _ in 0..5 {
            critical(&bo, &ana.id).await;
        }
        time_passes(&app).await;
        let other = match app.backend() {
            Backend::Postgres => app.second_copy().await,
            Backend::Sqlite => app.copy.clone(),
        };
        let states = [app.state().clone(), other.state.clone()];
        let looks = (0..8).map(|number| {
            let state = states[number % 2].clone();
            tokio::spawn(async move { escalate_due(&state).await.unwrap() })
        });
        let looks: Vec<_> = looks.collect();
        for look in looks {
            look.await.unwrap();
        }
        let of_each = "SELECT count(*) FROM alert_call WHERE place = 2";
        assert_eq!(app.number(of_each).await, 5);
        assert_eq!(app.number("SELECT count(*) FROM event WHERE kind = 'ALERT_ESCALATED' AND stream = 'clinic'").await, 5);
    }

    async fn a_reading_raises_one_alert_and_entered_in_error_closes_it(app: App) {
        let (ana, bo, _) = ward(&app).await;
        let mut first = panel(&bo).await;
        let taken = json!({ "heartRate": 141, "idempotencyKey": "once" });
        let reading = vital(&bo, &ana.id, taken.clone()).await.remove(0);
        assert_eq!(vital(&bo, &ana.id, taken).await.remove(0)["id"], reading["id"]);
        assert_eq!(first.next().await["kind"], "RAISED");
        assert_eq!(app.number("SELECT count(*) FROM vital_alert").await, 1);
        let twice = "INSERT INTO vital_alert (id, patient_id, record_id, level, status, raised_at, version)
            SELECT record_id, patient_id, record_id, level, status, raised_at, version FROM vital_alert";
        assert!(app.try_execute(twice).await.is_err());
        let error = json!({ "input": { "id": reading["id"], "expectedVersion": 1, "reason": "another patient's" } });
        assert_eq!(user_errors(&bo.run(ERROR, error).await), Vec::<String>::new());
        let told = first.next().await;
        assert_eq!((&told["kind"], &told["alert"]["status"]), (&json!("CLOSED"), &json!("CLOSED")));
        assert_eq!(nobody_comes(&app).await, 0);
        let take = json!({ "input": { "id": told["alert"]["id"] } });
        assert_eq!(user_errors(&bo.run(TAKE, take).await), ["CLOSED"]);
        let closed = alerts(&ana, &ana.id, Some("CLOSED")).await;
        assert_eq!((closed.len(), closed[0]["closedAt"].is_null()), (1, false));
    }

    async fn a_care_team_sets_a_patients_own_bounds_and_others_do_not(app: App) {
        let (ana, bo, _) = ward(&app).await;
        let (dora, admin) = (app.doctor("dora").await, app.admin().await);
        app.appointment(dora.row, ana.row, app.hour(24)).await;
        let set = |limits: Value, version: i32| input(&ana.id, json!({ "measure": "HEART_RATE", "limits": limits,
            "expectedVersion": version, "reason": "an athlete" }));
        for person in [&*ana, &*dora, &*admin] {
            assert_eq!(codes(&person.run(BOUNDS, set(json!({ "criticalAtLeast": 100 }), 0)).await), ["FORBIDDEN"]);
        }
        let answer = bo.data(BOUNDS, set(json!({ "criticalAtMost": 30, "criticalAtLeast": 100 }), 0)).await;
        assert_eq!(answer["setVitalThreshold"]["userErrors"], json!([]));
        let all = answer["setVitalThreshold"]["vitalThresholds"].as_array().unwrap();
        let pulse = all.iter().find(|one| one["measure"] == "HEART_RATE").unwrap();
        assert_eq!((&pulse["own"], &pulse["version"], &pulse["reason"]), (&json!(true), &json!(1), &json!("an athlete")));
        assert_eq!(pulse["recordedBy"]["id"], json!(bo.id));
        let other = all.iter().find(|one| one["measure"] == "SYSTOLIC").unwrap();
        assert_eq!((&other["own"], &other["criticalAtMost"]), (&json!(false), &json!(90.0)));
        assert_eq!(user_errors(&bo.run(BOUNDS, set(Value::Null, 0)).await), ["CONFLICT"]);
        assert_eq!(user_errors(&bo.run(BOUNDS, set(json!({ "abnormalAtMost": 90, "criticalAtLeast": 60 }), 1)).await), ["OUT_OF_ORDER"]);
        // By the clinic's rules both of these would be otherwise.
        vital(&bo, &ana.id, json!({ "heartRate": 38 })).await;
        assert_eq!(alerts(&bo, &ana.id, None).await.len(), 0);
        vital(&bo, &ana.id, json!({ "heartRate": 104 })).await;
        assert_eq!(alerts(&bo, &ana.id, None).await.len(), 1);
        assert_eq!(user_errors(&bo.run(BOUNDS, set(Value::Null, 1)).await), Vec::<String>::new());
        vital(&bo, &ana.id, json!({ "heartRate": 104 })).await;
        assert_eq!(alerts(&bo, &ana.id, None).await.len(), 1);
        assert!(app.try_execute("UPDATE vital_threshold SET version = 9").await.is_err());
    }

    async fn what_was_measured_long_ago_or_is_no_more_than_abnormal_calls_nobody(app: App) {
        let (ana, bo, _) = ward(&app).await;
        let then = app.clock.now() - TimeDelta::hours(25);
        vital(&bo, &ana.id, json!({ "heartRate": 141, "measuredAt": then })).await;
        vital(&bo, &ana.id, json!({ "heartRate": 112 })).await;
        assert_eq!(app.number("SELECT count(*) FROM vital_alert").await, 0);
        // Of one panel each reading that is critical raises its own.
        vital(&bo, &ana.id, json!({ "heartRate": 141, "oxygenSaturation": 85, "consciousness": "VOICE" })).await;
        assert_eq!(app.number("SELECT count(*) FROM vital_alert").await, 3);
    }

    async fn who_is_called_may_sign_in_and_read_the_record_and_is_of_the_team(app: App) {
        let ana = app.patient("ana").await;
        let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
        critical(&ana, &ana.id).await;
        assert_eq!(app.number("SELECT count(*) FROM alert_call").await, 0);
        // Whoever comes into the team later is called when it is due.
        app.care(bo.row, ana.row, Some(app.clock.now())).await;
        app.care(cy.row, ana.row, None).await;
        nobody_comes(&app).await;
        let all = alerts(&ana, &ana.id, None).await;
        assert_eq!(called(&all[0]), [json!(cy.id)]);
    }

    async fn a_doctor_who_comes_back_hears_what_they_were_called_to_meanwhile(app: App) {
        let (ana, bo, _) = ward(&app).await;
        let of = json!({ "of": { "panel": true }, "after": "now" });
        let mut live = bo.subscribe(FOLLOW, of).await;
        let begun = live.next().await["cursor"].clone();
        live.socket.cut();
        critical(&ana, &ana.id).await;
        let of = json!({ "of": { "panel": true }, "after": begun });
        let mut live = bo.subscribe(FOLLOW, of).await;
        let told = live.next().await;
        assert_eq!(told["kind"], "RAISED");
        assert_eq!(live.next().await["__typename"], "CaughtUp");
        for stranger in [&*ana, &*app.admin().await] {
            let mut refused = stranger.subscribe(FOLLOW, json!({ "of": { "panel": true } })).await;
            assert_eq!(codes(&refused.answer().await), ["FORBIDDEN"]);
        }
    }

    async fn a_page_of_patients_with_their_alerts_costs_the_same_for_twenty_as_for_one(app: App) {
        let bo = app.doctor("bo").await;
        let document = "{ patients(first: 20) { nodes { id vitalThresholds { measure own }
            alerts(status: OPEN, first: 2) { nodes { level vital { code value } calls { doctor { id } } } } } } }";
        let mut costs = Vec::new();
        for patients in [1, 19] {
            for (id, row) in app.patients(patients).await {
                app.care(bo.row, row, None).await;
                critical(&bo, &id).await;
            }
            let mut fewest = u64::MAX;
            for _ in 0..8 {
                app.audit_is_sealed().await;
                let before = app.statements();
                let data = bo.data(document, json!({})).await;
                fewest = fewest.min(app.statements() - before);
                let nodes = data["patients"]["nodes"].as_array().unwrap();
                assert!(nodes.iter().all(|one| one["alerts"]["nodes"][0]["vital"]["value"] == json!(141.0)));
            }
            costs.push(fewest);
        }
        assert_eq!(costs[0], costs[1], "{costs:?}");
        assert!(costs[0] <= 9, "{costs:?}");
    }
}

#[test]
fn a_server_that_is_killed_before_it_calls_the_next_does_so_after_its_start() {
    crate::support::run(Backend::Sqlite, |mut app| async move {
        let (ana, bo, cy) = ward(&app).await;
        app.stop().await;
        let soon = &[("alerts.escalate_after", "1s")];
        let server = Process::serve(&app, soon).await;
        let taken = input(&ana.id, json!({ "heartRate": 141 }));
        let answer = bo.at(&server.copy).run(VITALS, taken).await;
        assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
        server.kill();
        let server = Process::serve(&app, soon).await;
        let cy_there = cy.at(&server.copy);
        let mut all = Vec::new();
        for _ in 0..100 {
            all = alerts(&cy_there, &ana.id, None).await;
            if called(&all[0]).len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(called(&all[0]), [json!(bo.id), json!(cy.id)]);
        server.kill();
        app.restart().await;
    });
}
