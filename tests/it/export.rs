//! All that is kept of a patient, taken away as a FHIR bundle: whole, sound, for those whose right it is, and the same when it is
//! taken in elsewhere.

use crate::chart::{ALLERGY, CONDITION, ERROR, IMMUNIZATION, REQUEST, STATE, VITALS, input};
use crate::import::{LOINC, concept, import, tally};
use crate::rules::{check, resources};
use crate::support::files::{brought, jpeg, pdf};
use crate::support::statements::Counter;
use crate::support::{App, Doctor, Patient, Person, enrol, prove, required};
use crate::visits::{ADD, ENCOUNTER, NOTE, ORDER, RESULT, SHARE, SIGN, made, order, result, visit};
use chrono::TimeDelta;
use entity::id::PatientId;
use patient_tracker::graphql::encode_id;
use serde_json::{Value, json};

/// The whole chart, but for ids and when it was written down.
const CHART: &str = "query($id: ID!) { patient(id: $id) { name { given family prefix } birthDate gender bloodGroup language
    confidentiality
    conditions(first: 4) { nodes { status verification severity bodySite onsetAt abatedAt note code { text codings { system code display } } } }
    wrong: conditions(first: 2, status: ENTERED_IN_ERROR) { nodes { status code { text } } }
    allergies(first: 4) { nodes { status verification criticality category allergyType onsetAt note
        substance { text codings { system code } } reactions { manifestation severity } } }
    medications(first: 4) { nodes { status dosage route asNeeded reason authoredAt endsAt note medication { text codings { code } } } }
    medicationStatements(first: 4) { nodes { status source dosage reason takenFrom takenUntil note medication { text } } }
    immunizations(first: 4) { nodes { status occurredAt lotNumber doseNumber site statusReason note vaccine { text codings { code } } } }
    encounters(first: 4) { nodes { status class startsAt endsAt followUpOn note visit { text } reason { text }
        participants { role doctor { name { family } } } } }
    visitNotes(first: 4) { nodes { status format title subjective objective assessment plan text
        encounter { reason { text } } addendumTo { plan } addenda(first: 2) { nodes { text } } } }
    orders(first: 4) { nodes { status category priority occursAt performer note code { text codings { code } } reason { text }
        encounter { reason { text } } testResults(first: 2) { nodes { conclusion } } } }
    testResults(first: 4) { nodes { status takenAt issuedAt conclusion performer note code { text } order { code { text } }
        encounter { reason { text } }
        observations { value unit text low high normal interpretation code { text codings { code } } } } }
    latestVitals { code value unit given source note measuredAt derived level components { value } } } }";

/// An answer of the route.
async fn taken(person: &Person, patient: PatientId) -> (u16, Value) {
    let bearer = person.token.as_ref().map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer
        .iter()
        .map(|it| ("authorization", it.as_str()))
        .collect();
    let path = format!("/fhir/Patient/{}/$everything", patient.0);
    let answer = person.copy.send("GET", &path, &headers, "").await;
    assert_eq!(
        answer.header("content-type"),
        "application/fhir+json; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    (answer.status, answer.json())
}

/// The bundle of somebody who may have it; it keeps the rules of its resources.
pub async fn bundle(person: &Person, patient: PatientId) -> Value {
    let (status, bundle) = taken(person, patient).await;
    assert_eq!(status, 200, "{bundle}");
    check(&bundle);
    bundle
}

fn of_type<'a>(bundle: &'a Value, name: &str) -> Vec<&'a Value> {
    resources(bundle)
        .filter(|one| one["resourceType"] == name)
        .collect()
}

/// Everything that a chart can say, said by those whose word it is. The visit, in the end, is known by its reason.
pub async fn filled(app: &App) -> (Patient, Doctor) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    app.care(bo.row, ana.row, None).await;
    let now = app.clock.now();
    let ago = |days| (now - TimeDelta::days(days)).to_rfc3339();
    let by = |rest: Value| input(&ana.id, rest);
    let asthma = json!({ "codings": [{ "system": "http://snomed.info/sct", "code": "195967001", "display": "Asthma" }] });
    made(&bo, CONDITION, by(json!({ "code": asthma, "status": "RESOLVED", "verification": "CONFIRMED", "severity": "Moderate",
        "bodySite": "Lung", "onsetAt": ago(900), "abatedAt": ago(30), "note": "As a child\n  and <later> & more" }))).await;
    // Active, and over: FHIR has no place for that beside each other.
    made(
        &bo,
        CONDITION,
        by(json!({ "code": { "text": "Eczema" }, "status": "RELAPSE", "abatedAt": ago(300) })),
    )
    .await;
    let wrong = made(
        &bo,
        CONDITION,
        by(
            json!({ "code": { "text": "Somebody else's" }, "status": "ACTIVE",
        "verification": "PROVISIONAL" }),
        ),
    )
    .await;
    let gone = json!({ "input": { "id": wrong["id"], "expectedVersion": 1, "reason": "Of another patient" } });
    made(&bo, ERROR, gone).await;
    made(&bo, ALLERGY, by(json!({ "substance": { "text": "Peanut" }, "status": "ACTIVE", "verification": "PRESUMED",
        "allergyType": "ALLERGY", "category": "FOOD", "criticality": "HIGH", "onsetAt": ago(4000),
        "reactions": [{ "manifestation": "Hives", "severity": "severe" }, { "manifestation": "Itch, mild", "severity": "a little" },
            { "manifestation": "Wheeze" }] }))).await;
    made(&bo, REQUEST, by(json!({ "medication": { "text": "Salbutamol" }, "status": "ACTIVE", "dosage": "2 puffs when short of breath",
        "route": "Inhaled", "asNeeded": true, "reason": "Asthma", "authoredAt": ago(40), "endsAt": ago(-40), "note": "Spacer" }))).await;
    made(&ana, STATE, by(json!({ "medication": { "text": "Valerian" }, "status": "ACTIVE", "dosage": "One at night",
        "takenFrom": ago(60) }))).await;
    made(&bo, IMMUNIZATION, by(json!({ "vaccine": { "text": "Influenza" }, "status": "COMPLETED", "occurredAt": ago(200),
        "lotNumber": "A1", "doseNumber": 2, "site": "Left arm" }))).await;
    made(
        &bo,
        IMMUNIZATION,
        by(
            json!({ "vaccine": { "text": "Mumps" }, "status": "NOT_DONE", "occurredAt": ago(100),
        "statusReason": "Had it" }),
        ),
    )
    .await;
    made(&bo, VITALS, by(json!({ "measuredAt": ago(2), "bloodPressure": { "systolic": 16, "diastolic": 10, "unit": "KILOPASCALS" },
        "temperature": { "value": 100.4, "unit": "FAHRENHEIT" }, "weight": { "value": 70 }, "height": { "value": 170 },
        "consciousness": "ALERT", "oxygenSaturation": 97 }))).await;
    made(
        &ana,
        VITALS,
        by(json!({ "measuredAt": ago(1), "heartRate": 71 })),
    )
    .await;
    at_the_visit(&bo, &ana).await;
    (ana, bo)
}

async fn at_the_visit(bo: &Doctor, ana: &Patient) {
    let by = |rest: Value| input(&ana.id, rest);
    let mut day = visit();
    day["participants"] = json!([{ "doctorId": bo.id, "role": "ATTENDER" }]);
    day["visit"] = json!({ "text": "Check-up" });
    day["status"] = json!("FINISHED");
    day["startsAt"] = json!((bo.copy.state.clock.now() - TimeDelta::hours(3)).to_rfc3339());
    day["endsAt"] = json!((bo.copy.state.clock.now() - TimeDelta::hours(2)).to_rfc3339());
    day["followUpOn"] = json!(
        (bo.copy.state.clock.now() + TimeDelta::days(30))
            .date_naive()
            .to_string()
    );
    day["note"] = json!("Came late");
    let visit = made(bo, ENCOUNTER, by(day)).await;
    let here = |mut rest: Value| {
        rest["encounterId"] = visit["id"].clone();
        input(&ana.id, rest)
    };
    let soap = json!({ "subjective": "Coughs", "objective": "Lungs <clear> & free", "assessment": "A cold",
        "plan": "Rest\n\n  - water\n  - tea", "title": "First visit" });
    let note = made(bo, NOTE, here(soap)).await;
    let of = |thing: &Value| json!({ "input": { "id": thing["id"], "expectedVersion": thing["version"] } });
    let note = made(bo, SIGN, of(&note)).await;
    made(bo, SHARE, json!({ "input": { "id": note["id"], "expectedVersion": note["version"], "shared": true } })).await;
    made(
        bo,
        ADD,
        json!({ "input": { "id": note["id"], "text": "And honey" } }),
    )
    .await;
    let unshared = made(bo, NOTE, here(json!({ "text": "For colleagues only" }))).await;
    made(bo, SIGN, of(&unshared)).await;
    made(bo, NOTE, here(json!({ "text": "Only begun" }))).await;
    let ordered = made(bo, ORDER, here(order())).await;
    let mut found = result();
    found["orderId"] = ordered["id"].clone();
    found["conclusion"] = json!("Low, a little");
    found["performer"] = json!("The laboratory");
    found["note"] = json!("Repeat");
    found["takenAt"] = json!((bo.copy.state.clock.now() - TimeDelta::hours(1)).to_rfc3339());
    found["observations"].as_array_mut().unwrap().extend([
        json!({ "code": { "text": "Smear" }, "text": "Nothing seen", "normal": "Nothing" }),
        json!({ "code": { "text": "Ferritin" }, "value": 12.5, "text": "by another method" }),
    ]);
    made(bo, RESULT, here(found)).await;
    // One that goes on, and one of which nobody knows yet when it will be.
    let mut begun = crate::visits::visit();
    begun["startsAt"] = json!((bo.copy.state.clock.now() - TimeDelta::hours(2)).to_rfc3339());
    made(bo, ENCOUNTER, by(begun.clone())).await;
    // It goes on longer than was thought.
    begun["endsAt"] = json!((bo.copy.state.clock.now() - TimeDelta::hours(1)).to_rfc3339());
    made(bo, ENCOUNTER, by(begun)).await;
    made(
        bo,
        ENCOUNTER,
        by(json!({ "status": "PLANNED", "class": "VIRTUAL" })),
    )
    .await;
}

/// The chart as its doctor reads it, each list in an order of its own.
async fn chart(doctor: &Person, patient: PatientId) -> Value {
    let id = encode_id(patient).to_string();
    let mut patient = doctor.data(CHART, json!({ "id": id })).await["patient"].take();
    for list in patient.as_object_mut().unwrap().values_mut() {
        let nodes = match list {
            Value::Array(nodes) => Some(nodes),
            list => list.get_mut("nodes").and_then(Value::as_array_mut),
        };
        if let Some(nodes) = nodes {
            nodes.sort_by_key(ToString::to_string);
        }
    }
    patient
}

/// The same with what only its author reads left out: a draft is not taken along.
fn without_drafts(mut chart: Value) -> Value {
    let notes = chart["visitNotes"]["nodes"].as_array_mut().unwrap();
    notes.retain(|note| note["status"] != "PRELIMINARY");
    chart
}

on_both! {
    async fn a_record_that_goes_out_and_comes_in_elsewhere_says_the_same(app: App) {
        let (ana, bo) = filled(&app).await;
        let here = chart(&bo, ana.row).await;
        let admin = app.admin().await;
        let bundle = bundle(&admin, ana.row).await;
        let there = App::start(app.backend(), Counter::default(), &[]).await;
        let said = import(&there, &bundle).await;
        let doctor = there.doctor("cy").await;
        let rows = there.select("SELECT id FROM patient").await;
        let patient: PatientId = rows[0].try_get_by_index(0).unwrap();
        there.care(doctor.row, patient, None).await;
        let elsewhere = chart(&doctor, patient).await;
        let (before, after) = (without_drafts(here), elsewhere);
        for (list, said) in before.as_object().unwrap() {
            assert_eq!(&after[list], said, "{list}");
        }
        // What the patient was shown there they are shown here; what was signed is signed.
        assert_eq!(there.number("SELECT count(*) FROM chart_record WHERE shared_at IS NOT NULL").await, 1);
        let signed = "SELECT count(*) FROM chart_record WHERE kind = 'VISIT_NOTE' AND signed_at IS NOT NULL";
        assert_eq!(there.number(signed).await, 3);
        for name in ["Patient", "Condition", "Composition", "ServiceRequest", "DiagnosticReport", "Observation", "Encounter"] {
            let [taken, known, refused, left_out] = tally(&said, name);
            assert!(taken > 0 && (known, refused, left_out) == (0, 0, 0), "{name} in {said}");
        }
        // The bundle is its own: taken in where it was made, and once more, it changes nothing there.
        let before = there.number("SELECT count(*) FROM chart_record").await;
        import(&there, &bundle).await;
        assert_eq!(there.number("SELECT count(*) FROM chart_record").await, before);
        there.end().await;
    }

    async fn a_note_that_was_signed_and_then_entered_in_error_goes_out_and_comes_in_so(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let of = |thing: &Value| json!({ "input": { "id": thing["id"], "expectedVersion": thing["version"] } });
        let note = made(&bo, NOTE, input(&ana.id, json!({ "text": "Of another patient" }))).await;
        let note = made(&bo, SIGN, of(&note)).await;
        let mut wrong = of(&note);
        wrong["input"]["reason"] = json!("of another patient");
        bo.data(ERROR, wrong).await;
        let statuses = |bundle: &Value| {
            let entries = bundle["entry"].as_array().unwrap().iter();
            let notes = entries.filter(|one| one["resource"]["resourceType"] == "Composition");
            notes.map(|one| one["resource"]["status"].clone()).collect::<Vec<_>>()
        };
        let admin = app.admin().await;
        let here = bundle(&admin, ana.row).await;
        assert_eq!(statuses(&here), ["entered-in-error"]);
        let there = App::start(app.backend(), Counter::default(), &[]).await;
        import(&there, &here).await;
        let rows = there.select("SELECT id FROM patient").await;
        let patient: PatientId = rows[0].try_get_by_index(0).unwrap();
        let elsewhere = there.admin().await;
        let again = bundle(&elsewhere, patient).await;
        assert_eq!(statuses(&again), ["entered-in-error"]);
        there.end().await;
    }

    async fn a_patient_takes_away_what_they_are_shown_and_no_more(app: App) {
        let (ana, bo) = filled(&app).await;
        brought(&bo, &ana.id, ("letter.pdf", &pdf("x", 500))).await;
        brought(&ana, &ana.id, ("knee.jpg", &jpeg(9, 9))).await;
        let own = bundle(&ana, ana.row).await;
        let admin = app.admin().await;
        let whole = bundle(&admin, ana.row).await;
        let text = own.to_string();
        for kept in ["For colleagues only", "Only begun", "Low, a little", "letter.pdf"] {
            assert!(!text.contains(kept), "{kept}");
        }
        assert!(text.contains("A cold") && text.contains("Valerian") && text.contains("Peanut"));
        assert!(text.contains("knee.jpg"));
        let whole = whole.to_string();
        assert!(whole.contains("knee.jpg") && whole.contains("letter.pdf"));
        assert!(whole.contains("For colleagues only") && whole.contains("Low, a little") && !whole.contains("Only begun"));
        let paths = "query($id: ID!) { patient(id: $id) { exportPath } }";
        let told = ana.data(paths, json!({ "id": ana.id })).await;
        assert_eq!(told["patient"]["exportPath"], format!("/fhir/Patient/{}/$everything", ana.row.0));
    }

    async fn a_record_is_for_the_patient_and_for_administrators_who_prove_who_they_are(app: App) {
        let copy = required(&app).await;
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (eve, admin, dan) = (app.patient("eve").await, app.admin().await.at(&copy), app.doctor("dan").await);
        app.care(bo.row, ana.row, None).await;
        let is = |person: &Person| {
            let (person, row) = (person.at(&copy), ana.row);
            async move { taken(&person, row).await.0 }
        };
        assert_eq!(is(&app.anonymous()).await, 401);
        assert_eq!(is(&eve).await, 404);
        let analyst = app.analyst().await;
        assert_eq!(is(&analyst).await, 404);
        assert_eq!(is(&ana).await, 200);
        // Whoever treats the patient, or may find them, reads what they need where it stands.
        for doctor in [&bo, &dan] {
            assert_eq!(taken(doctor, ana.row).await.0, 403);
        }
        let device = enrol(&app, &admin).await;
        assert_eq!(is(&admin).await, 200);
        app.clock.advance(TimeDelta::seconds(5 * 60 + 1));
        let (status, outcome) = taken(&admin, ana.row).await;
        assert_eq!(status, 403);
        assert_eq!(outcome, json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": "forbidden",
            "diagnostics": "Prove who you are again (proveIdentity), then repeat this." }] }));
        prove(&admin, "code", &device.next_code()).await;
        assert_eq!(is(&admin).await, 200);
        app.execute("UPDATE patient SET confidentiality = 'R'").await;
        assert_eq!(is(&admin).await, 403);
        assert_eq!(is(&ana).await, 200);
        // By the id that the graph has for the patient, too; and nobody else by any.
        let bearer = format!("Bearer {}", ana.token.as_ref().unwrap());
        for (id, status) in [(ana.id.as_str(), 200), (eve.id.as_str(), 404), ("1", 404), ("%2e%2e", 404)] {
            let path = format!("/fhir/Patient/{id}/$everything");
            let answer = copy.send("GET", &path, &[("authorization", &bearer)], "").await;
            assert_eq!(answer.status, status, "{id}");
        }
        // Programs that escape what needs none, and those that cannot escape, are answered in kind.
        for (path, status) in [(format!("{}/%24everything", ana.row.0), 200), ("%ff/$everything".to_owned(), 404)] {
            let answer = copy.send("GET", &format!("/fhir/Patient/{path}"), &[("authorization", &bearer)], "").await;
            assert_eq!((answer.status, answer.header("content-type")), (status, "application/fhir+json; charset=utf-8"), "{path}");
        }
        let forged = copy.send("GET", &format!("/fhir/Patient/{}/$everything", ana.row.0), &[("authorization", "Bearer x")], "").await;
        assert_eq!((forged.status, forged.header("www-authenticate")), (401, "Bearer"));
    }

    async fn that_a_record_was_taken_away_is_in_the_log_that_its_patient_reads(app: App) {
        let ana = app.patient("ana").await;
        let admin = app.admin().await;
        bundle(&admin, ana.row).await;
        let log = ana.data("query($id: ID!) { patient(id: $id) { accessLog(first: 5) { nodes { kinds who relationship } } } }",
            json!({ "id": ana.id })).await;
        assert_eq!(log["patient"]["accessLog"]["nodes"], json!([{ "relationship": "ADMINISTRATION", "who": "ADMINISTRATION",
            "kinds": ["IDENTITY", "DEMOGRAPHICS", "CONTACT", "COVERAGE", "CARE_TEAM", "APPOINTMENT", "VISIT_REASON", "CLINICAL",
                "MEDICATION", "VITALS", "VISIT_RECORD", "DOCUMENT"] }]));
        // An audit that cannot be written lets nothing out.
        match app.backend() {
            crate::support::Backend::Sqlite => app.execute("CREATE TRIGGER torn BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'torn'); END;").await,
            crate::support::Backend::Postgres => app.execute("ALTER TABLE audit_entry ADD CONSTRAINT torn CHECK (false) NOT VALID").await,
        }
        let (status, outcome) = taken(&ana, ana.row).await;
        assert_eq!((status, outcome["resourceType"].as_str()), (503, Some("OperationOutcome")));
    }

    async fn a_long_life_is_taken_away_whole(app: App) {
        let ana = app.patient("ana").await;
        for hour in 0..45 {
            let at = (app.clock.now() - TimeDelta::hours(hour)).to_rfc3339();
            let readings = json!({ "measuredAt": at, "heartRate": 60 + hour, "temperature": { "value": 36.6 },
                "oxygenSaturation": 97, "respiratoryRate": 14, "bloodPressure": { "systolic": 120, "diastolic": 80 },
                "weight": { "value": 70 }, "height": { "value": 170 } });
            made(&ana, VITALS, input(&ana.id, readings)).await;
        }
        let bundle = bundle(&ana, ana.row).await;
        let rows = app.number("SELECT count(*) FROM chart_record").await;
        assert!(rows > 300, "{rows}");
        assert_eq!(of_type(&bundle, "Observation").len() as i64, rows);
    }

    async fn what_others_wrote_and_ordered_is_taken_in_too(app: App) {
        let subject = json!({ "reference": "urn:uuid:0" });
        let div = |text: &str| json!({ "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{text}</p></div>") });
        let mut all = vec![json!({ "resourceType": "Patient", "birthDate": "1961-04-05", "name": [{ "family": "Vale" }],
            "meta": { "security": [{ "code": "R" }] } })];
        all.push(json!({ "resourceType": "Composition", "status": "final", "subject": subject, "title": "Letter", "date": "2019-03-01",
            "section": [{ "title": "History", "text": div("Fell &amp; rose") }, { "title": "Findings", "section": [
                { "title": "Knee", "text": div("Swollen<br/>warm") }] }] }));
        all.push(json!({ "resourceType": "Composition", "status": "final", "subject": subject, "confidentiality": "V", "title": "Secret" }));
        all.push(json!({ "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": subject,
            "code": concept(LOINC, "58410-2", "Blood count"), "priority": "stat", "authoredOn": "2019-03-01T10:00:00Z" }));
        all.push(json!({ "resourceType": "ServiceRequest", "status": "active", "intent": "plan", "subject": subject,
            "code": concept(LOINC, "58410-2", "Blood count") }));
        let said = import(&app, &crate::import::bundle(all)).await;
        assert!(said.contains("confidentiality is of a kind that is not taken"), "{said}");
        assert!(said.contains("intent is of a kind that is not taken"), "{said}");
        let rows = app.select("SELECT id FROM patient WHERE confidentiality = 'R'").await;
        let patient: PatientId = rows[0].try_get_by_index(0).unwrap();
        let bo = app.doctor_cleared_for("bo", entity::code::Confidentiality::Restricted).await;
        app.care(bo.row, patient, None).await;
        let chart = bo.data("query($id: ID!) { patient(id: $id) { visitNotes { nodes { status title text } }
            orders { nodes { status category priority code { text } } } } }", json!({ "id": encode_id(patient).to_string() })).await;
        assert_eq!(chart["patient"], json!({
            "visitNotes": { "nodes": [{ "status": "FINAL", "title": "Letter", "text": "History\nFell & rose\n\nKnee\nSwollen\nwarm" }] },
            "orders": { "nodes": [{ "status": "ACTIVE", "category": "LABORATORY", "priority": "STAT",
                "code": { "text": "Blood count" } }] } }));
    }
}
