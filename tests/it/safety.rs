//! Orders of medications that are held against the chart: what stands in the way, and who orders in spite of it.

use crate::chart::{ALLERGY, ERROR, input};
use crate::support::{App, Backend, Doctor, Patient, Person, codes, user_errors};
use serde_json::{Value, json};

const ORDER: &str = "mutation($input: RequestMedicationInput!) { requestMedication(input: $input) {
    medicationRequest { id version status }
    conflicts { kind basis severity description entry { __typename ... on Allergy { id substance { text } }
        ... on MedicationRequest { id } ... on MedicationStatement { id } } }
    userErrors { code path } } }";
const CHANGE: &str =
    "mutation($input: UpdateMedicationRequestInput!) { updateMedicationRequest(input: $input) {
    medicationRequest { id version status } conflicts { kind entry { ... on Allergy { id } } } userErrors { code path } } }";
const STATE: &str = "mutation($input: StateMedicationInput!) { stateMedication(input: $input) {
    medicationStatement { id } userErrors { code } } }";
const HISTORY: &str =
    "query($id: ID!) { node(id: $id) { ... on MedicationRequest { history(first: 9) { nodes {
    version reason overridden { kind basis entry { ... on Allergy { id } } } } } } } }";

async fn ward(app: &App) -> (Patient, Doctor) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    app.care(bo.row, ana.row, None).await;
    (ana, bo)
}

fn order(patient: &str, text: &str, rest: Value) -> Value {
    let mut given = json!({ "medication": { "text": text }, "status": "ACTIVE" });
    for (field, value) in rest.as_object().into_iter().flatten() {
        given[field] = value.clone();
    }
    input(patient, given)
}

async fn allergy(person: &Person, patient: &str, text: &str) -> Value {
    let given = json!({ "substance": { "text": text }, "status": "ACTIVE" });
    let answer = person.run(ALLERGY, input(patient, given)).await;
    let id = answer["data"]["recordAllergy"]["allergy"]["id"].clone();
    assert!(!id.is_null(), "{answer}");
    id
}

/// What is answered to an order: the codes, and the kinds and bases of what stands in its way.
async fn answered(person: &Person, given: Value) -> (Vec<String>, Vec<(String, String)>, Value) {
    let answer = person.run(ORDER, given).await;
    let payload = &answer["data"]["requestMedication"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = payload["conflicts"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
        .iter();
    let found = found.map(|one| (text(&one["kind"]), text(&one["basis"])));
    (user_errors(&answer), found.collect(), payload.clone())
}

fn one(kind: &str, basis: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), basis.to_owned())]
}

const REFUSED: [&str; 1] = ["SAFETY_CONFLICT"];

on_both! {
    async fn an_order_that_an_allergy_stands_against_is_refused_with_what_was_found(app: App) {
        let (ana, bo) = ward(&app).await;
        let id = allergy(&bo, &ana.id, "Allergy to penicillin").await;
        let (refused, found, payload) = answered(&bo, order(&ana.id, "Amoxicillin 500 mg capsule", json!({}))).await;
        assert_eq!((refused.as_slice(), found), (&REFUSED.map(str::to_owned)[..], one("ALLERGY", "CLASS")));
        assert_eq!(payload["conflicts"][0]["entry"]["id"], id);
        assert_eq!(payload["medicationRequest"], Value::Null);
        let (_, found, _) = answered(&bo, order(&ana.id, "Penicillin V 250 mg", json!({}))).await;
        assert_eq!(found, one("ALLERGY", "TEXT"));
        assert_eq!(app.number("SELECT count(*) FROM chart_record WHERE kind = 'MEDICATION_REQUEST'").await, 0);
        // What is no order yet, or is of something else, is not held against it.
        for (text, status) in [("Amoxicillin", "DRAFT"), ("Metformin 500 mg", "ACTIVE")] {
            let (refused, found, _) = answered(&bo, order(&ana.id, text, json!({ "status": status }))).await;
            assert_eq!((refused.len(), found.len()), (0, 0), "{text}");
        }
        // An allergy that is none any more stands in nobody's way.
        let error = json!({ "input": { "id": id, "expectedVersion": 1 } });
        assert_eq!(user_errors(&bo.run(ERROR, error).await), Vec::<String>::new());
        let (refused, ..) = answered(&bo, order(&ana.id, "Amoxicillin 500 mg capsule", json!({}))).await;
        assert_eq!(refused, Vec::<String>::new());
    }

    async fn what_the_patient_takes_already_is_not_ordered_again(app: App) {
        let (ana, bo) = ward(&app).await;
        let taken = json!({ "medication": { "text": "Naproxen" }, "status": "ACTIVE" });
        let said = ana.run(STATE, input(&ana.id, taken)).await;
        assert_eq!(user_errors(&said), Vec::<String>::new());
        let (refused, found, payload) = answered(&bo, order(&ana.id, "Ibuprofen 400 mg", json!({}))).await;
        assert_eq!((refused.as_slice(), found), (&REFUSED.map(str::to_owned)[..], one("DUPLICATE", "CLASS")));
        assert_eq!(payload["conflicts"][0]["entry"]["__typename"], "MedicationStatement");
        let (refused, ..) = answered(&bo, order(&ana.id, "Metformin 500 mg oral tablet", json!({}))).await;
        assert_eq!(refused, Vec::<String>::new());
        let (refused, found, _) = answered(&bo, order(&ana.id, "metformin 850 MG", json!({}))).await;
        assert_eq!((refused.as_slice(), found), (&REFUSED.map(str::to_owned)[..], one("DUPLICATE", "TEXT")));
        // What has come to its end is not taken any more.
        let over = json!({ "authoredAt": "2020-01-01T00:00:00Z", "endsAt": "2020-02-01T00:00:00Z" });
        let (refused, ..) = answered(&bo, order(&ana.id, "Simvastatin", over)).await;
        assert_eq!(refused, Vec::<String>::new());
        let (refused, ..) = answered(&bo, order(&ana.id, "Atorvastatin", json!({}))).await;
        assert_eq!(refused, Vec::<String>::new());
    }

    async fn an_order_in_spite_of_what_was_seen_says_why_in_its_history_and_in_the_audit(app: App) {
        let (ana, bo) = ward(&app).await;
        let id = allergy(&bo, &ana.id, "Penicillin").await;
        let over = |entries: Value, reason: &str| json!({ "overriding": { "entries": entries, "reason": reason } });
        let text = "Amoxicillin 500 mg";
        // A reason is to be said, and it holds for what was seen alone.
        let (refused, ..) = answered(&bo, order(&ana.id, text, over(json!([id]), "  "))).await;
        assert_eq!(refused, ["BLANK"]);
        let (refused, ..) = answered(&bo, order(&ana.id, text, over(json!([]), "tolerated before"))).await;
        assert_eq!(refused, REFUSED);
        let (refused, found, payload) = answered(&bo, order(&ana.id, text, over(json!([id]), "tolerated before"))).await;
        assert_eq!((refused.len(), found.len()), (0, 0), "{payload}");
        let history = ana.data(HISTORY, json!({ "id": payload["medicationRequest"]["id"] })).await;
        let version = &history["node"]["history"]["nodes"][0];
        assert_eq!(version["reason"], "tolerated before");
        assert_eq!(version["overridden"], json!([{ "kind": "ALLERGY", "basis": "CLASS", "entry": { "id": id } }]));
        let noted = "SELECT count(*) FROM audit_entry WHERE action = 'OVERRIDE' AND outcome = 'ALLOWED' AND kinds LIKE '%MEDICATION%'";
        assert_eq!(app.number(noted).await, 1);
    }

    async fn an_order_that_becomes_active_or_another_is_held_against_the_chart_and_others_are_not(app: App) {
        let (ana, bo) = ward(&app).await;
        allergy(&bo, &ana.id, "Penicillin").await;
        let (refused, _, payload) = answered(&bo, order(&ana.id, "Amoxicillin", json!({ "status": "DRAFT" }))).await;
        assert_eq!(refused, Vec::<String>::new());
        let id = &payload["medicationRequest"]["id"];
        let change = |rest: Value, version: i32| {
            let mut given = json!({ "id": id, "expectedVersion": version });
            for (field, value) in rest.as_object().unwrap() {
                given[field] = value.clone();
            }
            json!({ "input": given })
        };
        assert_eq!(user_errors(&bo.run(CHANGE, change(json!({ "status": "ACTIVE" }), 1)).await), REFUSED);
        assert_eq!(user_errors(&bo.run(CHANGE, change(json!({ "note": "later" }), 1)).await), Vec::<String>::new());
        let other = json!({ "status": "ACTIVE", "medication": { "text": "Doxycycline" } });
        assert_eq!(user_errors(&bo.run(CHANGE, change(other, 2)).await), Vec::<String>::new());
        let back = json!({ "medication": { "text": "Amoxicillin" } });
        let answer = bo.run(CHANGE, change(back, 3)).await;
        assert_eq!(user_errors(&answer), REFUSED);
        let payload = &answer["data"]["updateMedicationRequest"];
        assert_eq!((&payload["medicationRequest"]["version"], payload["conflicts"].as_array().map(Vec::len)), (&json!(3), Some(1)));
        assert_eq!(user_errors(&bo.run(CHANGE, change(json!({ "dosage": "once" }), 3)).await), Vec::<String>::new());
    }

    async fn of_two_orders_at_once_that_stand_in_each_others_way_one_is_given(app: App) {
        let (ana, bo) = ward(&app).await;
        let orders = ["Ibuprofen", "Naproxen", "Diclofenac", "Ketoprofen", "Meloxicam", "Piroxicam"].map(|text| {
            let (bo, given) = (bo.person.clone(), order(&ana.id, text, json!({})));
            tokio::spawn(async move { user_errors(&bo.run(ORDER, given).await) })
        });
        let mut given = 0;
        for order in orders {
            match order.await.unwrap().as_slice() {
                [] => given += 1,
                refused => assert_eq!(refused, REFUSED),
            }
        }
        assert_eq!(given, 1);
    }

    async fn who_may_not_order_may_not_override_and_is_told_of_nothing(app: App) {
        let (ana, bo) = ward(&app).await;
        let id = allergy(&bo, &ana.id, "Penicillin").await;
        let over = json!({ "overriding": { "entries": [id], "reason": "because" } });
        let (dora, admin) = (app.doctor("dora").await, app.admin().await);
        for person in [&*ana, &*dora, &*admin] {
            let answer = person.run(ORDER, order(&ana.id, "Amoxicillin", over.clone())).await;
            assert_eq!(codes(&answer), ["FORBIDDEN"], "{answer}");
        }
    }
}

#[test]
fn a_clinics_own_list_of_interactions_is_asked_and_a_list_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interactions.json");
    let list = json!({ "source": "a test", "interactions": [{ "one": { "names": ["warfarin"] },
        "other": { "names": ["fluconazole"] }, "severity": "high", "description": "Bleeding." }] });
    std::fs::write(&path, list.to_string()).unwrap();
    let setting = path.to_str().unwrap().to_owned();
    let changed = [("prescribing.interactions", setting.as_str())];
    crate::support::run_with(Backend::Sqlite, &changed, |app| async move {
        let (ana, bo) = ward(&app).await;
        let (refused, ..) = answered(&bo, order(&ana.id, "Warfarin 5 mg", json!({}))).await;
        assert_eq!(refused, Vec::<String>::new());
        let (refused, found, payload) =
            answered(&bo, order(&ana.id, "Fluconazole 150 mg capsule", json!({}))).await;
        assert_eq!(
            (refused.as_slice(), found),
            (
                &REFUSED.map(str::to_owned)[..],
                one("INTERACTION", "SOURCE")
            )
        );
        assert_eq!(
            (
                &payload["conflicts"][0]["severity"],
                &payload["conflicts"][0]["description"]
            ),
            (&json!("HIGH"), &json!("Bleeding."))
        );
    });
}
