//! What names mean in bundles of several senders: nobody's entry goes into another's chart.

use crate::import::{import, tally};
use crate::support::App;
use entity::id::PatientId;
use patient_tracker::graphql::encode_id;
use serde_json::{Value, json};

const CHART: &str = "query($id: ID!) { patient(id: $id) { birthDate
    conditions(first: 9) { nodes { code { text } } } allergies(first: 9) { nodes { substance { text } } }
    medications(first: 9) { nodes { medication { text } } } } }";

fn patient(id: &str, family: &str, born: &str, rest: Value) -> Value {
    let mut one = json!({ "resourceType": "Patient", "id": id, "birthDate": born, "name": [{ "family": family, "given": ["A"] }] });
    for (name, value) in rest.as_object().unwrap() {
        one[name] = value.clone();
    }
    one
}

fn condition(id: &str, text: &str, subject: &str) -> Value {
    json!({ "resourceType": "Condition", "id": id, "code": { "text": text }, "subject": { "reference": subject },
        "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active" }] } })
}

fn medication(id: &str, text: &str) -> Value {
    json!({ "resourceType": "Medication", "id": id, "code": { "text": text } })
}

fn request(id: &str, medication: &str, subject: &str) -> Value {
    json!({ "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
        "medicationReference": { "reference": medication }, "subject": { "reference": subject } })
}

/// A bundle of these, each on the server that is named with it, if any.
fn bundle(entries: &[(Option<&str>, Value)]) -> Value {
    let entries = entries.iter().map(|(base, one)| match base {
        None => json!({ "resource": one }),
        Some(base) => {
            let url = format!(
                "{base}/{}/{}",
                one["resourceType"].as_str().unwrap(),
                one["id"].as_str().unwrap()
            );
            json!({ "fullUrl": url, "resource": one })
        }
    });
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries.collect::<Vec<_>>() })
}

/// What stands in the charts: by the patient's day of birth, all of it.
async fn charts(app: &App) -> Vec<(String, Vec<String>)> {
    let doctor = app.doctor("bo").await;
    let mut all = Vec::new();
    for row in app.select("SELECT id FROM patient").await {
        let id: PatientId = row.try_get_by_index(0).unwrap();
        app.care(doctor.row, id, None).await;
        let answer = doctor
            .data(CHART, json!({ "id": encode_id(id).to_string() }))
            .await;
        let mut texts = Vec::new();
        for (list, what) in [
            ("conditions", "code"),
            ("allergies", "substance"),
            ("medications", "medication"),
        ] {
            let nodes = answer["patient"][list]["nodes"].as_array().unwrap();
            texts.extend(
                nodes
                    .iter()
                    .map(|one| one[what]["text"].as_str().unwrap().to_owned()),
            );
        }
        texts.sort();
        all.push((
            answer["patient"]["birthDate"].as_str().unwrap().to_owned(),
            texts,
        ));
    }
    all.sort();
    all
}

fn is(chart: (&str, &[&str])) -> (String, Vec<String>) {
    let texts = chart.1.iter().map(|text| (*text).to_owned());
    (chart.0.to_owned(), texts.collect())
}

/// Takes these in, in one run.
async fn in_one_run(app: &App, files: &[Value]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let write = |(place, file): (usize, &Value)| {
        let path = folder.path().join(format!("{place}.json"));
        std::fs::write(&path, file.to_string()).unwrap();
        path.display().to_string()
    };
    let paths: Vec<String> = files.iter().enumerate().map(write).collect();
    let paths = paths.iter().map(String::as_str);
    let arguments: Vec<&str> = ["import", "fhir"].into_iter().chain(paths).collect();
    app.cli(&[], &arguments).await.unwrap()
}

const A: Option<&str> = Some("http://a.example/fhir");
const B: Option<&str> = Some("http://b.example/fhir");

on_both! {
    async fn a_name_of_one_server_means_nobody_of_another(app: App) {
        let first = bundle(&[(A, patient("1", "Alpha", "1970-01-01", json!({}))), (A, condition("1", "Asthma", "Patient/1"))]);
        import(&app, &first).await;
        // The other's patient cannot be taken, and so neither can what is theirs.
        let second = bundle(&[(B, patient("1", "Beta", "1974", json!({}))), (B, condition("1", "Of the other", "Patient/1"))]);
        let said = import(&app, &second).await;
        assert_eq!(tally(&said, "Condition"), [0, 0, 1, 0], "{said}");
        // A later page of the first server's means the patient who is here.
        let page = bundle(&[(A, condition("2", "Gout", "Patient/1")), (A, condition("3", "Hay fever", "http://a.example/fhir/Patient/1/_history/2"))]);
        import(&app, &page).await;
        assert_eq!(charts(&app).await, [is(("1970-01-01", &["Asthma", "Gout", "Hay fever"]))]);
    }

    async fn what_means_two_means_nobody(app: App) {
        let both = bundle(&[
            (A, patient("5", "Alpha", "1970-01-01", json!({ "identifier": [{ "system": "urn:a", "value": "1001" }] }))),
            (B, patient("5", "Beta", "1950-01-01", json!({ "identifier": [{ "system": "urn:b", "value": "1001" }] }))),
            (A, medication("1", "Aspirin")), (B, medication("1", "Warfarin")),
            (A, condition("1", "Whose", "Patient/5")),
            (A, condition("2", "Whose too", "Patient?identifier=1001")),
            (A, condition("3", "Asthma", "Patient?identifier=urn:a|1001")),
            (B, condition("4", "Gout", "http://b.example/fhir/Patient/5")),
            (A, request("1", "Medication/1", "http://a.example/fhir/Patient/5")),
            (A, request("2", "http://a.example/fhir/Medication/1", "http://a.example/fhir/Patient/5")),
        ]);
        let said = import(&app, &both).await;
        assert_eq!((tally(&said, "Patient"), tally(&said, "Condition"), tally(&said, "MedicationRequest")),
            ([2, 0, 0, 0], [2, 0, 2, 0], [1, 0, 1, 0]), "{said}");
        assert_eq!(charts(&app).await, [is(("1950-01-01", &["Gout"])), is(("1970-01-01", &["Aspirin", "Asthma"]))]);
    }

    async fn what_is_not_in_the_bundle_is_not_looked_for_among_what_others_sent(app: App) {
        let here = bundle(&[(None, patient("5", "Alpha", "1970-01-01", json!({})))]);
        import(&app, &here).await;
        let both = bundle(&[(A, patient("6", "Beta", "1950-01-01", json!({}))), (B, medication("1", "Warfarin")),
            (A, condition("1", "Of another Patient/5", "Patient/5")), (A, request("1", "Medication/1", "http://a.example/fhir/Patient/6"))]);
        let said = import(&app, &both).await;
        assert_eq!((tally(&said, "Condition"), tally(&said, "MedicationRequest")), ([0, 0, 1, 0], [0, 0, 1, 0]), "{said}");
        let bare = bundle(&[(None, condition("2", "Of whoever", "Patient/5")), (None, condition("3", "Of whoever", "Patient?identifier=1"))]);
        let said = import(&app, &bare).await;
        assert_eq!(tally(&said, "Condition"), [0, 0, 2, 0], "{said}");
        assert_eq!(charts(&app).await, [is(("1950-01-01", &[])), is(("1970-01-01", &[]))]);
    }

    async fn without_an_address_an_id_that_came_before_is_not_taken_for_somebody_else(app: App) {
        let allergy = |text: &str| json!({ "resourceType": "AllergyIntolerance", "id": "1", "code": { "text": text },
            "patient": { "reference": "Patient/77" } });
        let one = bundle(&[(None, patient("77", "Alpha", "1970-01-01", json!({}))), (None, allergy("Latex"))]);
        import(&app, &one).await;
        let said = import(&app, &one).await;
        assert_eq!((tally(&said, "Patient"), tally(&said, "AllergyIntolerance")), ([0, 1, 0, 0], [0, 1, 0, 0]), "{said}");
        let other = bundle(&[(None, patient("77", "Beta", "1950-01-01", json!({}))), (None, allergy("Penicillin")),
            (None, condition("9", "Of the other", "Patient/77"))]);
        let said = import(&app, &other).await;
        for name in ["Patient", "AllergyIntolerance", "Condition"] {
            assert_eq!(tally(&said, name), [0, 0, 1, 0], "{said}");
        }
        // Of another patient, and under an id that an entry has come under before.
        let mut third = allergy("Penicillin");
        third["patient"] = json!({ "reference": "Patient/78" });
        let third = bundle(&[(None, patient("78", "Gamma", "1940-01-01", json!({}))), (None, third)]);
        let said = import(&app, &third).await;
        assert_eq!((tally(&said, "Patient"), tally(&said, "AllergyIntolerance")), ([1, 0, 0, 0], [0, 0, 1, 0]), "{said}");
        assert!(said.contains("give the entry a fullUrl"), "{said}");
        // Two in one bundle, too.
        let twins = bundle(&[(None, patient("90", "Delta", "1930-01-01", json!({}))), (None, patient("90", "Eta", "1920-01-01", json!({}))),
            (None, condition("90", "Whose", "Patient/90"))]);
        let said = import(&app, &twins).await;
        assert_eq!((tally(&said, "Patient"), tally(&said, "Condition")), ([1, 0, 1, 0], [0, 0, 1, 0]), "{said}");
        assert_eq!(charts(&app).await, [is(("1930-01-01", &[])), is(("1940-01-01", &[])), is(("1970-01-01", &["Latex"]))]);
    }

    async fn an_address_that_others_give_out_too_means_nobody_else(app: App) {
        let entry = |url: &str, one: Value| json!({ "fullUrl": url, "resource": one });
        let of = |url: &str, family: &str, born: &str, text: &str| json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            entry(url, patient("1", family, born, json!({}))), entry("urn:uuid:7", condition("7", text, url))] });
        for url in ["Patient/1", "http://localhost:8080/fhir/Patient/1"] {
            import(&app, &of(url, "Alpha", "1980-01-01", "Of Alpha")).await;
            let mut second = of(url, "Beta", "1955-01-01", "Of Beta");
            second["entry"][1]["fullUrl"] = json!("urn:uuid:8");
            let said = import(&app, &second).await;
            assert_eq!(tally(&said, "Condition"), [0, 0, 1, 0], "{url}: {said}");
            app.execute("DELETE FROM chart_version").await;
            app.execute("DELETE FROM chart_source").await;
            app.execute("DELETE FROM chart_record").await;
        }
    }

    async fn a_relative_name_is_of_the_server_of_its_own_entry(app: App) {
        import(&app, &bundle(&[(A, patient("1", "Alpha", "1980-01-01", json!({})))])).await;
        let entry = |url: &str, one: Value| json!({ "fullUrl": url, "resource": one });
        let mixed = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            entry("http://a.example/fhir/Practitioner/9", json!({ "resourceType": "Practitioner", "id": "9", "name": [{ "family": "Quist" }] })),
            entry("urn:uuid:7", condition("7", "Of nobody knows whom", "Patient/1"))] });
        let said = import(&app, &mixed).await;
        assert_eq!(tally(&said, "Condition"), [0, 0, 1, 0], "{said}");
    }

    async fn what_two_files_say_of_two_means_nobody_in_the_third(app: App) {
        let number = json!({ "identifier": [{ "system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-99-9999" }] });
        let files = [
            bundle(&[(A, patient("1", "Alpha", "1980-01-01", number.clone()))]),
            bundle(&[(B, patient("2", "Beta", "1955-01-01", number))]),
            bundle(&[(B, condition("7", "Of one of them", "Patient?identifier=http://hl7.org/fhir/sid/us-ssn|999-99-9999"))]),
        ];
        let said = in_one_run(&app, &files).await;
        assert_eq!(tally(&said, "Condition"), [0, 0, 1, 0], "{said}");
        assert_eq!(charts(&app).await, [is(("1955-01-01", &[])), is(("1980-01-01", &[]))]);
    }

    async fn doctors_without_an_address_are_not_one_another(app: App) {
        let doctor = |family: &str| json!({ "resourceType": "Practitioner", "id": "1", "name": [{ "family": family }] });
        let twice = bundle(&[(None, doctor("Alpha")), (None, doctor("Alpha"))]);
        let said = import(&app, &twice).await;
        assert_eq!(tally(&said, "Practitioner"), [1, 1, 0, 0], "{said}");
        let said = import(&app, &bundle(&[(None, doctor("Beta"))])).await;
        assert_eq!(tally(&said, "Practitioner"), [0, 0, 1, 0], "{said}");
        let said = import(&app, &bundle(&[(None, doctor("Alpha"))])).await;
        assert_eq!(tally(&said, "Practitioner"), [0, 1, 0, 0], "{said}");
    }

    async fn what_a_provenance_says_of_two_it_says_of_neither(app: App) {
        let entry = |url: &str, one: Value| json!({ "fullUrl": url, "resource": one });
        let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            entry("urn:uuid:1", patient("1", "Alpha", "1980-01-01", json!({}))),
            entry("urn:uuid:2", condition("same", "One", "urn:uuid:1")),
            entry("urn:uuid:3", condition("same", "Another", "urn:uuid:1")),
            entry("urn:uuid:4", json!({ "resourceType": "Provenance", "recorded": "2019-03-03T10:00:00Z", "target": [{ "reference": "Condition/same" }],
                "agent": [{ "type": { "coding": [{ "code": "author" }] }, "who": { "display": "Of one of them" } }] })),
        ] });
        import(&app, &bundle).await;
        let (bo, rows) = (app.doctor("bo").await, app.select("SELECT id FROM patient").await);
        let patient: PatientId = rows[0].try_get_by_index(0).unwrap();
        app.care(bo.row, patient, None).await;
        let told = "query($id: ID!) { patient(id: $id) { conditions(first: 2) { nodes { provenance { recordedAt agents { name } } } } } }";
        let answer = bo.data(told, json!({ "id": encode_id(patient).to_string() })).await;
        let none = json!({ "provenance": { "recordedAt": null, "agents": [] } });
        assert_eq!(answer["patient"]["conditions"]["nodes"], json!([none.clone(), none]));
    }

    async fn whoever_was_refused_in_one_file_is_nobody_in_the_next(app: App) {
        import(&app, &bundle(&[(A, patient("1", "Alpha", "1950-01-01", json!({})))])).await;
        let files = [bundle(&[(A, patient("1", "Beta", "1999-01-01", json!({})))]), bundle(&[(A, condition("5", "Of Beta", "Patient/1"))])];
        let said = in_one_run(&app, &files).await;
        assert_eq!((tally(&said, "Patient"), tally(&said, "Condition")), ([0, 0, 1, 0], [0, 0, 1, 0]), "{said}");
    }

    async fn what_another_patient_had_to_do_with_it_does_not_name_them(app: App) {
        import(&app, &bundle(&[(A, patient("1", "Alpha", "1950-01-01", json!({}))), (A, patient("2", "Quinn", "1960-01-01", json!({})))])).await;
        let quinn = json!({ "reference": "Patient/2", "display": "Quinn A" });
        let mut problem = condition("5", "Asthma", "Patient/1");
        problem["recorder"] = quinn.clone();
        let found = json!({ "resourceType": "Observation", "id": "6", "status": "final", "code": { "text": "Haemoglobin" },
            "subject": { "reference": "Patient/1" }, "valueString": "low", "performer": [quinn] });
        import(&app, &bundle(&[(A, problem), (A, found)])).await;
        let bo = app.doctor("bo").await;
        let told = "query($id: ID!) { patient(id: $id) { birthDate conditions(first: 2) { nodes { provenance { agents { name isPatient } } } }
            testResults(first: 2) { nodes { performer provenance { agents { name isPatient } } } } } }";
        let mut told_of = Vec::new();
        for row in app.select("SELECT id FROM patient").await {
            let id: PatientId = row.try_get_by_index(0).unwrap();
            app.care(bo.row, id, None).await;
            let answer = bo.data(told, json!({ "id": encode_id(id).to_string() })).await["patient"].clone();
            if answer["birthDate"] == "1950-01-01" {
                told_of.push((answer["conditions"]["nodes"][0].clone(), answer["testResults"]["nodes"][0].clone()));
            }
        }
        let nobody = json!({ "agents": [] });
        assert_eq!(told_of, [(json!({ "provenance": nobody }), json!({ "performer": null, "provenance": nobody }))]);
    }
}
