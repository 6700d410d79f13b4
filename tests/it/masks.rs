//! Telephone, e-mail and insurance numbers: whole for the patient and those who treat them, masked for administrators and
//! other doctors, on every way that leads to them.

use crate::support::documents::UPDATE_PATIENT;
use crate::support::{App, Patient, Person, codes, user_errors};
use entity::code::Confidentiality;
use serde_json::{Value, json};
use std::time::Duration;

const MEMBER: &str = "INS-4471-9026";
const CALLED: &str = "+3725550987";

const REACHED: &str = "query($id: ID!) { patient(id: $id) { contact {
    email phone emergencyContacts { name phone } } coverages { nodes { payer memberNumber } } } }";
const ADD_COVERAGE: &str = "mutation($input: AddCoverageInput!) { addCoverage(input: $input) {
    coverage { id memberNumber patient { ...Whole } } userErrors { code path } } }";
const UPDATE_COVERAGE: &str =
    "mutation($input: UpdateCoverageInput!) { updateCoverage(input: $input) {
    coverage { memberNumber patient { ...Whole } } userErrors { code path } } }";
const WHOLE: &str = " fragment Whole on Patient { id version
    contact { email phone emergencyContacts { name phone } } coverages { nodes { memberNumber } } }";

/// A document that asks for everything that is masked of each patient in it.
fn whole(document: &str) -> String {
    format!("{document}{WHOLE}")
}

/// A patient who is insured, and whose sister is to be called; what it is all about, and their insurance.
async fn ana(app: &App) -> (Patient, String) {
    let ana = app.patient("ana").await;
    let called = json!({ "input": { "id": ana.id, "expectedVersion": 1,
        "emergencyContacts": [{ "name": "Ida Testperson", "phone": CALLED }] } });
    assert_eq!(
        user_errors(&ana.run(UPDATE_PATIENT, called).await),
        Vec::<String>::new()
    );
    let input =
        json!({ "input": { "patientId": ana.id, "payer": "Sea Mutual", "memberNumber": MEMBER } });
    let noted = ana.data(&whole(ADD_COVERAGE), input).await;
    let coverage = &noted["addCoverage"]["coverage"];
    assert_eq!(coverage["memberNumber"], MEMBER);
    (ana, coverage["id"].as_str().unwrap().to_owned())
}

/// That an answer holds none of the numbers and addresses whole, and does hold them masked.
fn is_masked(answer: &Value, from: &str) {
    assert_eq!(
        (codes(answer), user_errors(answer)),
        (vec![], vec![]),
        "{from}: {answer}"
    );
    let text = answer.to_string();
    for secret in ["ana@clinic.test", "3725550100", "5550987", MEMBER, "4471"] {
        assert!(!text.contains(secret), "{from} shows {secret}: {text}");
    }
    assert!(text.contains('…'), "{from} shows nothing: {text}");
}

on_both! {
    async fn whoever_treats_a_patient_sees_numbers_whole_and_others_their_end(app: App) {
        let (ana, _) = ana(&app).await;
        let (carer, meets) = (app.doctor("carer").await, app.doctor("meets").await);
        let (left, none) = (app.doctor("left").await, app.doctor("none").await);
        app.care(carer.row, ana.row, None).await;
        app.care(left.row, ana.row, Some(app.hour(-1))).await;
        app.appointment(meets.row, ana.row, app.day_after_tomorrow(9)).await;
        let (admin, eve) = (app.admin().await, app.patient("eve").await);
        let (analyst, nobody) = (app.analyst().await, app.anonymous());
        let everybody: [(&str, &Person); 9] = [
            ("the patient", &ana), ("in the care team", &carer), ("by appointment", &meets),
            ("once in the care team", &left), ("a doctor", &none), ("administrator", &admin),
            ("another patient", &eve), ("analyst", &analyst), ("nobody", &nobody),
        ];
        let mut seen = Vec::new();
        for (who, person) in everybody {
            let answer = person.run(REACHED, json!({ "id": ana.id })).await;
            let patient = &answer["data"]["patient"];
            let contact = &patient["contact"];
            let sister = &contact["emergencyContacts"];
            let insurance = &patient["coverages"]["nodes"];
            seen.push(match codes(&answer).as_slice() {
                [] => format!("{who}: {} {} {sister} {insurance}", contact["email"], contact["phone"]),
                codes => format!("{who}: {}", codes.join(" ")),
            });
        }
        insta::assert_snapshot!(seen.join("\n"), @r#"
        the patient: "ana@clinic.test" "+3725550100" [{"name":"Ida Testperson","phone":"+3725550987"}] [{"memberNumber":"INS-4471-9026","payer":"Sea Mutual"}]
        in the care team: "ana@clinic.test" "+3725550100" [{"name":"Ida Testperson","phone":"+3725550987"}] [{"memberNumber":"INS-4471-9026","payer":"Sea Mutual"}]
        by appointment: "ana@clinic.test" "+3725550100" [{"name":"Ida Testperson","phone":"+3725550987"}] [{"memberNumber":"INS-4471-9026","payer":"Sea Mutual"}]
        once in the care team: "…test" "…0100" [] [{"memberNumber":"…9026","payer":"Sea Mutual"}]
        a doctor: "…test" "…0100" [] [{"memberNumber":"…9026","payer":"Sea Mutual"}]
        administrator: "…test" "…0100" [{"name":"Ida Testperson","phone":"…0987"}] [{"memberNumber":"…9026","payer":"Sea Mutual"}]
        another patient: NOT_FOUND
        analyst: FORBIDDEN
        nobody: UNAUTHENTICATED
        "#);
    }

    async fn every_way_to_a_number_is_masked(app: App) {
        let (ana, coverage) = ana(&app).await;
        let (bo, none, admin) = (app.doctor("bo").await, app.doctor("none").await, app.admin().await);
        let appointment = app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        let (day, p) = (app.day_after_tomorrow(9).date_naive(), &ana.id);
        let everybody = [
            format!("{{ patient(id: \"{p}\") {{ ...Whole }} }}"),
            format!("{{ node(id: \"{p}\") {{ ... on Patient {{ ...Whole }} }} }}"),
            format!("{{ node(id: \"{coverage}\") {{ ... on Coverage {{ memberNumber patient {{ ...Whole }} }} }} }}"),
            "{ patients(search: { name: \"Testperson\" }) { nodes { ...Whole } edges { node { ...Whole } } } }".to_owned(),
        ];
        let administrators = [
            "{ patients { nodes { ...Whole } } }".to_owned(),
            format!("{{ appointment(id: \"{appointment}\") {{ patient {{ ...Whole }} }} }}"),
            format!("{{ node(id: \"{appointment}\") {{ ... on Appointment {{ patient {{ ...Whole }} }} }} }}"),
            "{ appointments { nodes { patient { ...Whole } } } }".to_owned(),
            format!("{{ clinicDay(day: \"{day}\", first: 5) {{ nodes {{ patient {{ ...Whole }} }} }} }}"),
            format!("{{ doctor(id: \"{}\") {{ appointments(day: \"{day}\") {{ nodes {{ patient {{ ...Whole }} }} }} }} }}", bo.id),
            format!("{{ patient(id: \"{p}\") {{ careTeam {{ nodes {{ id }} }} nextAppointment {{ patient {{ ...Whole }} }} }} }}"),
        ];
        for document in &everybody {
            is_masked(&none.run(&whole(document), json!({})).await, document);
        }
        for document in everybody.iter().chain(&administrators) {
            is_masked(&admin.run(&whole(document), json!({})).await, document);
        }
        for document in [
            "{ users { nodes { email roles } } }".to_owned(),
            format!("{{ user(id: \"{}\") {{ email }} }}", ana.user),
            format!("{{ node(id: \"{}\") {{ ... on User {{ email }} }} }}", ana.user),
            format!("mutation {{ setClearance(input: {{ userId: \"{}\", clearance: NORMAL, expectedVersion: 1 }}) {{
                user {{ email }} userErrors {{ code }} }} }}", ana.user),
        ] {
            is_masked(&admin.run(&document, json!({})).await, &document);
        }
        // Of staff, and of oneself, the address is whole.
        let users = admin.data("{ users { nodes { email } } viewer { user { email } } }", json!({})).await;
        let text = users.to_string();
        assert!(text.contains("bo@clinic.test") && users["viewer"]["user"]["email"] == "admin@clinic.test", "{text}");
        let own = ana.data("{ viewer { user { email } } }", json!({})).await;
        assert_eq!(own["viewer"]["user"]["email"], "ana@clinic.test");
    }

    async fn an_administrator_who_writes_a_number_does_not_read_the_others_back(app: App) {
        let (ana, coverage) = ana(&app).await;
        let bo = app.doctor_cleared_for("bo", Confidentiality::Restricted).await;
        let (admin, visit_type) = (app.admin().await, app.visit_type(30).await);
        let live = "subscription($of: PatientsOf!) { patientChanged(of: $of) { __typename
            ... on PatientChange { patient { ...Whole } } } }";
        let mut live = admin.subscribe(&whole(live), json!({ "of": { "clinic": true } })).await;
        let booked = "subscription($of: AppointmentsOf!) { appointmentChanged(of: $of) { __typename
            ... on AppointmentChange { appointment { patient { ...Whole } } } } }";
        let mut booked = admin.subscribe(&whole(booked), json!({ "of": { "doctor": bo.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        for (document, input) in [
            ("mutation($input: UpdatePatientInput!) { updatePatient(input: $input) {
                patient { ...Whole } userErrors { code } } }",
                json!({ "id": ana.id, "expectedVersion": 2, "contact": { "phone": "+3725550777" } })),
            (ADD_COVERAGE, json!({ "patientId": ana.id, "payer": "Hill Mutual", "memberNumber": "HM-447101" })),
            (UPDATE_COVERAGE, json!({ "id": coverage, "expectedVersion": 1, "payer": "Sea and Sky" })),
            ("mutation($input: SetPatientConfidentialityInput!) { setPatientConfidentiality(input: $input) {
                patient { ...Whole } userErrors { code } } }",
                json!({ "id": ana.id, "expectedVersion": 3, "confidentiality": "RESTRICTED" })),
            ("mutation($input: RemoveCoverageInput!) { removeCoverage(input: $input) {
                patient { ...Whole } userErrors { code } } }",
                json!({ "id": coverage, "expectedVersion": 2 })),
            ("mutation($input: CreatePatientInput!) { createPatient(input: $input) {
                patient { ...Whole } userErrors { code } } }",
                json!({ "name": { "family": "Other" }, "birthDate": "1990-02-03",
                    "contact": { "phone": "+3725550100", "email": "ana@clinic.test" } })),
            ("mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) {
                appointment { patient { ...Whole } } userErrors { code } } }",
                json!({ "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type,
                    "startsAt": app.day_after_tomorrow(9) })),
        ] {
            let answer = admin.run(&whole(document), json!({ "input": input })).await;
            is_masked(&answer, document);
            assert!(!answer.to_string().contains("5550777"), "{answer}");
        }
        for _ in 0..3 {
            is_masked(&live.answer().await, "patientChanged");
        }
        is_masked(&booked.answer().await, "appointmentChanged");
    }

    async fn what_was_read_masked_is_not_written_back(app: App) {
        let (ana, coverage) = ana(&app).await;
        let admin = app.admin().await;
        let mut refused = Vec::new();
        for (document, input) in [
            (UPDATE_PATIENT.to_owned(), json!({ "id": ana.id, "expectedVersion": 2, "contact": { "phone": "…0100" } })),
            (UPDATE_PATIENT.to_owned(), json!({ "id": ana.id, "expectedVersion": 2, "contact": { "email": "…@b.co" } })),
            (whole(UPDATE_COVERAGE), json!({ "id": coverage, "expectedVersion": 1, "memberNumber": "…9026" })),
            (whole(ADD_COVERAGE), json!({ "patientId": ana.id, "payer": "Sea Mutual", "memberNumber": " …9026" })),
        ] {
            let answer = admin.run(&document, json!({ "input": input })).await;
            refused.extend(user_errors(&answer));
        }
        assert_eq!(refused, ["INVALID_PHONE", "INVALID_EMAIL", "INVALID_CHARACTER", "INVALID_CHARACTER"]);
        let own = ana.data(REACHED, json!({ "id": ana.id })).await;
        assert_eq!(own["patient"]["coverages"]["nodes"][0]["memberNumber"], MEMBER);
    }

    async fn a_doctor_who_is_not_cleared_sees_not_even_the_end_of_a_number(app: App) {
        let (ana, coverage) = ana(&app).await;
        let (none, admin) = (app.doctor("none").await, app.admin().await);
        let cy = app.doctor_cleared_for("cy", Confidentiality::VeryRestricted).await;
        let raised = admin.run("mutation($id: ID!) { setPatientConfidentiality(input: { id: $id,
            confidentiality: VERY_RESTRICTED, expectedVersion: 2 }) { userErrors { code } } }", json!({ "id": ana.id })).await;
        assert_eq!((codes(&raised), user_errors(&raised)), (vec![], vec![]));
        let node = "query($id: ID!) { node(id: $id) { ... on Coverage { memberNumber } } }";
        assert_eq!(codes(&none.run(REACHED, json!({ "id": ana.id })).await), ["NOT_FOUND"]);
        assert_eq!(none.data(node, json!({ "id": coverage })).await["node"], Value::Null);
        assert_eq!(cy.data(node, json!({ "id": coverage })).await["node"]["memberNumber"], "…9026");
    }
}
