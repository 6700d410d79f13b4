//! Taking charts in from elsewhere: what a bundle says stands in the chart, once, and what does not fit is refused by itself.

use crate::support::App;
use entity::id::PatientId;
use patient_tracker::graphql::encode_id;
use patient_tracker::patient::service::{ErasePatientKey, erase_patient_key};
use serde_json::{Value, json};

const CHART: &str = "query($id: ID!) { patient(id: $id) { mrn
    conditions(first: 3) { nodes { status verification onsetAt abatedAt note code { text codings { system code display } }
        history(first: 2) { totalCount } } }
    wrong: conditions(first: 3, status: ENTERED_IN_ERROR) { nodes { status code { text } } }
    allergies(first: 3) { nodes { status criticality category allergyType substance { text } reactions { manifestation severity } } }
    medications(first: 3) { nodes { status dosage route reason authoredAt medication { text codings { code } } } }
    medicationStatements(first: 3) { nodes { status source medication { text } takenFrom } }
    immunizations(first: 3) { nodes { status occurredAt lotNumber doseNumber vaccine { text codings { code } } } }
    testResults(first: 3) { nodes { status takenAt conclusion performer note sharedAt code { text } encounter { class }
        observations { value unit text low high interpretation code { text } } } }
    encounters(first: 3) { nodes { status class startsAt endsAt reason { text } participants { role } appointment { status } } }
    visitNotes(first: 3) { nodes { status title text signedAt sharedAt encounter { status } author { id } } }
    latestVitals { code value unit given source note measuredAt components { value } } } }";

pub const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";

pub fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }] })
}

fn status(code: &str) -> Value {
    json!({ "coding": [{ "system": "http://example.org/status", "code": code }] })
}

/// An entry that is called by its place in the list.
fn entry(place: usize, mut resource: Value) -> Value {
    let who = match resource["resourceType"].as_str().unwrap() {
        "AllergyIntolerance" | "Immunization" => "patient",
        _ => "subject",
    };
    let at_home = ["Patient", "Practitioner", "Medication"];
    if !at_home.contains(&resource["resourceType"].as_str().unwrap()) && resource[who].is_null() {
        resource[who] = json!({ "reference": "urn:uuid:0" });
    }
    json!({ "fullUrl": format!("urn:uuid:{place}"), "resource": resource })
}

pub fn bundle(resources: Vec<Value>) -> Value {
    let entries = resources.into_iter().enumerate();
    let entries: Vec<Value> = entries.map(|(place, one)| entry(place, one)).collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn people() -> Vec<Value> {
    vec![
        json!({ "resourceType": "Patient", "birthDate": "1961-04-05", "gender": "female",
            "name": [{ "family": "Vale", "given": ["Ida"] }] }),
        json!({ "resourceType": "Practitioner", "name": [{ "family": "Rowan", "given": ["Max"] }] }),
        json!({ "resourceType": "Encounter", "status": "finished", "class": { "code": "EMER" },
            "participant": [{ "individual": { "reference": "urn:uuid:1" } }],
            "reasonCode": [concept(SNOMED, "49727002", "Cough")],
            "period": { "start": "2019-03-01T09:00:00+01:00", "end": "2019-03-01T09:40:00+01:00" } }),
    ]
}

fn observation(code: Value, rest: Value) -> Value {
    let mut resource = json!({ "resourceType": "Observation", "status": "final", "code": code,
        "effectiveDateTime": "2019-03-01T08:10:00Z" });
    resource
        .as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    resource
}

fn quantity(value: f64, code: &str) -> Value {
    json!({ "value": value, "code": code, "system": "http://unitsofmeasure.org" })
}

/// A patient of whom every kind of entry is told.
fn whole() -> Vec<Value> {
    let here = json!({ "reference": "urn:uuid:2" });
    let mut all = people();
    all.extend([
        json!({ "resourceType": "Condition", "clinicalStatus": status("resolved"), "verificationStatus": status("confirmed"),
            "code": concept(SNOMED, "195967001", "Asthma"), "onsetDateTime": "1997-06", "abatementDateTime": "2012-06-25",
            "note": [{ "text": "As a child" }] }), // 3
        json!({ "resourceType": "Condition", "verificationStatus": status("entered-in-error"),
            "code": { "text": "Somebody else's" } }), // 4
        json!({ "resourceType": "AllergyIntolerance", "clinicalStatus": status("active"), "verificationStatus": status("confirmed"),
            "type": "allergy", "category": ["medication"], "criticality": "high",
            "code": concept("http://www.nlm.nih.gov/research/umls/rxnorm", "7980", "Penicillin G"),
            "recordedDate": "1971-05-29T05:49:32+00:00",
            "reaction": [{ "manifestation": [{ "text": "Hives" }, { "text": "Wheezing" }], "severity": "severe" }] }), // 5
        json!({ "resourceType": "Medication", "code": concept("http://www.nlm.nih.gov/research/umls/rxnorm", "745679", "Salbutamol") }),
        json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order", "authoredOn": "2019-03-01T09:30:00+01:00",
            "medicationReference": { "reference": "urn:uuid:6" }, "reasonReference": [{ "reference": "urn:uuid:3" }],
            "dosageInstruction": [{ "route": { "text": "Inhaled" }, "doseAndRate": [{ "doseQuantity": { "value": 2 } }],
                "timing": { "repeat": { "frequency": 3, "period": 1, "periodUnit": "d" } } }] }), // 7
        json!({ "resourceType": "MedicationStatement", "status": "active", "effectivePeriod": { "start": "2018-01-02" },
            "informationSource": { "reference": "urn:uuid:0" }, "medicationReference": { "reference": "#m" },
            "contained": [{ "resourceType": "Medication", "id": "m", "code": { "text": "Valerian" } }] }), // 8
        json!({ "resourceType": "Immunization", "status": "completed", "occurrenceDateTime": "2018-10-02T10:00:00Z", "lotNumber": "A1",
            "vaccineCode": concept("http://hl7.org/fhir/sid/cvx", "140", "Influenza"),
            "protocolApplied": [{ "doseNumberPositiveInt": 2 }] }), // 9
        observation(concept(LOINC, "55284-4", "Blood Pressure"), json!({ "component": [
            { "code": concept(LOINC, "8462-4", "Diastolic"), "valueQuantity": quantity(10.0, "kPa") },
            { "code": concept(LOINC, "8480-6", "Systolic"), "valueQuantity": quantity(16.0, "kPa") }] })), // 10
        observation(concept(LOINC, "8331-1", "Oral temperature"), json!({ "valueQuantity": quantity(100.4, "[degF]") })), // 11
        observation(concept(LOINC, "8867-4", "Heart rate"), json!({ "valueQuantity": quantity(148.0, "/min"),
            "performer": [{ "reference": "urn:uuid:0" }] })), // 12
        observation(concept(LOINC, "2339-0", "Glucose"), json!({ "valueQuantity": quantity(120.5, "mg/dL"), "encounter": here,
            "referenceRange": [{ "low": quantity(70.0, "mg/dL"), "high": quantity(99.0, "mg/dL") }],
            "note": [{ "text": "Not fasting" }] })), // 13
        observation(concept(LOINC, "33914-3", "GFR"), json!({ "encounter": here,
            "valueQuantity": { "value": 60, "comparator": ">", "unit": "mL/min" } })), // 14
        json!({ "resourceType": "DiagnosticReport", "status": "final", "code": concept(LOINC, "51990-0", "Metabolic panel"),
            "effectiveDateTime": "2019-03-01T08:10:00Z", "issued": "2019-03-01T12:00:00.123Z", "encounter": here,
            "performer": [{ "display": "The laboratory" }], "conclusion": "A little high",
            "result": [{ "reference": "urn:uuid:13" }, { "reference": "urn:uuid:14" }, { "reference": "urn:uuid:11" }] }), // 15
        observation(concept(LOINC, "72166-2", "Smoking"), json!({
            "valueCodeableConcept": concept(SNOMED, "266919005", "Never smoker") })), // 16
        json!({ "resourceType": "Goal", "description": { "text": "No attack in a year" } }), // 17
        json!({ "resourceType": "CarePlan", "status": "active", "intent": "order", "encounter": here,
            "category": [{ "text": "Asthma plan" }], "period": { "start": "2019-03-01" },
            "addresses": [{ "reference": "urn:uuid:3" }], "goal": [{ "reference": "urn:uuid:17" }],
            "activity": [{ "detail": { "code": { "text": "Breathing exercises" }, "status": "in-progress" } }] }), // 18
        json!({ "resourceType": "Procedure", "status": "completed", "code": { "text": "Spirometry" } }), // 19
    ]);
    all
}

/// What the import says of a bundle.
pub async fn import(app: &App, bundle: &Value) -> String {
    let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    std::fs::write(file.path(), bundle.to_string()).unwrap();
    let path = file.path().display().to_string();
    app.cli(&[], &["import", "fhir", &path]).await.unwrap()
}

async fn the_patient(app: &App) -> PatientId {
    let rows = app.select("SELECT id FROM patient").await;
    rows[0].try_get_by_index(0).unwrap()
}

/// The chart as the doctor reads it who treats the patient.
async fn chart(app: &App) -> Value {
    let (bo, patient) = (app.doctor("bo").await, the_patient(app).await);
    app.care(bo.row, patient, None).await;
    let answer = bo
        .data(CHART, json!({ "id": encode_id(patient).to_string() }))
        .await;
    answer["patient"].clone()
}

/// Everything that an import writes, as it lies there.
async fn rows(app: &App) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "patient",
        "doctor",
        "appointment",
        "chart_record",
        "chart_version",
        "chart_source",
    ] {
        counts.push(app.number(&format!("SELECT count(*) FROM {table}")).await);
    }
    counts
}

/// What became of a type: taken, there, refused, left out.
pub fn tally(said: &str, name: &str) -> [u64; 4] {
    let mut lines = said
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.find(|words| words.first() == Some(&name) && words.len() == 5);
    let line = line.unwrap_or_else(|| panic!("{name} in {said}"));
    [1, 2, 3, 4].map(|place| line[place].parse().unwrap())
}

on_both! {
    async fn every_kind_of_entry_is_read_in_the_chart_as_it_was_told(app: App) {
        let said = import(&app, &bundle(whole())).await;
        for (name, count) in [("Condition", 2), ("AllergyIntolerance", 1), ("MedicationRequest", 1), ("MedicationStatement", 1),
            ("Immunization", 1), ("Observation", 6), ("DiagnosticReport", 1), ("CarePlan", 1), ("Encounter", 1)] {
            assert_eq!(tally(&said, name), [count, 0, 0, 0], "{name}: {said}");
        }
        for name in ["Medication", "Goal", "Procedure"] {
            assert_eq!(tally(&said, name), [0, 0, 0, 1]);
        }
        let chart = chart(&app).await;
        assert_eq!(chart["conditions"]["nodes"], json!([{ "status": "RESOLVED", "verification": "CONFIRMED", "onsetAt": null,
            "abatedAt": "2012-06-25T00:00:00+00:00", "note": "As a child\nOnset: 1997-06",
            "code": { "text": "Asthma", "codings": [{ "system": SNOMED, "code": "195967001", "display": "Asthma" }] },
            "history": { "totalCount": 1 } }]));
        assert_eq!(chart["wrong"]["nodes"], json!([{ "status": "ENTERED_IN_ERROR", "code": { "text": "Somebody else's" } }]));
        assert_eq!(chart["allergies"]["nodes"], json!([{ "status": "ACTIVE", "criticality": "HIGH", "category": "MEDICATION",
            "allergyType": "ALLERGY", "substance": { "text": "Penicillin G" },
            "reactions": [{ "manifestation": "Hives, Wheezing", "severity": "severe" }] }]));
        assert_eq!(chart["medications"]["nodes"], json!([{ "status": "ACTIVE", "dosage": "2, 3 × in 1 d", "route": "Inhaled",
            "reason": "Asthma", "authoredAt": "2019-03-01T08:30:00+00:00",
            "medication": { "text": "Salbutamol", "codings": [{ "code": "745679" }] } }]));
        assert_eq!(chart["medicationStatements"]["nodes"], json!([{ "status": "ACTIVE", "source": "PATIENT",
            "medication": { "text": "Valerian" }, "takenFrom": "2018-01-02T00:00:00+00:00" }]));
        assert_eq!(chart["immunizations"]["nodes"], json!([{ "status": "COMPLETED", "occurredAt": "2018-10-02T10:00:00+00:00",
            "lotNumber": "A1", "doseNumber": 2, "vaccine": { "text": "Influenza", "codings": [{ "code": "140" }] } }]));
        assert_eq!(chart["encounters"]["nodes"], json!([{ "status": "FINISHED", "class": "EMERGENCY",
            "startsAt": "2019-03-01T08:00:00+00:00", "endsAt": "2019-03-01T08:40:00+00:00", "reason": { "text": "Cough" },
            "participants": [{ "role": "PRIMARY_PERFORMER" }], "appointment": { "status": "FULFILLED" } }]));
        let results = chart["testResults"]["nodes"].as_array().unwrap();
        let report = results.iter().find(|one| one["code"]["text"] == "Metabolic panel").unwrap();
        assert_eq!(report, &json!({ "status": "FINAL", "takenAt": "2019-03-01T08:10:00+00:00", "conclusion": "A little high",
            "performer": "The laboratory", "note": "Glucose: Not fasting", "sharedAt": null, "code": { "text": "Metabolic panel" },
            "encounter": { "class": "EMERGENCY" }, "observations": [
                { "value": 120.5, "unit": "mg/dL", "text": null, "low": 70.0, "high": 99.0, "interpretation": "HIGH",
                    "code": { "text": "Glucose" } },
                { "value": null, "unit": null, "text": "> 60 mL/min", "low": null, "high": null, "interpretation": null,
                    "code": { "text": "GFR" } }] }));
        assert_eq!(results.len(), 2);
        let smoking = results.iter().find(|one| one["code"]["text"] == "Smoking").unwrap();
        assert_eq!(smoking["observations"][0]["text"], "Never smoker");
        let note = &chart["visitNotes"]["nodes"][0];
        assert_eq!(note["text"], "Status: active\nPeriod: 2019-03-01 –\nFor: Asthma\nGoals: No attack in a year\n\
            Activities:\n- Breathing exercises (in-progress)");
        assert_eq!((&note["title"], &note["status"]), (&json!("Care plan: Asthma plan"), &json!("FINAL")));
        assert_eq!((&note["author"], &note["sharedAt"]), (&json!(null), &json!(null)));
        // Signed when it was written, not when it was taken in.
        assert!(note["signedAt"].as_str().unwrap().starts_with("2019-0"), "{note}");
        assert_eq!(note["encounter"]["status"], "FINISHED");
        let mut vitals = chart["latestVitals"].as_array().unwrap().clone();
        vitals.sort_by_key(|one| one["code"].to_string());
        let at = "2019-03-01T08:10:00+00:00";
        assert_eq!(vitals, [
            json!({ "code": "BLOOD_PRESSURE", "value": null, "unit": "mm[Hg]", "given": "16/10 kPa", "source": "CLINIC",
                "note": null, "measuredAt": at, "components": [{ "value": 120.01 }, { "value": 75.01 }] }),
            json!({ "code": "BODY_TEMPERATURE", "value": 38.0, "unit": "Cel", "given": "100.4 [degF]", "source": "CLINIC",
                "note": "Oral temperature", "measuredAt": at, "components": [] }),
            json!({ "code": "HEART_RATE", "value": 148.0, "unit": "/min", "given": null, "source": "PATIENT", "note": null,
                "measuredAt": at, "components": [] }),
        ]);
        // What was measured together is one set; history calls nobody.
        assert_eq!(app.number("SELECT count(DISTINCT panel_id) FROM chart_record").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM vital_alert").await, 0);
    }

    async fn what_comes_again_changes_nothing(app: App) {
        import(&app, &bundle(whole())).await;
        let before = rows(&app).await;
        assert_eq!(before, [1, 1, 1, 13, 13, 15]);
        let said = import(&app, &bundle(whole())).await;
        assert_eq!(rows(&app).await, before);
        for (name, count) in [("Condition", 2), ("Observation", 6), ("DiagnosticReport", 1), ("CarePlan", 1), ("Encounter", 1)] {
            assert_eq!(tally(&said, name), [0, count, 0, 0], "{said}");
        }
        // An observation without the report that took it in, and something new of the visit that was there.
        let mut later = whole();
        later[15] = json!({ "resourceType": "Procedure" });
        later.extend([json!({ "resourceType": "DiagnosticReport", "status": "preliminary", "code": { "text": "Culture" },
            "encounter": { "reference": "urn:uuid:2" }, "result": [{ "reference": "urn:uuid:13" }] })]);
        let said = import(&app, &bundle(later)).await;
        assert_eq!((tally(&said, "Observation"), tally(&said, "DiagnosticReport")), ([0, 6, 0, 0], [1, 0, 0, 0]));
        let tied = "SELECT count(*) FROM chart_record WHERE encounter_id IS NOT NULL AND status = 'preliminary'";
        assert_eq!(app.number(tied).await, 1);
    }

    async fn what_does_not_fit_is_refused_by_itself_with_the_path(app: App) {
        let (asthma, glucose) = (concept(SNOMED, "195967001", "Asthma"), concept(LOINC, "2339-0", "Glucose"));
        let active = json!({ "resourceType": "Condition", "clinicalStatus": status("active"), "code": asthma });
        let with = |path: &str, value: Value| {
            let mut one = active.clone();
            one[path] = value;
            one
        };
        let request = |rest: Value| {
            let mut one = json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order",
                "medicationCodeableConcept": { "text": "A remedy" } });
            one.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            one
        };
        let weight = concept(LOINC, "29463-7", "Body weight");
        let label = json!({ "security": [{ "code": "R" }] });
        let long: Vec<Value> = (0..130).map(|_| json!({ "reference": "urn:uuid:0" })).collect();
        let unfit = [
            (with("code", json!("Asthma")), "code is malformed or too large"),
            (with("code", json!(null)), "code is missing"),
            (with("clinicalStatus", status("better")), "clinicalStatus has an unknown code"),
            (with("onsetDateTime", json!("soon")), "onsetDateTime is malformed or too large"),
            (with("onsetDateTime", json!("2199-01-01")), "onsetAt lies in the future"),
            (with("abatementDateTime", json!("0001-01-01")), "abatedAt lies too long ago"),
            (with("subject", json!({ "reference": "urn:uuid:99" })), "subject names no patient who is here"),
            (with("subject", json!({ "reference": "Group/1" })), "subject is of a kind that is not taken"),
            (with("modifierExtension", json!([{ "url": "http://example.org/not" }])), "modifierExtension is of a kind that is not taken"),
            (with("meta", label), "meta.security is of a kind that is not taken"),
            (with("note", json!([{ "text": "x".repeat(4001) }])), "note is too long"),
            (request(json!({ "doNotPerform": true })), "doNotPerform is of a kind that is not taken"),
            (request(json!({ "intent": "proposal" })), "intent is of a kind that is not taken"),
            (request(json!({ "medicationCodeableConcept": null, "medicationReference": { "reference": "urn:uuid:99" } })),
                "medicationReference names nothing that is here"),
            (json!({ "resourceType": "Immunization", "status": "completed", "vaccineCode": { "text": "One" }, "occurrenceDateTime": "2018" }),
                "occurrenceDateTime is not exact enough"),
            (json!({ "resourceType": "Immunization", "status": "completed", "vaccineCode": { "text": "One" },
                "occurrenceDateTime": "2018-01-01", "protocolApplied": [{ "doseNumberPositiveInt": 4_000_000_000_u64 }] }),
                "protocolApplied is malformed or too large"),
            (observation(weight.clone(), json!({ "valueQuantity": quantity(9e307, "kg") })), "valueQuantity is no value that a body has"),
            (observation(weight.clone(), json!({ "valueQuantity": quantity(70.0, "kg"), "effectiveDateTime": "2019" })),
                "effectiveDateTime is missing or not exact enough"),
            (observation(weight, json!({ "valueQuantity": quantity(70.0, "kg"), "effectiveDateTime": "2199-01-01" })),
                "effectiveDateTime lies in the future"),
            (observation(glucose.clone(), json!({ "valueQuantity": { "value": "12" } })), "value[x] is malformed or too large"),
            (observation(glucose.clone(), json!({ "status": "done" })), "status has an unknown code"),
            (observation(glucose.clone(), json!({})), "value[x] is missing"),
            (observation(glucose.clone(), json!({ "valueString": "1", "hasMember": long })), "hasMember is malformed or too large"),
            (json!({ "resourceType": "CarePlan", "status": "active", "activity": 7 }), "activity is malformed or too large"),
        ];
        let reasons: Vec<&str> = unfit.iter().map(|(_, why)| *why).collect();
        let mut all = people();
        all.extend(unfit.iter().map(|(resource, _)| resource.clone()));
        // A number that no computer holds is written by hand.
        let huge = observation(glucose, json!({ "valueQuantity": { "value": 424_242 } }));
        all.extend([huge, active.clone()]);
        let text = bundle(all).to_string().replace("424242", "1e999");
        let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let path = file.path().display().to_string();
        let said = app.cli(&[], &["import", "fhir", &path]).await.unwrap();
        for why in reasons {
            assert!(said.contains(why), "{why} in {said}");
        }
        assert_eq!(tally(&said, "Condition"), [1, 0, 11, 0], "{said}");
        assert_eq!(tally(&said, "Observation"), [0, 0, 8, 0], "{said}");
        assert_eq!(rows(&app).await, [1, 1, 1, 2, 2, 2]);
    }

    async fn a_visit_whose_time_is_taken_has_no_appointment_and_what_was_done_there_is_of_it(app: App) {
        let mut all = people();
        let start = app.hour(24);
        for _ in 0..2 {
            let mut planned = all[2].clone();
            planned["status"] = json!("planned");
            planned["period"] = json!({ "start": start.to_rfc3339() });
            all.push(planned);
        }
        all.extend(["3", "4"].map(|place| json!({ "resourceType": "DiagnosticReport", "status": "registered", "code": { "text": "X-ray" },
            "encounter": { "reference": format!("urn:uuid:{place}") } })));
        for tallied in [[[3, 0, 0, 0], [2, 0, 0, 0]], [[0, 3, 0, 0], [0, 2, 0, 0]]] {
            let said = import(&app, &bundle(all.clone())).await;
            assert_eq!([tally(&said, "Encounter"), tally(&said, "DiagnosticReport")], tallied, "{said}");
            assert_eq!(rows(&app).await, [1, 1, 2, 5, 5, 5]);
            assert_eq!(app.number("SELECT count(*) FROM chart_record WHERE encounter_id IS NOT NULL").await, 2);
        }
    }

    async fn a_visit_without_a_doctor_who_is_here_has_no_appointment(app: App) {
        let mut all = people();
        all[2]["participant"] = json!([{ "individual": { "reference": "Practitioner?identifier=http://example.org/npi|7" } }]);
        for tallied in [[1, 0, 0, 0], [0, 1, 0, 0]] {
            let said = import(&app, &bundle(all.clone())).await;
            assert_eq!(tally(&said, "Encounter"), tallied, "{said}");
            assert_eq!(rows(&app).await, [1, 1, 0, 1, 1, 1]);
        }
        let visit = &chart(&app).await["encounters"]["nodes"][0];
        assert_eq!((&visit["status"], &visit["appointment"], &visit["participants"]), (&json!("FINISHED"), &json!(null), &json!([])));
        // What is here stays as it is, when the doctor comes too: no appointment without its visit.
        all[2]["participant"] = people()[2]["participant"].clone();
        import(&app, &bundle(all)).await;
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 1);
    }

    async fn an_erased_patient_came_from_nowhere(app: App) {
        import(&app, &bundle(whole())).await;
        let mrn = chart(&app).await["mrn"].as_str().unwrap().to_owned();
        let command = ErasePatientKey { patient: the_patient(&app).await, mrn, reason: "request" };
        assert!(erase_patient_key(app.state(), command).await.unwrap().is_ok());
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM chart_source").await, 0);
        // Whoever comes from there again is somebody new, with appointments of their own.
        let said = import(&app, &bundle(whole())).await;
        assert_eq!((tally(&said, "Patient"), tally(&said, "Encounter")), ([1, 0, 0, 0], [1, 0, 0, 0]), "{said}");
        let tied = "SELECT count(*) FROM chart_record JOIN appointment ON appointment.id = appointment_id
            WHERE appointment.patient_id = chart_record.patient_id";
        assert_eq!(app.number(tied).await, 1);
    }
}
