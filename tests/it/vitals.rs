//! Vital signs over time, what reaches those who follow a chart, and what a page of charts costs.

use crate::chart::{ALLERGY, CONDITION, ERROR, UPDATE, VITALS, asthma, condition, input, vital};
use crate::support::{App, codes, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};

on_both! {
    async fn what_is_recorded_again_under_the_same_key_is_recorded_once(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let taken = |rate: i32| json!({ "heartRate": rate, "weight": { "value": 154.3, "unit": "POUNDS" },
            "height": { "value": 70, "unit": "INCHES" }, "idempotencyKey": "a-key" });
        let first = vital(&bo, &ana.id, taken(70)).await;
        assert_eq!(first.len(), 4);
        assert_eq!(vital(&bo, &ana.id, taken(70)).await, first);
        let other = bo.run(VITALS, input(&ana.id, taken(71))).await;
        assert_eq!(user_errors(&other), ["IDEMPOTENCY_KEY_REUSED"]);
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 4);
        let index = first.iter().find(|one| one["code"] == "BODY_MASS_INDEX").unwrap();
        assert_eq!((&index["value"], &index["derived"]), (&json!(22.1), &json!(true)));
        // What was reckoned of a weight falls with it.
        let weight = first.iter().find(|one| one["code"] == "BODY_WEIGHT").unwrap();
        let error = json!({ "input": { "id": weight["id"], "expectedVersion": 1 } });
        assert_eq!(user_errors(&bo.run(ERROR, error).await), Vec::<String>::new());
        assert_eq!(app.number("SELECT count(*) FROM chart_record WHERE status = 'entered-in-error'").await, 2);
    }

    async fn what_no_body_has_is_refused_whole(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let answer = bo.run(VITALS, input(&ana.id, json!({
            "heartRate": 70, "temperature": { "value": 98.6 }, "bloodPressure": { "systolic": 80, "diastolic": 120 },
        }))).await;
        let errors = &answer["data"]["recordVitals"]["userErrors"];
        assert_eq!(errors, &json!([
            { "code": "IMPLAUSIBLE", "path": ["input", "bloodPressure"] },
            { "code": "IMPLAUSIBLE", "path": ["input", "temperature"] },
        ]));
        let answer = bo.run(VITALS, input(&ana.id, json!({}))).await;
        assert_eq!(user_errors(&answer), ["BLANK"]);
        let mut wrong = asthma(&ana.id);
        wrong["input"]["status"] = json!("ENTERED_IN_ERROR");
        assert_eq!(user_errors(&bo.run(CONDITION, wrong).await), ["NOT_GIVEN_HERE"]);
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 0);
    }

    async fn a_series_is_thinned_and_keeps_what_is_out_of_the_ordinary(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let now = app.clock.now();
        for number in 0..230 {
            let rate = if number == 117 { 188 } else { 60 + number % 20 };
            let at = now - TimeDelta::hours(230 - i64::from(number));
            vital(&bo, &ana.id, json!({ "heartRate": rate, "measuredAt": at })).await;
        }
        let series = "query($id: ID!) { patient(id: $id) { vitals(code: HEART_RATE) { unit
            lines { coding { code } points { count min max } } readings(last: 1) { totalCount nodes { value } } } } }";
        let series = ana.data(series, json!({ "id": ana.id })).await;
        let series = &series["patient"]["vitals"];
        assert_eq!((&series["unit"], &series["readings"]["totalCount"]), (&json!("/min"), &json!(230)));
        let points = series["lines"][0]["points"].as_array().unwrap();
        assert!(points.len() <= 200, "{}", points.len());
        let count: i64 = points.iter().map(|point| point["count"].as_i64().unwrap()).sum();
        assert_eq!(count, 230);
        assert!(points.iter().any(|point| point["max"] == json!(188.0)));
    }

    async fn the_early_warning_score_has_its_parts_and_is_none_without_one_of_them(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let score = "query($id: ID!) { patient(id: $id) { earlyWarningScore {
            score risk parts { pulse oxygen respiratoryRate temperature } } } }";
        let ask = || async { bo.data(score, json!({ "id": ana.id })).await["patient"]["earlyWarningScore"].take() };
        assert_eq!(ask().await, Value::Null);
        vital(&bo, &ana.id, json!({ "heartRate": 112, "respiratoryRate": 22, "oxygenSaturation": 95, "oxygenFlow": 2,
            "bloodPressure": { "systolic": 105, "diastolic": 60 }, "temperature": { "value": 38.4 } })).await;
        let parts = json!({ "pulse": 2, "oxygen": 2, "respiratoryRate": 2, "temperature": 1 });
        assert_eq!(ask().await, json!({ "score": null, "risk": null, "parts": parts }));
        vital(&bo, &ana.id, json!({ "consciousness": "ALERT" })).await;
        assert_eq!(ask().await, json!({ "score": 9, "risk": "HIGH", "parts": parts }));
    }

    async fn what_happens_in_a_chart_reaches_who_may_see_it_once_and_in_order(app: App) {
        let (ana, bo, cy) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await);
        app.care(bo.row, ana.row, None).await;
        let records = "subscription($of: ChartsOf!, $after: String) { recordChanged(of: $of, after: $after) { __typename
            ... on CaughtUp { cursor } ... on RecordChange { kind record { ... on Condition { id note } } } } }";
        let vitals = "subscription($of: ChartsOf!, $after: String) { vitalRecorded(of: $of, after: $after) { __typename
            ... on CaughtUp { cursor } ... on VitalChange { vital { code value } } } }";
        let of = json!({ "of": { "patient": ana.id }, "after": "now" });
        let mut records_of_ana = ana.subscribe(records, of.clone()).await;
        let mut vitals_of_ana = bo.subscribe(vitals, of.clone()).await;
        assert_eq!(records_of_ana.next().await["__typename"], "CaughtUp");
        assert_eq!(vitals_of_ana.next().await["__typename"], "CaughtUp");
        for stranger in [&*cy, &*app.admin().await] {
            for document in [records, vitals] {
                let mut refused = stranger.subscribe(document, of.clone()).await;
                assert_eq!(codes(&refused.answer().await), ["NOT_FOUND"]);
            }
        }
        let id = condition(&bo, &ana.id).await;
        vital(&ana, &ana.id, json!({ "heartRate": 71 })).await;
        let edit = json!({ "input": { "id": id, "expectedVersion": 1, "note": "wheezes" } });
        assert_eq!(user_errors(&bo.run(UPDATE, edit).await), Vec::<String>::new());
        for kind in ["RECORDED", "UPDATED"] {
            let told = records_of_ana.next().await;
            assert_eq!(told["kind"], kind);
            assert_eq!(told["record"]["id"], json!(id));
        }
        assert_eq!(vitals_of_ana.next().await["vital"], json!({ "code": "HEART_RATE", "value": 71.0 }));
    }

    async fn a_page_of_patients_with_their_allergies_costs_the_same_for_twenty_as_for_one(app: App) {
        let bo = app.doctor("bo").await;
        let document = "{ patients(first: 20) { nodes { id
            allergies(first: 1) { nodes { substance { text } recordedBy { id }
                history(first: 2) { nodes { version changes { field } } } } }
            latestVitals { code value } vitals(code: HEART_RATE) { readings(first: 2) { nodes { value } } } } } }";
        let mut costs = Vec::new();
        for patients in [1, 19] {
            for (id, row) in app.patients(patients).await {
                app.care(bo.row, row, None).await;
                let allergy = json!({ "substance": { "text": "Latex" }, "status": "ACTIVE" });
                assert_eq!(user_errors(&bo.run(ALLERGY, input(&id, allergy)).await), Vec::<String>::new());
                vital(&bo, &id, json!({ "heartRate": 71 })).await;
            }
            let mut fewest = u64::MAX;
            for _ in 0..8 {
                app.audit_is_sealed().await;
                let before = app.statements();
                let data = bo.data(document, json!({})).await;
                fewest = fewest.min(app.statements() - before);
                let nodes = data["patients"]["nodes"].as_array().unwrap();
                assert!(nodes.iter().all(|one| one["allergies"]["nodes"][0]["substance"]["text"] == "Latex"));
                assert!(nodes.iter().all(|one| one["latestVitals"][0]["value"] == json!(71.0)));
            }
            costs.push(fewest);
        }
        assert_eq!(costs[0], costs[1], "{costs:?}");
        assert!(costs[0] <= 9, "{costs:?}");
    }
}
