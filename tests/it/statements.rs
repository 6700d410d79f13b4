//! A page costs a handful of statements, and the same for twenty rows as for one.

use crate::support::{App, Person};
use serde_json::{Value, json};

const DAY: &str =
    "query($id: ID!, $day: NaiveDate!) { doctor(id: $id) { appointments(day: $day, first: 100) {
    nodes { id startsAt status patient { id name { text } gender } visitType { name } history(first: 5) { nodes { kind } } } } } }";
const PATIENTS: &str = "{ patients(first: 100) { nodes { id name { text }
    nextAppointment { id startsAt doctor { id name { text } } } } } }";
const ENTRIES: &str =
    "query($actor: ID!, $patient: ID!) { auditEntries(first: 100, filter: { actorId: $actor, patientId: $patient }) {
    nodes { operation outcome actor { displayName } patient { displayName } } } }";

const WAITING: &str =
    "{ waitlist(first: 100) { nodes { id position note patient { id displayName } doctor { id }
    visitType { name } offer { expiresAt } appointment { id } } } }";

/// The fewest statements of a few runs, each just after another: what a background task adds is not the page's cost, nor
/// is what a copy has not yet been asked for.
async fn cost(app: &App, person: &Person, document: &str, variables: &Value, rows: usize) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..8 {
        app.audit_is_sealed().await;
        person.data(document, variables.clone()).await;
        let before = app.statements();
        let data = person.data(document, variables.clone()).await;
        fewest = fewest.min(app.statements() - before);
        let root = data.as_object().unwrap().values().next().unwrap();
        let page = if root.get("nodes").is_some() {
            root
        } else {
            &root["appointments"]
        };
        assert_eq!(page["nodes"].as_array().unwrap().len(), rows);
    }
    fewest
}

on_both! {
    async fn a_doctors_day_costs_the_same_for_twenty_as_for_one(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let at = app.day_after_tomorrow(6);
        let visit_type = app.visit_type(30).await;
        let patients = app.patients(19).await;
        let day = json!({ "id": bo.id, "day": at.date_naive().to_string() });
        book(&app, &ana, (&ana.id, &bo.id, &visit_type), 0).await;
        let one = cost(&app, &bo, DAY, &day, 1).await;
        let admin = app.admin().await;
        for (number, (patient, _)) in (1..).zip(&patients) {
            book(&app, &admin, (patient, &bo.id, &visit_type), number).await;
        }
        let twenty = cost(&app, &bo, DAY, &day, 20).await;
        assert_eq!(one, twenty);
        assert!(twenty <= 6, "a day takes {twenty} statements");
    }

    async fn a_page_of_patients_with_their_next_appointments_costs_the_same_for_twenty_as_for_one(app: App) {
        let (bo, admin) = (app.doctor("bo").await, app.admin().await);
        let mut doctors = vec![bo.row];
        for number in 0..4 {
            doctors.push(app.doctor(&format!("doctor{number}")).await.row);
        }
        let first = app.patients(1).await;
        app.appointment(bo.row, first[0].1, app.day_after_tomorrow(9)).await;
        let one = cost(&app, &admin, PATIENTS, &json!({}), 1).await;
        for (number, (_, patient)) in (0..).zip(app.patients(19).await) {
            let doctor = doctors[number % doctors.len()];
            let hour = u32::try_from(number).unwrap();
            app.appointment(doctor, patient, app.day_after_tomorrow(hour) + chrono::TimeDelta::days(1)).await;
        }
        let twenty = cost(&app, &admin, PATIENTS, &json!({}), 20).await;
        assert_eq!(one, twenty);
        assert!(twenty <= 4, "a page takes {twenty} statements");
    }

    async fn a_page_of_the_waiting_list_costs_the_same_for_twenty_as_for_one(app: App) {
        let (bo, admin) = (app.doctor("bo").await, app.admin().await);
        let kind = app.visit_type(30).await;
        let first = app.patients(1).await;
        let wish = |patient: &str| json!({ "patientId": patient, "with": { "doctor": bo.id }, "visitTypeId": kind, "note": "by bus" });
        admin.waits(wish(&first[0].0)).await;
        let one = cost(&app, &bo, WAITING, &json!({}), 1).await;
        for (patient, _) in app.patients(19).await {
            admin.waits(wish(&patient)).await;
        }
        let twenty = cost(&app, &bo, WAITING, &json!({}), 20).await;
        assert_eq!(one, twenty);
        assert!(twenty <= 9, "a page takes {twenty} statements");
    }

    async fn a_page_of_the_audit_costs_the_same_for_twenty_as_for_one(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let look = async || bo.run(crate::support::documents::PATIENT, json!({ "id": ana.id })).await;
        app.care(bo.row, ana.row, None).await;
        look().await;
        let whose = json!({ "actor": bo.user, "patient": ana.id });
        let one = cost(&app, &admin, ENTRIES, &whose, 1).await;
        for _ in 0..19 {
            look().await;
        }
        let twenty = cost(&app, &admin, ENTRIES, &whose, 20).await;
        assert_eq!(one, twenty);
        assert!(twenty <= 6, "a page takes {twenty} statements");
    }
}

const FIRST: &str = "query($kind: ID!, $from: DateTime!, $to: DateTime!) {
    firstSlots(specialty: \"x-ray\", visitType: $kind, from: $from, to: $to, first: 100) {
        nodes { startsAt doctor { id } } } }";
const RULE: &str = "mutation($doctor: ID!) { addAvailabilityRule(input: { doctorId: $doctor, step: 10,
    weekdays: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY], from: \"08:00:00\", until: \"17:00:00\" }) {
    userErrors { code } } }";
const SLOTS: &str = "query($doctor: ID!, $kind: ID!, $from: DateTime!, $to: DateTime!) {
    slots(doctor: $doctor, visitType: $kind, from: $from, to: $to, first: 100) { totalCount nodes { startsAt } } }";

/// The statements of an operation when nothing is remembered any more; the fewest of a few runs.
async fn cold(app: &App, person: &Person, document: &str, variables: &Value) -> (u64, Value) {
    let (mut fewest, mut answer) = (u64::MAX, Value::Null);
    for _ in 0..4 {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        app.audit_is_sealed().await;
        let before = app.statements();
        answer = person.data(document, variables.clone()).await;
        fewest = fewest.min(app.statements() - before);
    }
    (fewest, answer)
}

on_both! {
    async fn free_times_cost_the_same_for_ten_doctors_as_for_one_and_for_three_months_as_for_a_day(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let kind = app.visit_type(30).await;
        let specialty = "UPDATE doctor SET specialties = '[{\"system\":\"s\",\"code\":\"x-ray\",\"display\":\"X\"}]'";
        let from = app.day_after_tomorrow(0);
        let mut doctors = Vec::new();
        let mut costs = Vec::new();
        for number in 0..10 {
            let doctor = app.doctor(&format!("doctor{number}")).await;
            admin.data(RULE, json!({ "doctor": doctor.id })).await;
            app.execute(specialty).await;
            doctors.push(doctor);
            if number == 0 || number == 9 {
                let variables = json!({ "kind": kind, "from": from, "to": from + chrono::TimeDelta::days(14) });
                let (cost, answer) = cold(&app, &ana, FIRST, &variables).await;
                assert_eq!(answer["firstSlots"]["nodes"].as_array().unwrap().len(), number + 1);
                costs.push(cost);
            }
        }
        for days in [1, 93] {
            let variables = json!({ "doctor": doctors[0].id, "kind": kind, "from": from,
                "to": from + chrono::TimeDelta::days(days) });
            let (cost, answer) = cold(&app, &ana, SLOTS, &variables).await;
            assert!(days == 1 || answer["slots"]["totalCount"].as_i64().unwrap() > 3_000);
            costs.push(cost);
        }
        assert_eq!((costs[0], costs[2]), (costs[1], costs[3]));
        // Who has the specialty is one more.
        assert!(costs[0] <= 8 && costs[2] <= 7, "free times take {costs:?} statements");
    }
}

async fn book(app: &App, person: &Person, ids: (&str, &str, &str), number: i64) {
    let (patient, doctor, visit_type) = ids;
    let starts_at = app.day_after_tomorrow(6) + chrono::TimeDelta::minutes(30 * number);
    let booked = person.data(
        crate::support::documents::BOOK,
        json!({ "input": {
        "patientId": patient, "doctorId": doctor, "visitTypeId": visit_type, "startsAt": starts_at,
    } }),
    );
    assert_eq!(booked.await["bookAppointment"]["userErrors"], json!([]));
}
