//! One look: a chart before a visit, in few statements, and finding things in it.

use crate::chart::{CONDITION, ERROR, condition, input, vital};
use crate::support::{App, Patient, Person, codes, user_errors};
use crate::visits::{
    ENCOUNTER, NOTE, SHARE, SIGN, at, clinic, everything, free, made, note, told, visit,
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{RecordSource, RecordStatus};
use entity::id::PatientId;
use patient_tracker::chart::sealed::NewRecord;
use patient_tracker::chart::store::insert_rows;
use patient_tracker::chart::vital::{Measured, Vital, VitalCode};
use serde_json::{Value, json};

/// What charts hold. Nobody in the clinic of the recorded walk has one: the tests of the chart look for the rows of what is read
/// there.
pub const CHARTS: &[&str] = &[
    "AlertCall",
    "Allergy",
    "AllergyReaction",
    "ChangeProposal",
    "Concept",
    "Condition",
    "EarlyWarningParts",
    "EarlyWarningScore",
    "Encounter",
    "EncounterParticipant",
    "FieldProposal",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "Order",
    "PatientSummary",
    "PrescribingConflict",
    "RecordDifference",
    "RecordVersion",
    "ResultObservation",
    "TestResult",
    "VisitNote",
    "Vital",
    "VitalAlert",
    "VitalComponent",
    "VitalGlance",
    "VitalLine",
    "VitalPoint",
    "VitalSeries",
    "VitalThreshold",
];

/// What a doctor reads before a visit: who comes, why, what was written last, what stands in the chart, how the body does.
const VISIT: &str = "query($id: ID!) { appointment(id: $id) { startsAt reason doctor { displayName }
    encounter { id status notes { nodes { id } } }
    patient { displayName birthDate alerts(status: OPEN) { nodes { level vital { code value } } } summary {
        problems { id code { text } } allergies { id substance { text } } medications { id medication { text } }
        medicationStatements { id } encounters { id } notes { id text author { displayName } }
        openOrders { id code { text } } testResults { id observations { value interpretation } }
        vitals { course latest { code value components { value } level } points { from mean } } } } } }";
const SUMMARY: &str = "query($id: ID!) { patient(id: $id) { summary { problems { id } notes { text } encounters { id }
    openOrders { id } testResults { id } vitals { latest { code } } } } }";
const SEARCH: &str = "query($id: ID!, $filter: ChartFilter) { chartRecords(patient: $id, filter: $filter, first: 100) {
    totalCount pageInfo { hasNextPage } edges { cursor node { __typename } } nodes { __typename
        ... on Condition { id } ... on VisitNote { id } ... on Vital { value } } } }";

/// Puts so many readings into a chart, hour by hour until now, the last the highest.
async fn readings(app: &App, patient: PatientId, count: i64, code: VitalCode) {
    let state = app.state();
    let row = state.loaders.patients.load(patient).await.unwrap().unwrap();
    let key = state.vault.open_key(patient.0, &row.data_key).unwrap();
    let now = app.clock.now();
    let one = |number: i64| {
        let measured_at: DateTime<Utc> = now - TimeDelta::hours(count - number);
        let value = 60.0 + f64::from(i32::try_from(number).unwrap()) / 10.0;
        let new = NewRecord {
            id: app.clock.new_id(),
            version: app.clock.new_id(),
            patient,
            content: Vital {
                code,
                status: RecordStatus::Final,
                measured: Measured::Value(if number + 1 == count { 180.0 } else { value }),
                given: None,
                measured_at,
                derived: false,
                note: None,
            },
            source: RecordSource::Clinic,
            recorded_by: None,
        };
        new.seal_in(app.clock.new_id(), state.vault.index(), &key, now)
            .unwrap()
    };
    let rows: Vec<_> = (0..count).map(one).collect();
    crate::support::write(state, move |tx| {
        let rows = rows.clone();
        Box::pin(async move {
            insert_rows(tx, rows).await?;
            Ok(Ok(()))
        })
    })
    .await;
}

/// The fewest statements of a few runs, and what was answered.
async fn cost(app: &App, person: &Person, document: &str, variables: Value) -> (u64, Value) {
    let (mut fewest, mut data) = (u64::MAX, Value::Null);
    for _ in 0..8 {
        app.audit_is_sealed().await;
        let before = app.statements();
        data = person.data(document, variables.clone()).await;
        fewest = fewest.min(app.statements() - before);
    }
    (fewest, data)
}

/// What is found of this filter: the names of the types, and how many there are.
async fn found(person: &Person, patient: &Patient, filter: Value) -> Vec<String> {
    let answer = person
        .data(SEARCH, json!({ "id": patient.id, "filter": filter }))
        .await;
    let found = &answer["chartRecords"];
    let nodes = found["nodes"].as_array().unwrap();
    assert_eq!(found["totalCount"], json!(nodes.len()));
    assert_eq!(found["edges"].as_array().unwrap().len(), nodes.len());
    nodes
        .iter()
        .map(|one| one["__typename"].as_str().unwrap().to_owned())
        .collect()
}

on_both! {
    async fn the_visit_view_of_a_patient_with_500_observations_takes_as_few_statements_as_of_one_with_five(app: App) {
        let (ana, bo, _) = clinic(&app).await;
        let appointment = app.appointment(bo.row, ana.row, app.hour(1)).await;
        let mut begun = visit();
        begun["appointmentId"] = json!(appointment);
        let visit = made(&bo, ENCOUNTER, input(&ana.id, begun)).await;
        assert_eq!(everything(&bo, &ana).await, ["done"; 4]);
        condition(&bo, &ana.id).await;
        let mut written = free("As last time");
        written["encounterId"] = visit["id"].clone();
        made(&bo, NOTE, input(&ana.id, written)).await;
        vital(&bo, &ana.id, json!({ "respiratoryRate": 40 })).await;
        let mut costs = Vec::new();
        for (count, code) in [(4, VitalCode::BodyTemperature), (495, VitalCode::HeartRate)] {
            readings(&app, ana.row, count, code).await;
            let (cost, data) = cost(&app, &bo, VISIT, json!({ "id": appointment })).await;
            let view = &data["appointment"];
            assert_eq!((&view["encounter"]["id"], view["encounter"]["notes"]["nodes"].as_array().unwrap().len()),
                (&visit["id"], 1));
            let alert = json!({ "level": "CRITICAL", "vital": { "code": "RESPIRATORY_RATE", "value": 40.0 } });
            assert_eq!(view["patient"]["alerts"]["nodes"], json!([alert]));
            let summary = &view["patient"]["summary"];
            assert_eq!(summary["notes"][0]["text"], "As last time");
            assert_eq!(summary["problems"][0]["code"]["text"], "Asthma");
            assert_eq!(summary["testResults"][0]["observations"][0]["interpretation"], "LOW");
            costs.push((cost, summary["vitals"].clone()));
        }
        let vitals = costs[1].1.as_array().unwrap();
        assert_eq!(vitals.len(), 3);
        let heart = vitals.iter().find(|one| one["latest"]["code"] == "HEART_RATE").unwrap();
        assert_eq!((&heart["latest"]["value"], &heart["course"]), (&json!(180.0), &json!("RISING")));
        assert_eq!(heart["points"].as_array().unwrap().len(), 10);
        assert_eq!(costs[0].0, costs[1].0, "{costs:?}");
        assert!(costs[0].0 <= 12, "{costs:?}");
    }

    async fn a_page_of_patients_at_a_glance_costs_the_same_for_twenty_as_for_one(app: App) {
        let bo = app.doctor("bo").await;
        let document = "{ patients(first: 20) { nodes { id summary { problems { code { text } } notes { text }
            vitals { latest { value } course } } } } }";
        let mut costs = Vec::new();
        for patients in [1, 19] {
            for (id, row) in app.patients(patients).await {
                app.care(bo.row, row, None).await;
                condition(&bo, &id).await;
                made(&bo, NOTE, input(&id, free("As it was"))).await;
                vital(&bo, &id, json!({ "heartRate": 71 })).await;
            }
            let (fewest, data) = cost(&app, &bo, document, json!({})).await;
            let nodes = data["patients"]["nodes"].as_array().unwrap();
            assert!(nodes.iter().all(|one| one["summary"]["notes"][0]["text"] == "As it was"));
            assert!(nodes.iter().all(|one| one["summary"]["vitals"][0]["latest"]["value"] == json!(71.0)));
            costs.push(fewest);
        }
        assert_eq!(costs[0], costs[1], "{costs:?}");
        assert!(costs[0] <= 7, "{costs:?}");
    }

    async fn at_a_glance_one_sees_what_stands_as_far_as_one_may_read_it(app: App) {
        let (ana, bo, cy) = clinic(&app).await;
        let (dora, admin) = (app.doctor("dora").await, app.admin().await);
        assert_eq!(everything(&bo, &ana).await, ["done"; 4]);
        let void = condition(&bo, &ana.id).await;
        assert_eq!(told(&bo, ERROR, at(&void, 1)).await, "done");
        let over = json!({ "status": "RESOLVED", "code": { "text": "Measles" } });
        assert_eq!(user_errors(&bo.run(CONDITION, input(&ana.id, over)).await), Vec::<String>::new());
        let has = condition(&bo, &ana.id).await;
        let look = async |person: &Person| person.data(SUMMARY, json!({ "id": ana.id })).await["patient"]["summary"].take();
        let counts = |summary: &Value| ["problems", "notes", "encounters", "openOrders", "testResults"]
            .map(|list| summary[list].as_array().unwrap().len());
        let seen = look(&bo).await;
        assert_eq!(seen["problems"], json!([{ "id": has }]));
        assert_eq!(counts(&seen), [1; 5]);
        assert_eq!(counts(&look(&cy).await), [1, 0, 1, 1, 1]);
        assert_eq!(counts(&look(&ana).await), [1, 0, 0, 0, 0]);
        for stranger in [&*dora, &*admin] {
            assert_eq!(look(stranger).await, Value::Null);
        }
        // Whoever sees the appointment sees of its visit what they may read.
        let appointment = app.appointment(bo.row, ana.row, app.hour(1)).await;
        let mut begun = visit();
        begun["appointmentId"] = json!(appointment);
        let visit = made(&bo, ENCOUNTER, input(&ana.id, begun)).await;
        let of = async |person: &Person| {
            let document = "query($id: ID!) { appointment(id: $id) { encounter { id } } }";
            person.data(document, json!({ "id": appointment })).await["appointment"]["encounter"].take()
        };
        assert_eq!((of(&bo).await["id"].clone(), of(&ana).await, of(&admin).await), (visit["id"].clone(), Value::Null, Value::Null));
        assert_eq!(told(&bo, SHARE, at(visit["id"].as_str().unwrap(), 1)).await, "done");
        assert_eq!((of(&ana).await["id"].clone(), of(&admin).await), (visit["id"].clone(), Value::Null));
    }

    async fn a_chart_is_searched_by_words_kinds_states_and_times_and_only_in_what_one_may_read(app: App) {
        let (ana, bo, cy) = clinic(&app).await;
        let dora = app.doctor("dora").await;
        let problem = condition(&bo, &ana.id).await;
        let draft = note(&bo, &ana, free("Wheezes at night: asthma is likely, says Ménard")).await;
        vital(&bo, &ana.id, json!({ "heartRate": 71 })).await;
        let text = |text: &str| json!({ "text": text });
        assert_eq!(found(&bo, &ana, text("asthm")).await, ["Condition", "VisitNote"]);
        assert_eq!(found(&bo, &ana, text("NIGHT menard")).await, ["VisitNote"]);
        assert_eq!(found(&bo, &ana, text("195967001")).await, ["Condition"]);
        assert_eq!(found(&bo, &ana, text("night school")).await, NONE);
        assert_eq!(found(&bo, &ana, json!({ "kinds": ["VITAL"] })).await, ["Vital"]);
        assert_eq!(found(&bo, &ana, json!({ "kinds": ["CONDITION", "ORDER"], "text": "asthma" })).await, ["Condition"]);
        assert_eq!(found(&bo, &ana, json!({ "statuses": ["PRELIMINARY"] })).await, ["VisitNote"]);
        assert_eq!(found(&bo, &ana, Value::Null).await.len(), 3);
        let tomorrow = app.clock.now() + TimeDelta::days(1);
        assert_eq!(found(&bo, &ana, json!({ "from": tomorrow })).await, NONE);
        assert_eq!(found(&bo, &ana, json!({ "to": tomorrow, "kinds": ["VISIT_NOTE"] })).await, ["VisitNote"]);
        // No draft of another's, and nothing of visits that is not shared.
        assert_eq!(found(&cy, &ana, text("asthma")).await, ["Condition"]);
        assert_eq!(found(&ana, &ana, text("asthma")).await, ["Condition"]);
        assert_eq!(told(&bo, SIGN, at(&draft, 1)).await, "done");
        assert_eq!(found(&cy, &ana, text("asthma")).await, ["Condition", "VisitNote"]);
        assert_eq!(found(&ana, &ana, text("asthma")).await, ["Condition"]);
        assert_eq!(told(&bo, SHARE, at(&draft, 2)).await, "done");
        assert_eq!(found(&ana, &ana, text("asthma")).await, ["Condition", "VisitNote"]);
        // What was entered in error is found by that state alone.
        assert_eq!(told(&bo, ERROR, at(&problem, 1)).await, "done");
        assert_eq!(found(&bo, &ana, text("asthma")).await, ["VisitNote"]);
        assert_eq!(found(&bo, &ana, json!({ "statuses": ["ENTERED_IN_ERROR"] })).await, ["Condition"]);
        for stranger in [&*dora, &*app.admin().await, &*app.patient("eve").await] {
            let refused = stranger.run(SEARCH, json!({ "id": ana.id })).await;
            assert_eq!(codes(&refused), ["NOT_FOUND"], "{refused}");
        }
        for blank in ["", " . ", &"x".repeat(101)] {
            let refused = bo.run(SEARCH, json!({ "id": ana.id, "filter": text(blank) })).await;
            assert_eq!(codes(&refused), ["BAD_REQUEST"], "{refused}");
        }
        // More than is looked through at once is to be asked for in parts.
        readings(&app, ana.row, 2_000, VitalCode::BodyWeight).await;
        let refused = bo.run(SEARCH, json!({ "id": ana.id, "filter": text("asthma") })).await;
        assert_eq!(codes(&refused), ["BAD_REQUEST"], "{refused}");
        assert_eq!(found(&bo, &ana, json!({ "text": "asthma", "kinds": ["VISIT_NOTE", "CONDITION"] })).await, ["VisitNote"]);
    }
}

const NONE: [&str; 0] = [];
