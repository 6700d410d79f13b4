//! Charts, live: a patient's, those of a panel, of some kinds; gone on with after a break. And what is written while a patient is
//! erased.

use crate::chart::{ALLERGY, CONDITION, VITALS, asthma, condition, input, vital};
use crate::support::{App, Live, Person, codes, user_errors};
use entity::cell::Sealed;
use entity::patient;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

const RECORDS: &str =
    "subscription($of: ChartsOf!, $kinds: [RecordKind!], $after: String) {
    recordChanged(of: $of, kinds: $kinds, after: $after) { __typename
        ... on CaughtUp { cursor }
        ... on RecordChange { cursor kind record { __typename ... on Condition { id version } } } } }";
const READINGS: &str = "subscription($of: ChartsOf!, $after: String) { vitalRecorded(of: $of, after: $after) { __typename
    ... on CaughtUp { cursor } ... on VitalChange { cursor kind vital { value patient { id } } } } }";

async fn follow(person: &Person, document: &str, rest: Value) -> (Live, Value) {
    let mut variables = json!({ "after": "now" });
    for (name, value) in rest.as_object().unwrap() {
        variables[name] = value.clone();
    }
    let mut live = person.subscribe(document, variables).await;
    let begun = live.next().await;
    assert_eq!(begun["__typename"], "CaughtUp", "{begun}");
    (live, begun["cursor"].clone())
}

async fn latex(person: &Person, patient: &str) {
    let allergy = json!({ "substance": { "text": "Latex" }, "status": "ACTIVE" });
    let answer = person.run(ALLERGY, input(patient, allergy)).await;
    assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
}

on_both! {
    async fn a_panel_is_told_of_its_own_patients_charts_and_of_the_kinds_asked_for(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let cy = app.doctor("cy").await;
        app.care(bo.row, ana.row, None).await;
        app.care(cy.row, eve.row, None).await;
        let panel = json!({ "of": { "panel": true } });
        let (mut records, _) = follow(&bo, RECORDS, panel.clone()).await;
        let some = json!({ "of": { "panel": true }, "kinds": ["ALLERGY"] });
        let (mut allergies, _) = follow(&bo, RECORDS, some).await;
        let (mut readings, _) = follow(&bo, READINGS, panel.clone()).await;
        condition(&cy, &eve.id).await;
        condition(&bo, &ana.id).await;
        latex(&bo, &ana.id).await;
        vital(&eve, &eve.id, json!({ "heartRate": 60 })).await;
        vital(&ana, &ana.id, json!({ "heartRate": 71 })).await;
        for kind in ["Condition", "Allergy"] {
            assert_eq!(records.next().await["record"]["__typename"], kind);
        }
        assert_eq!(allergies.next().await["record"]["__typename"], "Allergy");
        let told = readings.next().await;
        assert_eq!((&told["vital"]["value"], &told["vital"]["patient"]["id"]), (&json!(71.0), &json!(ana.id)));
        for live in [&mut records, &mut allergies, &mut readings] {
            live.is_silent_for(Duration::from_millis(300)).await;
        }
        for stranger in [&*ana, &*app.admin().await] {
            for document in [RECORDS, READINGS] {
                let mut refused = stranger.subscribe(document, panel.clone()).await;
                assert_eq!(codes(&refused.answer().await), ["FORBIDDEN"]);
            }
        }
    }

    async fn whoever_comes_back_to_a_chart_gets_what_was_missed_once_and_in_order(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        for of in [json!({ "of": { "patient": ana.id } }), json!({ "of": { "panel": true } })] {
            let (mut live, _) = follow(&bo, RECORDS, of.clone()).await;
            let (readings, begun) = follow(&bo, READINGS, of.clone()).await;
            let first = condition(&bo, &ana.id).await;
            let seen = live.next().await;
            assert_eq!(seen["record"]["id"], json!(first));
            live.socket.cut();
            readings.socket.cut();
            let mut missed = Vec::new();
            for rate in [61, 62, 63] {
                missed.push(condition(&bo, &ana.id).await);
                vital(&bo, &ana.id, json!({ "heartRate": rate })).await;
            }
            let after = |cursor: &Value| { let mut of = of.clone(); of["after"] = cursor.clone(); of };
            let mut live = bo.subscribe(RECORDS, after(&seen["cursor"])).await;
            for id in &missed {
                assert_eq!(live.next().await["record"]["id"], json!(id));
            }
            assert_eq!(live.next().await["__typename"], "CaughtUp");
            let mut readings = bo.subscribe(READINGS, after(&begun)).await;
            for rate in [61.0, 62.0, 63.0] {
                assert_eq!(readings.next().await["vital"]["value"], json!(rate));
            }
            assert_eq!(readings.next().await["__typename"], "CaughtUp");
            let later = condition(&bo, &ana.id).await;
            assert_eq!(live.next().await["record"]["id"], json!(later));
        }
    }

    async fn what_is_written_while_the_patient_is_erased_does_not_stay_behind(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        const COVER: &str = "mutation($input: AddCoverageInput!) { addCoverage(input: $input) { coverage { id } userErrors { code } } }";
        let cover = json!({ "payer": "Northern Mutual", "memberNumber": "NM-1" });
        let (erased, waited) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (state, row) = (app.state().clone(), ana.row);
        let (tell, wait) = (Arc::clone(&erased), Arc::clone(&waited));
        // The key is gone in a transaction that has not ended yet, as when somebody erases the patient at this moment.
        let erasing = tokio::spawn(async move {
            let gone = state.db.write::<(), Infallible, _>(move |tx| {
                let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
                Box::pin(async move {
                    assert!(patient_tracker::patient::store::hold(tx, row).await?.is_some());
                    patient::Entity::update_many()
                        .col_expr(patient::Column::DataKey, Expr::value(Sealed::GONE))
                        .filter(patient::Column::Id.eq(row))
                        .exec(tx.connection())
                        .await?;
                    tell.notify_one();
                    wait.notified().await;
                    Ok(Ok(()))
                })
            });
            let Ok(()) = gone.await.unwrap();
        });
        erased.notified().await;
        let writes = [
            (bo.person.clone(), CONDITION, asthma(&ana.id)),
            (ana.person.clone(), VITALS, input(&ana.id, json!({ "heartRate": 141 }))),
            (ana.person.clone(), COVER, input(&ana.id, cover)),
        ];
        let writes = writes.map(|(person, document, given)| {
            tokio::spawn(async move { person.run(document, given).await })
        });
        // They have read the patient as they were, and wait for the erasure to end.
        tokio::time::sleep(Duration::from_millis(700)).await;
        waited.notify_one();
        erasing.await.unwrap();
        for write in writes {
            assert_eq!(codes(&write.await.unwrap()), ["NOT_FOUND"]);
        }
        for table in ["chart_record", "chart_version", "coverage", "vital_alert"] {
            assert_eq!(app.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
    }
}
