//! What opens a record to a doctor: a time that was agreed. Nobody gives themselves one, nor brings one of their own forward.

use crate::clearance::{CHANGE, HOLD};
use crate::series::{booked, outcome, series};
use crate::support::documents::{BOOK, RESCHEDULE};
use crate::support::waiting_list::LEAVE_WAITLIST;
use crate::support::{App, Doctor, Patient};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const CONFIRM: &str =
    "mutation($input: ConfirmAppointmentInput!) { confirmAppointment(input: $input) {
    appointment { id } userErrors { code } } }";

/// Through what the doctor looks at this patient.
async fn relation(doctor: &Doctor, patient: &Patient) -> Value {
    let look = "query($id: ID!) { patient(id: $id) { viewerRelationship } }";
    doctor.data(look, json!({ "id": patient.id })).await["patient"]["viewerRelationship"].take()
}

fn to(id: &Value, at: DateTime<Utc>) -> Value {
    json!({ "input": { "id": id, "expectedVersion": 1, "startsAt": at } })
}

fn time(patient: &Patient, doctor: &Doctor, kind: &str, at: DateTime<Utc>) -> Value {
    json!({ "input": { "patientId": patient.id, "doctorId": doctor.id, "visitTypeId": kind, "startsAt": at } })
}

on_both! {
    async fn a_doctor_without_a_relation_brings_no_appointment_of_their_own_forward(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let (kind, far) = (app.visit_type(30).await, app.day_after_tomorrow(9) + TimeDelta::days(60));
        let days = |days: i64| far + TimeDelta::days(days);
        let one = json!(app.appointment(bo.row, ana.row, far).await);
        assert_eq!(outcome(&bo.run(RESCHEDULE, to(&one, days(-60))).await), "FORBIDDEN");
        assert_eq!(outcome(&bo.run(RESCHEDULE, to(&one, days(-1))).await), "FORBIDDEN");
        let weekly = series((&ana.id, &bo.id, &kind), days(3), "FREQ=WEEKLY;COUNT=2", json!({}));
        let (_, weeks) = booked(&ana, weekly).await;
        for scope in ["THIS", "ALL"] {
            let sooner = json!({ "input": { "appointmentId": weeks[0]["id"], "expectedVersion": 1, "scope": scope, "startsAt": days(-59) } });
            assert_eq!(outcome(&bo.run(CHANGE, sooner).await), "FORBIDDEN");
        }
        assert_eq!(relation(&bo, &ana).await, "CLINICIAN");
        // Later they may; sooner the desk may, the patient, and the doctor who meets the patient soon anyway.
        let mut moved = bo.run(RESCHEDULE, to(&one, days(1))).await;
        assert_eq!(outcome(&moved), "DONE");
        let one = moved["data"]["rescheduleAppointment"]["appointment"]["id"].take();
        let mut moved = admin.run(RESCHEDULE, to(&one, days(-30))).await;
        assert_eq!(outcome(&moved), "DONE");
        let one = moved["data"]["rescheduleAppointment"]["appointment"]["id"].take();
        let mut moved = ana.run(RESCHEDULE, to(&one, days(-58))).await;
        assert_eq!(outcome(&moved), "DONE");
        assert_eq!(relation(&bo, &ana).await, "APPOINTMENT");
        let one = moved["data"]["rescheduleAppointment"]["appointment"]["id"].take();
        assert_eq!(outcome(&bo.run(RESCHEDULE, to(&one, days(-59))).await), "DONE");
    }

    async fn what_is_held_or_offered_opens_no_record_until_the_patient_takes_it(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let entry = ana.waits_for(&bo, &kind).await;
        app.opens(&bo, nine, 30).await;
        let offered = ana.entry_once(&entry, "OFFERED").await;
        assert_eq!(relation(&bo, &ana).await, "CLINICIAN");
        let hold = &offered["offer"]["appointment"];
        let confirm = json!({ "input": { "id": hold["id"], "expectedVersion": hold["version"] } });
        assert_eq!(outcome(&bo.run(CONFIRM, confirm).await), "FORBIDDEN");
        let another = time(&ana, &bo, &kind, nine + TimeDelta::hours(2));
        assert_eq!(outcome(&bo.run(BOOK, another).await), "PATIENT_NOT_FOUND");
        assert_eq!(ana.answers(LEAVE_WAITLIST, &offered).await["entry"]["status"], "WITHDRAWN");
        let mut held = ana.run(HOLD, time(&ana, &bo, &kind, nine)).await;
        assert_eq!(outcome(&held), "DONE");
        assert_eq!(relation(&bo, &ana).await, "CLINICIAN");
        let hold = held["data"]["holdSlot"]["appointment"].take();
        let confirm = json!({ "input": { "id": hold["id"], "expectedVersion": 1 } });
        assert_eq!(outcome(&ana.run(CONFIRM, confirm).await), "DONE");
        assert_eq!(relation(&bo, &ana).await, "APPOINTMENT");
    }
}
