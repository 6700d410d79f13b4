//! The chart: who writes into it, who reads it, and what its history says.

use crate::support::glass::{break_glass, ready};
use crate::support::{App, Backend, Patient, Person, codes, user_errors};
use patient_tracker::patient::service::{ErasePatientKey, erase_patient_key};
use serde_json::{Value, json};

/// A mutation.
pub const CONDITION: &str = "mutation($input: RecordConditionInput!) { recordCondition(input: $input) {
    condition { id version status source code { text codings { code } } recordedBy { id } } userErrors { code path } } }";
/// A mutation.
pub const UPDATE: &str =
    "mutation($input: UpdateConditionInput!) { updateCondition(input: $input) {
    condition { id version status note } userErrors { code path } } }";
/// A mutation.
pub const ALLERGY: &str = "mutation($input: RecordAllergyInput!) { recordAllergy(input: $input) {
    allergy { id version } userErrors { code path } } }";
/// A mutation.
pub const REQUEST: &str =
    "mutation($input: RequestMedicationInput!) { requestMedication(input: $input) {
    medicationRequest { id version } userErrors { code path } } }";
/// A mutation.
pub const STATE: &str = "mutation($input: StateMedicationInput!) { stateMedication(input: $input) {
    medicationStatement { id version source } userErrors { code path } } }";
const RESTATE: &str =
    "mutation($input: UpdateMedicationStatementInput!) { updateMedicationStatement(input: $input) {
    medicationStatement { id version dosage } userErrors { code } } }";
/// A mutation.
pub const IMMUNIZATION: &str =
    "mutation($input: RecordImmunizationInput!) { recordImmunization(input: $input) {
    immunization { id version } userErrors { code path } } }";
/// Records vital signs.
pub const VITALS: &str = "mutation($input: RecordVitalsInput!) { recordVitals(input: $input) {
    vitals { id code value unit given level source derived version components { coding { code } value } }
    userErrors { code path } } }";
/// A mutation.
pub const ERROR: &str = "mutation($input: EnterInErrorInput!) { enterInError(input: $input) {
    record { __typename } userErrors { code } } }";
const CHART: &str = "query($id: ID!) { patient(id: $id) {
    conditions { nodes { id } } allergies { nodes { id } } medications { nodes { id } }
    medicationStatements { nodes { id } } immunizations { nodes { id } }
    vitals(code: HEART_RATE) { readings { nodes { id } } } latestVitals { id } } }";
const HISTORY: &str = "query($id: ID!) { node(id: $id) { ... on Condition { version note
    history(first: 60) { totalCount nodes { version source reason recordedBy { id }
        changes { field before after } } } } } }";

pub fn asthma(patient: &str) -> Value {
    let coding =
        json!({ "system": "http://snomed.info/sct", "code": "195967001", "display": "Asthma" });
    json!({ "input": { "patientId": patient, "status": "ACTIVE", "code": { "codings": [coding] } } })
}

pub fn input(patient: &str, rest: Value) -> Value {
    let mut input = rest;
    input["patientId"] = json!(patient);
    json!({ "input": input })
}

/// The thing that a mutation answers with.
fn thing<'a>(answer: &'a Value, field: &str, name: &str) -> &'a Value {
    let thing = &answer["data"][field][name];
    assert!(!thing.is_null(), "{answer}");
    thing
}

pub async fn condition(person: &Person, patient: &str) -> String {
    let answer = person.run(CONDITION, asthma(patient)).await;
    let id = thing(&answer, "recordCondition", "condition")["id"].as_str();
    id.unwrap().to_owned()
}

pub async fn vital(person: &Person, patient: &str, rest: Value) -> Vec<Value> {
    let answer = person.run(VITALS, input(patient, rest)).await;
    let vitals = answer["data"]["recordVitals"]["vitals"].as_array();
    vitals.unwrap_or_else(|| panic!("{answer}")).clone()
}

/// What somebody is told who records each kind of thing.
async fn told_who_write(person: &Person, patient: &Patient) -> Vec<String> {
    let mut told = Vec::new();
    let text = |text: &str| json!({ "text": text });
    for (document, rest) in [
        (
            CONDITION,
            json!({ "code": text("Asthma"), "status": "ACTIVE" }),
        ),
        (
            ALLERGY,
            json!({ "substance": text("Latex"), "status": "ACTIVE" }),
        ),
        (
            REQUEST,
            // Of each their own: nobody is ordered twice what they take.
            json!({ "medication": text(&person.email), "status": "ACTIVE" }),
        ),
        (
            STATE,
            json!({ "medication": text("Honey"), "status": "ACTIVE" }),
        ),
        (
            IMMUNIZATION,
            json!({ "vaccine": text("Tetanus"), "status": "COMPLETED", "occurredAt": "2020-02-02T10:00:00Z" }),
        ),
        (VITALS, json!({ "heartRate": 72 })),
    ] {
        let answer = person.run(document, input(&patient.id, rest)).await;
        assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
        told.push(codes(&answer).first().cloned().unwrap_or("done".to_owned()));
    }
    told
}

/// Of which parts of the chart somebody is shown something.
async fn shown(person: &Person, patient: &Patient) -> Vec<bool> {
    let answer = person.run(CHART, json!({ "id": patient.id })).await;
    let chart = &answer["data"]["patient"];
    let mut shown: Vec<bool> = [
        "conditions",
        "allergies",
        "medications",
        "medicationStatements",
        "immunizations",
    ]
    .iter()
    .map(|list| {
        chart[list]["nodes"]
            .as_array()
            .is_some_and(|nodes| !nodes.is_empty())
    })
    .collect();
    let readings = chart["vitals"]["readings"]["nodes"].as_array();
    shown.push(readings.is_some_and(|nodes| !nodes.is_empty()));
    shown.push(
        chart["latestVitals"]
            .as_array()
            .is_some_and(|nodes| !nodes.is_empty()),
    );
    shown
}

on_both! {
    async fn who_treats_writes_and_the_patient_their_own_word(app: App) {
        let ana = app.patient("ana").await;
        let (bo, cy, dora) = (app.doctor("bo").await, app.doctor("cy").await, app.doctor("dora").await);
        let (admin, eve) = (app.admin().await, app.patient("eve").await);
        app.care(bo.row, ana.row, None).await;
        app.appointment(cy.row, ana.row, app.hour(24)).await;
        let (done, forbidden) = ("done", "FORBIDDEN");
        assert_eq!(told_who_write(&bo, &ana).await, [done; 6]);
        assert_eq!(told_who_write(&cy, &ana).await, [done; 6]);
        assert_eq!(told_who_write(&dora, &ana).await, [forbidden; 6]);
        assert_eq!(told_who_write(&admin, &ana).await, [forbidden; 6]);
        let own = [forbidden, forbidden, forbidden, done, forbidden, done];
        assert_eq!(told_who_write(&ana, &ana).await, own);
        let others = [forbidden, forbidden, forbidden, "NOT_FOUND", forbidden, "NOT_FOUND"];
        assert_eq!(told_who_write(&eve, &ana).await, others);
        for (person, sees) in [(&*ana, true), (&*bo, true), (&*cy, true), (&*dora, false), (&*admin, false), (&*eve, false)] {
            assert_eq!(shown(person, &ana).await, [sees; 7]);
        }
        // What the patient does not write is not theirs to change either.
        let theirs = app.select("SELECT count(*) FROM chart_record WHERE source = 'PATIENT'").await;
        assert_eq!(theirs[0].try_get_by_index::<i64>(0).unwrap(), 2);
    }

    async fn who_broke_the_glass_reads_and_records_vital_signs_and_nothing_else(app: App) {
        let ana = app.patient("ana").await;
        let (bo, _) = ready(&app, "bo").await;
        let cy = app.doctor("cy").await;
        app.care(cy.row, ana.row, None).await;
        assert_eq!(told_who_write(&cy, &ana).await, ["done"; 6]);
        assert_eq!(shown(&bo, &ana).await, [false; 7]);
        break_glass(&bo, &ana.id).await;
        assert_eq!(shown(&bo, &ana).await, [true; 7]);
        let forbidden = "FORBIDDEN";
        assert_eq!(told_who_write(&bo, &ana).await, [forbidden, forbidden, forbidden, forbidden, forbidden, "done"]);
        // The log says through what.
        let log = ana.data("{ viewer { patient { accessLog(first: 20) { nodes { relationship changed kinds reason } } } } }", json!({})).await;
        let nodes = log["viewer"]["patient"]["accessLog"]["nodes"].as_array().unwrap().clone();
        let wrote = nodes.iter().find(|one| one["relationship"] == "BREAK_GLASS" && one["changed"] == true
            && one["kinds"].as_array().unwrap().contains(&json!("VITALS")));
        assert_eq!(wrote.map(|one| one["reason"].clone()), Some(json!("ETREAT")), "{nodes:?}");
        let read = nodes.iter().find(|one| one["relationship"] == "BREAK_GLASS" && one["changed"] == false);
        let kinds = read.map(|one| one["kinds"].as_array().unwrap().clone()).unwrap_or_default();
        for kind in ["CLINICAL", "MEDICATION", "VITALS"] {
            assert!(kinds.contains(&json!(kind)), "{nodes:?}");
        }
        // What was recorded so can be taken back by whoever recorded it, and no other entry.
        let reading = vital(&bo, &ana.id, json!({ "heartRate": 140 })).await.remove(0);
        let error = |id: &Value| json!({ "input": { "id": id, "expectedVersion": 1 } });
        assert_eq!(codes(&bo.run(ERROR, error(&reading["id"])).await), Vec::<String>::new());
        let id = condition(&cy, &ana.id).await;
        assert_eq!(codes(&bo.run(ERROR, error(&json!(id))).await), [forbidden]);
    }

    async fn a_patient_takes_back_their_own_word_and_no_doctors(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let own = vital(&ana, &ana.id, json!({ "temperature": { "value": 101.3, "unit": "FAHRENHEIT" } })).await.remove(0);
        assert_eq!(own["source"], "PATIENT");
        assert_eq!((&own["value"], &own["unit"], &own["given"]), (&json!(38.5), &json!("Cel"), &json!("101.3 [degF]")));
        assert_eq!(own["level"], "ABNORMAL");
        let theirs = vital(&bo, &ana.id, json!({ "heartRate": 70 })).await.remove(0);
        let error = |id: &Value| json!({ "input": { "id": id, "expectedVersion": 1, "reason": "the wrong column" } });
        assert_eq!(codes(&ana.run(ERROR, error(&theirs["id"])).await), ["FORBIDDEN"]);
        assert_eq!(codes(&ana.run(ERROR, error(&own["id"])).await), Vec::<String>::new());
        let taken = json!({ "medication": { "text": "Honey" }, "status": "ACTIVE" });
        let answer = bo.run(STATE, input(&ana.id, taken)).await;
        let id = &thing(&answer, "stateMedication", "medicationStatement")["id"];
        let change = json!({ "input": { "id": id, "expectedVersion": 1, "dosage": "a spoon" } });
        assert_eq!(codes(&ana.run(RESTATE, change.clone()).await), ["FORBIDDEN"]);
        assert_eq!(user_errors(&bo.run(RESTATE, change).await), Vec::<String>::new());
    }

    async fn a_history_says_who_made_what_of_an_entry_and_why_it_is_void(app: App) {
        let (ana, bo, cy) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await);
        app.care(bo.row, ana.row, None).await;
        app.care(cy.row, ana.row, None).await;
        let id = condition(&bo, &ana.id).await;
        let change = json!({ "input": { "id": id, "expectedVersion": 1, "status": "RESOLVED", "note": "outgrown" } });
        assert_eq!(user_errors(&cy.run(UPDATE, change.clone()).await), Vec::<String>::new());
        assert_eq!(user_errors(&cy.run(UPDATE, change).await), ["CONFLICT"]);
        let error = json!({ "input": { "id": id, "expectedVersion": 2, "reason": "of another patient" } });
        assert_eq!(user_errors(&bo.run(ERROR, error).await), Vec::<String>::new());
        let after = json!({ "input": { "id": id, "expectedVersion": 3, "status": "ACTIVE" } });
        assert_eq!(user_errors(&bo.run(UPDATE, after).await), ["ENTERED_IN_ERROR"]);
        let entry = ana.data(HISTORY, json!({ "id": id })).await;
        let history = &entry["node"]["history"];
        assert_eq!(history["totalCount"], 3);
        let versions = history["nodes"].as_array().unwrap();
        let change = |field: &str, before: Value, after: Value| json!({ "field": field, "before": before, "after": after });
        assert_eq!(versions[1]["changes"], json!([
            change("note", Value::Null, json!("outgrown")),
            change("status", json!("active"), json!("resolved")),
        ]));
        assert_eq!(versions[1]["recordedBy"]["id"], json!(cy.id));
        assert_eq!(versions[2]["changes"], json!([change("status", json!("resolved"), json!("entered-in-error"))]));
        assert_eq!(versions[2]["reason"], "of another patient");
        // It stays, and is shown to whoever asks for it by its status alone.
        let lists = "query($id: ID!) { patient(id: $id) { conditions { totalCount }
            void: conditions(status: ENTERED_IN_ERROR) { totalCount } } }";
        let lists = ana.data(lists, json!({ "id": ana.id })).await;
        assert_eq!(lists["patient"], json!({ "conditions": { "totalCount": 0 }, "void": { "totalCount": 1 } }));
    }

    async fn of_fifty_writers_each_acknowledged_edit_is_in_the_history_once_and_each_refused_one_never(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let id = condition(&bo, &ana.id).await;
        let writers = (0..50).map(|number| {
            let (bo, id) = (bo.person.clone(), id.clone());
            tokio::spawn(async move {
                let mut version = 1;
                // Three tries each: whoever comes late reads the entry again, and writes on what stands there.
                for attempt in 0..3 {
                    let note = format!("note {number} of try {attempt}");
                    let edit = json!({ "input": { "id": id, "expectedVersion": version, "note": note } });
                    let answer = bo.run(UPDATE, edit).await;
                    assert_eq!(codes(&answer), Vec::<String>::new(), "{answer}");
                    match user_errors(&answer).as_slice() {
                        [] => return Some((version + 1, note)),
                        [code] => assert_eq!(code, "CONFLICT"),
                        more => panic!("{more:?}"),
                    }
                    let now = bo.data("query($id: ID!) { node(id: $id) { ... on Condition { version } } }", json!({ "id": id })).await;
                    version = now["node"]["version"].as_i64().unwrap();
                }
                None
            })
        });
        let writers: Vec<_> = writers.collect();
        let mut acknowledged = Vec::new();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        acknowledged.sort();
        assert!(!acknowledged.is_empty());
        let entry = bo.data(HISTORY, json!({ "id": id })).await;
        let versions = entry["node"]["history"]["nodes"].as_array().unwrap();
        let written: Vec<_> = versions.iter().skip(1).map(|version| {
            let changes = version["changes"].as_array().unwrap();
            let note = changes.iter().find(|change| change["field"] == "note").unwrap();
            (version["version"].as_i64().unwrap(), note["after"].as_str().unwrap().to_owned())
        }).collect();
        assert_eq!(written, acknowledged);
        assert_eq!(entry["node"]["note"].as_str(), acknowledged.last().map(|(_, note)| note.as_str()));
    }

    async fn an_erased_patient_leaves_no_chart_behind(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        assert_eq!(told_who_write(&bo, &ana).await, ["done"; 6]);
        let own = ana.data("{ viewer { patient { mrn } } }", json!({})).await;
        let mrn = own["viewer"]["patient"]["mrn"].as_str().unwrap().to_owned();
        let command = ErasePatientKey { patient: ana.row, mrn, reason: "request" };
        assert!(erase_patient_key(app.state(), command).await.unwrap().is_ok());
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM chart_version").await, 0);
    }

    async fn no_version_is_ever_changed(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        condition(&bo, &ana.id).await;
        let refused = app.try_execute("UPDATE chart_version SET version = 2").await.unwrap_err();
        assert!(refused.to_string().contains("chart_version_stays"), "{refused}");
    }
}

/// The clock that tests set stands on both; it is enough to look at one database's rule.
#[test]
fn no_two_versions_of_an_entry_bear_one_number() {
    crate::support::run(Backend::Sqlite, |app| async move {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        condition(&bo, &ana.id).await;
        let again = app
            .try_execute("INSERT INTO chart_version SELECT randomblob(16), record_id, version, content, reason, recorded_as,
                recorded_at, recorded_by, overridden, proposal_id FROM chart_version")
            .await;
        let refused = again.unwrap_err().to_string();
        assert!(refused.contains("UNIQUE"), "{refused}");
    });
}
