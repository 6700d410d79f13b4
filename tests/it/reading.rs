//! Who may read what of a patient, through which relation.

use crate::support::documents::PATIENT;
use crate::support::{App, Person, codes};
use chrono::TimeDelta;
use serde_json::{Value, json};

const REASON: &str = "query($id: ID!) { appointment(id: $id) { status reason } }";

/// What this person sees of the patient: `all`, `all but numbers`, `identity`, or the code of the refusal.
async fn sees(person: &Person, patient: &str) -> String {
    let answer = person.run(PATIENT, json!({ "id": patient })).await;
    if let [code] = codes(&answer).as_slice() {
        assert_eq!(answer["data"]["patient"], Value::Null);
        return code.clone();
    }
    let patient = &answer["data"]["patient"];
    assert!(patient["name"]["text"].is_string(), "{answer}");
    let phone = patient["contact"]["phone"].as_str().unwrap();
    match (patient["gender"].is_null(), phone.starts_with('…')) {
        (true, true) => "identity".to_owned(),
        (false, true) => "all but numbers".to_owned(),
        (false, false) => "all".to_owned(),
        _ => panic!("half a patient: {answer}"),
    }
}

on_both! {
    async fn patients_read_their_own_record_and_no_other(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        assert_eq!(sees(&ana, &ana.id).await, "all");
        assert_eq!(sees(&eve, &ana.id).await, "NOT_FOUND");
        assert_eq!(sees(&eve, &format!("pat_{}", "0".repeat(32))).await, "NOT_FOUND");
    }

    async fn a_doctor_reads_through_a_relation_and_else_sees_who_it_is(app: App) {
        let ana = app.patient("ana").await;
        let (carer, before, after) = (app.doctor("carer").await, app.doctor("before").await, app.doctor("after").await);
        let (soon, late, past, none) =
            (app.doctor("soon").await, app.doctor("late").await, app.doctor("past").await, app.doctor("none").await);
        let now = app.clock.now();
        app.care(carer.row, ana.row, None).await;
        app.care(before.row, ana.row, Some(now + TimeDelta::hours(1))).await;
        app.care(after.row, ana.row, Some(now - TimeDelta::minutes(1))).await;
        app.appointment(soon.row, ana.row, now + TimeDelta::days(6)).await;
        app.appointment(late.row, ana.row, now + TimeDelta::days(8)).await;
        app.appointment(past.row, ana.row, now - TimeDelta::days(31)).await;
        let mut seen = Vec::new();
        for doctor in [&carer, &before, &after, &soon, &late, &past, &none] {
            seen.push((doctor.email.split('@').next().unwrap(), sees(doctor, &ana.id).await));
        }
        insta::assert_debug_snapshot!(seen, @r#"
        [
            (
                "carer",
                "all",
            ),
            (
                "before",
                "all",
            ),
            (
                "after",
                "identity",
            ),
            (
                "soon",
                "all",
            ),
            (
                "late",
                "identity",
            ),
            (
                "past",
                "identity",
            ),
            (
                "none",
                "identity",
            ),
        ]
        "#);
    }

    async fn an_administrator_reads_the_record_but_not_why_the_patient_comes(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let booked = ana.data(crate::support::documents::BOOK, json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type(30).await,
            "startsAt": app.day_after_tomorrow(9), "reason": "A rash on the left arm.",
        } })).await;
        let id = booked["bookAppointment"]["appointment"]["id"].clone();
        assert_eq!(sees(&admin, &ana.id).await, "all but numbers");
        let mut reasons = Vec::new();
        for person in [&*ana, &bo, &admin] {
            let read = person.data(REASON, json!({ "id": id })).await;
            reasons.push(read["appointment"]["reason"].clone());
        }
        assert_eq!(reasons, [json!("A rash on the left arm."), json!("A rash on the left arm."), Value::Null]);
    }

    async fn an_analyst_reaches_nobody(app: App) {
        let (ana, bo, analyst) = (app.patient("ana").await, app.doctor("bo").await, app.analyst().await);
        let id = app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        assert_eq!(sees(&analyst, &ana.id).await, "FORBIDDEN");
        let answer = analyst.run(REASON, json!({ "id": id })).await;
        assert_eq!(codes(&answer), ["FORBIDDEN"]);
        let list = analyst.run("{ appointments { nodes { id } totalCount } }", json!({})).await;
        let empty = list["data"]["appointments"] == json!({ "nodes": [], "totalCount": 0 });
        assert!(empty || !codes(&list).is_empty(), "{list}");
        let patients = analyst.run("{ patients { nodes { id } } }", json!({})).await;
        assert_eq!(codes(&patients), ["FORBIDDEN"]);
    }

    async fn a_node_of_somebody_else_is_null(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let appointment = app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        let node = "query($id: ID!) { node(id: $id) { __typename id } }";
        for (id, kind) in [(&ana.id, "Patient"), (&appointment, "Appointment"), (&ana.user, "User")] {
            let own = ana.data(node, json!({ "id": id })).await;
            assert_eq!(own["node"], json!({ "__typename": kind, "id": id }));
            let foreign = eve.data(node, json!({ "id": id })).await;
            assert_eq!(foreign["node"], Value::Null, "{kind}");
        }
    }

    async fn a_list_holds_only_what_its_viewer_may_see(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, cy, admin) = (app.doctor("bo").await, app.doctor("cy").await, app.admin().await);
        app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        app.appointment(bo.row, eve.row, app.day_after_tomorrow(10)).await;
        app.appointment(cy.row, ana.row, app.day_after_tomorrow(11)).await;
        let mut counts = Vec::new();
        for person in [&*ana, &eve, &bo, &cy, &admin] {
            let list = person.data("{ appointments { totalCount nodes { id } } }", json!({})).await;
            let nodes = list["appointments"]["nodes"].as_array().unwrap().len();
            assert_eq!(list["appointments"]["totalCount"], nodes);
            counts.push(nodes);
        }
        assert_eq!(counts, [2, 1, 2, 1, 3]);
    }
}
