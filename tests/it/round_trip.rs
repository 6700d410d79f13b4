//! A record that goes out, comes in elsewhere and goes out again is the same but for ids and the times of its rows; and where its
//! entries came from, and of whom, is known.

use crate::export::{bundle, filled};
use crate::import::{LOINC, concept, import, tally};
use crate::support::statements::Counter;
use crate::support::{App, user_errors};
use entity::id::PatientId;
use patient_tracker::graphql::encode_id;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The resources of a bundle without what every copy has of its own: ids are told by what they mean, each list in an order of its
/// own. Who treats somebody is no part of what is taken in, and files go without their bytes, which are had one by one.
fn canonical(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().unwrap();
    let mut meant = HashMap::new();
    for entry in entries {
        let mut resource = entry["resource"].clone();
        strip(&mut resource, None);
        let address = entry["fullUrl"].as_str().unwrap().to_owned();
        meant.insert(address, resource.to_string());
    }
    let kept = entries.iter().filter(|entry| {
        let kind = entry["resource"]["resourceType"].as_str().unwrap();
        !["CareTeam", "DocumentReference"].contains(&kind)
    });
    let mut all: Vec<String> = kept
        .map(|entry| {
            let mut resource = entry["resource"].clone();
            strip(&mut resource, Some(&meant));
            serde_json::to_string_pretty(&resource).unwrap()
        })
        .collect();
    all.sort();
    all
}

/// Takes ids and the times of rows away; references mean what they say, or nothing.
fn strip(value: &mut Value, meant: Option<&HashMap<String, String>>) {
    match value {
        Value::Array(all) => {
            for one in all.iter_mut() {
                strip(one, meant);
            }
            all.sort_by_key(ToString::to_string);
        }
        Value::Object(map) => {
            if map.contains_key("resourceType") {
                for row in ["id", "created"] {
                    map.remove(row);
                }
            }
            for row in ["versionId", "lastUpdated", "source"] {
                map.remove(row);
            }
            if let Some(Value::String(address)) = map.get("reference") {
                let target = match meant {
                    None => String::new(),
                    Some(meant) => meant[address].clone(),
                };
                map.insert("reference".to_owned(), target.into());
            }
            for (_, one) in map.iter_mut() {
                strip(one, meant);
            }
        }
        _ => {}
    }
}

/// The one patient of an app.
async fn only_patient(app: &App) -> PatientId {
    let rows = app.select("SELECT id FROM patient").await;
    assert_eq!(rows.len(), 1);
    rows[0].try_get_by_index(0).unwrap()
}

const ADD_COVERAGE: &str =
    "mutation($input: AddCoverageInput!) { addCoverage(input: $input) { userErrors { code } } }";

const PROVENANCE: &str = "query($id: ID!) { patient(id: $id) {
    conditions(first: 2) { nodes { recordedBy { id } provenance { source importedAt recordedAt agents { role isPatient name doctor { name { family } } } } } }
    medications(first: 2) { nodes { id version provenance { agents { role isPatient name doctor { name { family } } } } } }
    immunizations(first: 2) { nodes { provenance { agents { role name } } } }
    testResults(first: 2) { nodes { provenance { recordedAt agents { role isPatient name } } } }
    visitNotes(first: 2) { nodes { provenance { agents { role name } } } }
    encounters(first: 2) { nodes { provenance { source agents { role name } } } } } }";

on_both! {
    async fn a_record_goes_out_comes_in_and_goes_out_the_same(app: App) {
        let (ana, bo) = filled(&app).await;
        let coverage = json!({ "patientId": ana.id, "payer": "Health & Co", "memberNumber": "M-1", "plan": "Gold", "validFrom": "2024-01-01" });
        let answer = ana.run(ADD_COVERAGE, json!({ "input": coverage })).await;
        assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
        let soon = app.appointment(bo.row, ana.row, app.hour(48)).await;
        let called_off = app.appointment(bo.row, ana.row, app.hour(50)).await;
        app.appointment(bo.row, ana.row, app.hour(-500)).await;
        // One of a kind that is not known elsewhere, and by telephone.
        app.visit_type(30).await;
        let kind = format!("UPDATE appointment SET modality = 'PHONE', visit_type_id = (SELECT id FROM visit_type LIMIT 1) WHERE starts_at < '{}'",
            app.clock.now().format("%Y-%m-%d"));
        app.execute(&kind).await;
        bo.data("mutation($input: CancelAppointmentInput!) { cancelAppointment(input: $input) { userErrors { code } } }",
            json!({ "input": { "id": called_off, "expectedVersion": 1, "reason": "PROVIDER" } })).await;
        assert_ne!(soon, called_off);
        let admin = app.admin().await;
        let here = bundle(&admin, ana.row).await;
        let there = App::start(app.backend(), Counter::default(), &[]).await;
        let said = import(&there, &here).await;
        for name in ["Patient", "Coverage", "Appointment", "Encounter", "Composition"] {
            let [taken, known, refused, _] = tally(&said, name);
            assert!(taken > 0 && (known, refused) == (0, 0), "{name} in {said}");
        }
        let admin = there.admin().await;
        let again = bundle(&admin, only_patient(&there).await).await;
        let (before, after) = (canonical(&here), canonical(&again));
        for (one, other) in before.iter().zip(&after) {
            assert_eq!(one, other);
        }
        assert_eq!(before.len(), after.len());
        // Again where it is, it changes nothing.
        let rows = "SELECT (SELECT count(*) FROM chart_record) + (SELECT count(*) FROM appointment) + (SELECT count(*) FROM coverage)";
        let before = there.number(rows).await;
        import(&there, &here).await;
        assert_eq!(there.number(rows).await, before);
        there.end().await;
    }

    async fn what_others_sent_goes_out_comes_in_and_goes_out_the_same(app: App) {
        let entry = |place: usize, resource: Value| json!({ "fullUrl": format!("urn:uuid:{place}"), "resource": resource });
        let subject = json!({ "reference": "urn:uuid:0" });
        let agreed = |kind: Option<&str>, reason: Option<&str>, status: &str| {
            let words = |text: &str| json!([{ "text": text }]);
            let mut one = json!({ "resourceType": "Appointment", "status": status, "start": "2019-03-01T10:00:00Z", "end": "2019-03-01T10:30:00Z",
                "participant": [{ "actor": subject }, { "actor": { "reference": "urn:uuid:1" } }] });
            if let Some(kind) = kind {
                one["serviceType"] = words(kind);
            }
            if let Some(reason) = reason {
                one["reasonCode"] = words(reason);
            }
            one
        };
        let condition = json!({ "resourceType": "Condition", "subject": subject, "code": { "text": "Asthma" }, "onsetAge": { "value": 3, "unit": "a" },
            "recorder": { "display": "Dr. Away" }, "asserter": subject, "recordedDate": "2019-03-01T10:00:00Z" });
        let letter = json!({ "resourceType": "Composition", "status": "final", "subject": subject, "title": "Letter", "date": "2019-03-01",
            "author": [{ "display": "Dr. Away" }, { "reference": "urn:uuid:1" }], "section": [{ "title": "Problems",
                "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Asthma</div>" } }] });
        let all = [
            json!({ "resourceType": "Patient", "birthDate": "1961-04-05", "name": [{ "family": "Vale" }] }),
            json!({ "resourceType": "Practitioner", "name": [{ "family": "Quist" }], "qualification": [
                { "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "394579002", "display": "Cardiology" }] } }] }),
            agreed(Some("Check-up"), None, "fulfilled"), agreed(Some("Check-up"), Some("Check-up"), "noshow"),
            agreed(None, Some("Cough"), "cancelled"), agreed(None, None, "entered-in-error"), condition, letter,
        ];
        let sent = all.into_iter().enumerate().map(|(place, one)| entry(place, one));
        import(&app, &json!({ "resourceType": "Bundle", "type": "collection", "entry": sent.collect::<Vec<_>>() })).await;
        let admin = app.admin().await;
        let here = bundle(&admin, only_patient(&app).await).await;
        assert_eq!(canonical(&here).len(), 8);
        let there = App::start(app.backend(), Counter::default(), &[]).await;
        import(&there, &here).await;
        let admin = there.admin().await;
        let again = bundle(&admin, only_patient(&there).await).await;
        for (one, other) in canonical(&here).iter().zip(&canonical(&again)) {
            assert_eq!(one, other);
        }
        assert_eq!(canonical(&again).len(), 8);
        there.end().await;
    }

    async fn where_an_entry_came_from_and_of_whom_is_known(app: App) {
        let subject = json!({ "reference": "Patient/1" });
        let entry = |number: usize, resource: Value| {
            let kind = resource["resourceType"].as_str().unwrap();
            json!({ "fullUrl": format!("https://elsewhere.example/fhir/{kind}/{number}"), "resource": resource })
        };
        let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            entry(1, json!({ "resourceType": "Patient", "id": "1", "birthDate": "1961-04-05", "name": [{ "family": "Vale" }] })),
            entry(2, json!({ "resourceType": "Practitioner", "id": "2", "name": [{ "family": "Quist" }] })),
            entry(3, json!({ "resourceType": "Organization", "id": "3", "name": "Harbour Laboratory" })),
            entry(4, json!({ "resourceType": "Condition", "id": "4", "subject": subject, "code": { "text": "Asthma" },
                "clinicalStatus": { "coding": [{ "code": "active" }] }, "recordedDate": "2019-03-01T10:00:00Z",
                "recorder": { "reference": "Practitioner/2" }, "asserter": { "reference": "Patient/1" } })),
            entry(5, json!({ "resourceType": "MedicationRequest", "id": "5", "subject": subject, "status": "active", "intent": "order",
                "medicationCodeableConcept": { "text": "Salbutamol" }, "requester": { "display": "Dr. Away" } })),
            entry(6, json!({ "resourceType": "Immunization", "id": "6", "patient": subject, "status": "completed",
                "vaccineCode": { "text": "Influenza" }, "occurrenceDateTime": "2019-03-01", "performer": [{ "actor": { "display": "Nurse Joy" } }] })),
            entry(7, json!({ "resourceType": "DiagnosticReport", "id": "7", "subject": subject, "status": "final", "issued": "2019-03-02T10:00:00Z",
                "code": concept(LOINC, "58410-2", "Blood count"), "result": [{ "reference": "Observation/8" }] })),
            entry(8, json!({ "resourceType": "Observation", "id": "8", "subject": subject, "status": "final",
                "code": concept(LOINC, "718-7", "Haemoglobin"), "valueQuantity": { "value": 9, "unit": "g/dL", "code": "g/dL", "system": "http://unitsofmeasure.org" },
                "performer": [{ "reference": "Organization/3" }] })),
            entry(9, json!({ "resourceType": "CarePlan", "id": "9", "subject": subject, "status": "active", "intent": "plan",
                "title": "Breathing", "author": { "display": "Dr. Plan" } })),
            entry(10, json!({ "resourceType": "Encounter", "id": "10", "subject": subject, "status": "finished",
                "class": { "code": "AMB" }, "period": { "start": "2019-03-01T10:00:00Z", "end": "2019-03-01T10:30:00Z" },
                "participant": [{ "individual": { "reference": "Practitioner/2" } }, { "individual": { "display": "Nurse Joy" } }] })),
            entry(11, json!({ "resourceType": "Provenance", "id": "11", "recorded": "2019-03-03T10:00:00Z",
                "target": [{ "reference": "CarePlan/9" }, { "reference": "MedicationRequest/5" }],
                "agent": [{ "type": { "coding": [{ "code": "informant" }] }, "who": { "reference": "Patient/1" } },
                    { "type": { "coding": [{ "code": "transmitter" }] }, "who": { "display": "A machine" } }] })),
        ] });
        let said = import(&app, &bundle).await;
        let patient = only_patient(&app).await;
        let bo = app.doctor("bo").await;
        app.care(bo.row, patient, None).await;
        let chart = bo.data(PROVENANCE, json!({ "id": encode_id(patient).to_string() })).await["patient"].take();
        let of = |list: &str| {
            let nodes = chart[list]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), 1, "{list} of {said}");
            nodes[0].clone()
        };
        let condition = of("conditions");
        let imported = condition["provenance"]["importedAt"].as_str().unwrap();
        assert_eq!(condition, json!({ "recordedBy": null, "provenance": { "source": "https://elsewhere.example/fhir/Condition/4",
            "importedAt": imported, "recordedAt": "2019-03-01T10:00:00+00:00", "agents": [
                { "role": "ENTERER", "isPatient": false, "name": null, "doctor": { "name": { "family": "Quist" } } },
                { "role": "INFORMANT", "isPatient": true, "name": null, "doctor": null }] } }));
        assert_eq!(of("medications")["provenance"], json!({ "agents": [
            { "role": "AUTHOR", "isPatient": false, "name": "Dr. Away", "doctor": null },
            { "role": "INFORMANT", "isPatient": true, "name": null, "doctor": null }] }));
        assert_eq!(of("immunizations")["provenance"], json!({ "agents": [{ "role": "PERFORMER", "name": "Nurse Joy" }] }));
        assert_eq!(of("testResults")["provenance"], json!({ "recordedAt": "2019-03-02T10:00:00+00:00",
            "agents": [{ "role": "PERFORMER", "isPatient": false, "name": "Harbour Laboratory" }] }));
        assert_eq!(of("visitNotes")["provenance"]["agents"], json!([{ "role": "AUTHOR", "name": "Dr. Plan" }, { "role": "INFORMANT", "name": null }]));
        assert_eq!(of("encounters")["provenance"], json!({ "source": "https://elsewhere.example/fhir/Encounter/10",
            "agents": [{ "role": "PERFORMER", "name": "Nurse Joy" }] }));
        // Whoever changes it here did not order it.
        let order = of("medications");
        let stop = json!({ "input": { "id": order["id"], "expectedVersion": order["version"], "status": "STOPPED" } });
        let stopped = bo.run("mutation($input: UpdateMedicationRequestInput!) { updateMedicationRequest(input: $input) {
            userErrors { code } } }", stop).await;
        assert_eq!(stopped["data"]["updateMedicationRequest"]["userErrors"], json!([]), "{stopped}");
        let admin = app.admin().await;
        let taken = crate::export::bundle(&admin, patient).await;
        let entries = taken["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
        let order: Vec<_> = entries.filter(|one| one["resourceType"] == "MedicationRequest").collect();
        assert_eq!((&order[0]["status"], &order[0]["requester"]), (&json!("stopped"), &json!({ "display": "Dr. Away" })));
    }
}
