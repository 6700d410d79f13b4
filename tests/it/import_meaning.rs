//! What an import makes of what is told beside a value: nothing is lost, and nothing becomes surer than it was.

use crate::import::{LOINC, bundle, concept, import};
use crate::support::App;
use entity::id::PatientId;
use patient_tracker::graphql::encode_id;
use serde_json::{Value, json};

const CHART: &str = "query($id: ID!) { patient(id: $id) { latestVitals { code note }
    testResults(first: 9) { nodes { status code { text } observations { value code { text } } } }
    encounters(first: 9) { nodes { status followUpOn note } } } }";

fn number(value: f64, code: &str) -> Value {
    json!({ "value": value, "code": code, "system": "http://unitsofmeasure.org" })
}

fn observation(code: Value, rest: Value) -> Value {
    let mut one = json!({ "resourceType": "Observation", "status": "final", "code": code, "effectiveDateTime": "2019-03-01T08:10:00Z" });
    one.as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    one
}

on_both! {
    async fn what_stands_beside_a_value_is_kept_and_no_result_becomes_surer(app: App) {
        let part = |code: &str, name: &str, value: f64| json!({ "code": concept(LOINC, code, name), "valueQuantity": number(value, "mm[Hg]") });
        let report = json!({ "resourceType": "DiagnosticReport", "status": "final", "code": { "text": "Report" },
            "effectiveDateTime": "2019-03-01T08:10:00Z", "result": [{ "reference": "urn:uuid:2" }, { "reference": "urn:uuid:3" }] });
        let laboratory = json!([{ "coding": [{ "code": "laboratory" }] }]);
        let all = vec![
            json!({ "resourceType": "Patient", "birthDate": "1961-04-05", "name": [{ "family": "Vale", "given": ["Ida"] }] }),
            observation(concept(LOINC, "85354-9", "Blood pressure"), json!({ "component": [part("8480-6", "Systolic", 120.0),
                part("8462-4", "Diastolic", 80.0), part("8478-0", "Mean", 93.0)] })),
            observation(json!({ "text": "Sure" }), json!({ "valueQuantity": number(1.0, "g/L") })),
            observation(json!({ "text": "Unsure" }), json!({ "status": "preliminary", "valueQuantity": number(2.0, "g/L") })),
            observation(concept(LOINC, "2708-6", "Saturation"), json!({ "category": laboratory, "valueQuantity": number(97.0, "%") })),
            report,
            json!({ "resourceType": "Encounter", "status": "planned", "class": { "code": "AMB" },
                "extension": [{ "url": "urn:patient-tracker:follow-up-on", "valueDate": "2020-01-02" }] }),
        ];
        import(&app, &bundle(all)).await;
        let rows = app.select("SELECT id FROM patient").await;
        let patient: PatientId = rows[0].try_get_by_index(0).unwrap();
        let bo = app.doctor("bo").await;
        app.care(bo.row, patient, None).await;
        let mut chart = bo.data(CHART, json!({ "id": encode_id(patient).to_string() })).await["patient"].take();
        assert_eq!(chart["latestVitals"], json!([{ "code": "BLOOD_PRESSURE", "note": "Mean: 93 mm[Hg]" }]));
        let results = chart["testResults"]["nodes"].as_array_mut().unwrap();
        results.sort_by_key(|one| one["code"]["text"].to_string());
        let result = |status: &str, code: &str, value: f64, what: &str| json!({ "status": status, "code": { "text": code },
            "observations": [{ "value": value, "code": { "text": what } }] });
        assert_eq!(*results, [result("FINAL", "Report", 1.0, "Sure"), result("FINAL", "Saturation", 97.0, "Saturation"),
            result("PRELIMINARY", "Unsure", 2.0, "Unsure")]);
        assert_eq!(chart["encounters"]["nodes"], json!([{ "status": "PLANNED", "followUpOn": null, "note": "Follow-up on 2020-01-02" }]));
    }

    async fn what_others_say_in_their_own_way_is_taken_too(app: App) {
        let age = json!({ "value": 34, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a" });
        let written = |value: f64, unit: &str| json!({ "value": value, "unit": unit });
        let all = vec![
            json!({ "resourceType": "Patient", "birthDate": "1961-04-05", "name": [{ "family": "Vale", "given": ["Ida"] }] }),
            json!({ "resourceType": "Condition", "code": { "text": "Melanoma" }, "clinicalStatus": { "coding": [{ "code": "active" }] },
                "onsetAge": age, "stage": [{ "summary": { "text": "IIA" } }] }),
            json!({ "resourceType": "AllergyIntolerance", "clinicalStatus": { "coding": [{ "code": "active" }] }, "reaction": [
                { "substance": { "text": "Penicillin V" }, "manifestation": [{ "text": "Hives" }], "description": "Within the hour" },
                { "description": "Felt faint" }] }),
            json!({ "resourceType": "Immunization", "status": "completed", "vaccineCode": { "text": "Influenza" },
                "occurrenceDateTime": "2019-03-01", "manufacturer": { "display": "Acme" }, "expirationDate": "2020-01-01" }),
            observation(concept(LOINC, "8310-5", "Temperature"), json!({ "valueQuantity": written(98.6, "°F") })),
            observation(concept(LOINC, "85354-9", "Blood pressure"), json!({ "component": [
                { "code": concept(LOINC, "8480-6", "Systolic"), "valueQuantity": written(120.0, "mmHg") },
                { "code": concept(LOINC, "8462-4", "Diastolic"), "valueQuantity": written(80.0, "mmHg") }] })),
            json!({ "resourceType": "Encounter", "status": "finished", "class": { "code": "AMB" }, "period": { "start": "2019-03-01" },
                "type": [{ "text": "Check-up" }, { "text": "Vaccination" }], "reasonReference": [{ "reference": "urn:uuid:1" }] }),
        ];
        let mut document = bundle(all);
        document["type"] = json!("document");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("summary.json");
        std::fs::write(&file, format!("\u{feff}{document}")).unwrap();
        let path = file.display().to_string();
        let said = app.cli(&[], &["import", "fhir", &path]).await.unwrap();
        for name in ["Condition", "AllergyIntolerance", "Immunization", "Observation", "Encounter"] {
            assert_eq!(crate::import::tally(&said, name)[2], 0, "{name} in {said}");
        }
        let rows = app.select("SELECT id FROM patient").await;
        let patient: PatientId = rows[0].try_get_by_index(0).unwrap();
        let bo = app.doctor("bo").await;
        app.care(bo.row, patient, None).await;
        let chart = bo.data("query($id: ID!) { patient(id: $id) { conditions(first: 2) { nodes { note } }
            allergies(first: 2) { nodes { substance { text } note reactions { manifestation } } }
            immunizations(first: 2) { nodes { note } } latestVitals { code value given components { value } }
            encounters(first: 2) { nodes { startsAt reason { text } note } } } }", json!({ "id": encode_id(patient).to_string() })).await;
        assert_eq!(chart["patient"], json!({
            "conditions": { "nodes": [{ "note": "Onset: at the age of 34 a\nStage: IIA" }] },
            "allergies": { "nodes": [{ "substance": { "text": "Penicillin V" },
                "note": "Hives: after Penicillin V; Within the hour", "reactions": [
                    { "manifestation": "Hives" }, { "manifestation": "Felt faint" }] }] },
            "immunizations": { "nodes": [{ "note": "Manufacturer: Acme\nExpires: 2020-01-01" }] },
            "latestVitals": [
                { "code": "BODY_TEMPERATURE", "value": 37.0, "given": "98.6 [degF]", "components": [] },
                { "code": "BLOOD_PRESSURE", "value": null, "given": null, "components": [{ "value": 120.0 }, { "value": 80.0 }] }],
            "encounters": { "nodes": [{ "startsAt": "2019-03-01T00:00:00+00:00", "reason": { "text": "Melanoma" }, "note": "Also: Vaccination" }] } }));
        // A label on the whole says of nobody whose it is: nothing of it is taken.
        let mut labelled = bundle(vec![json!({ "resourceType": "Patient", "birthDate": "1970-01-01", "name": [{ "family": "Quist" }] })]);
        labelled["meta"] = json!({ "security": [{ "code": "R" }] });
        std::fs::write(&file, labelled.to_string()).unwrap();
        let said = app.cli(&[], &["import", "fhir", &path]).await.unwrap_err();
        assert!(format!("{said:?}").contains("labelled R or V as a whole"), "{said:?}");
        assert_eq!(app.number("SELECT count(*) FROM patient").await, 1);
    }
}
