//! Care teams through the door: what opens a record, and what closes it.

use crate::support::documents::{BOOK, JOIN, LEAVE, PATIENT, REQUEST};
use crate::support::{App, codes, user_errors};
use serde_json::{Value, json};

on_both! {
    async fn joining_a_care_team_opens_the_record_and_leaving_closes_it(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let mut genders = Vec::new();
        let read = async || bo.data(PATIENT, json!({ "id": ana.id })).await["patient"]["gender"].clone();
        genders.push(read().await);
        let added = admin.data(JOIN, json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "role": "PRIMARY",
        } })).await;
        let member = &added["addCareTeamMember"]["careTeamMember"];
        genders.push(read().await);
        let ended = admin.run(LEAVE, json!({ "input": {
            "id": member["id"], "expectedVersion": member["version"],
        } })).await;
        assert_eq!(user_errors(&ended), Vec::<String>::new());
        genders.push(read().await);
        assert_eq!(genders, [Value::Null, json!("OTHER"), Value::Null]);
    }

    async fn a_doctor_opens_no_record_by_booking_themselves_in(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        app.appointment(bo.row, eve.row, app.hour(-48)).await;
        let mut outcomes = Vec::new();
        for (patient, document) in [(&ana, BOOK), (&ana, REQUEST), (&eve, BOOK)] {
            let answer = bo.run(document, json!({ "input": {
                "patientId": patient.id, "doctorId": bo.id, "visitTypeId": visit_type,
                "startsAt": app.day_after_tomorrow(9),
            } })).await;
            outcomes.push(user_errors(&answer).join(" "));
        }
        assert_eq!(outcomes, ["PATIENT_NOT_FOUND", "PATIENT_NOT_FOUND", ""]);
        let record = bo.data(PATIENT, json!({ "id": ana.id })).await;
        assert_eq!(record["patient"]["gender"], Value::Null);
        assert_eq!(record["patient"]["contact"]["phone"], "…0100");
    }

    async fn nobody_puts_themselves_into_a_care_team(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        for person in [&*ana, &bo] {
            let answer = person.run(JOIN, json!({ "input": {
                "patientId": ana.id, "doctorId": bo.id, "role": "PRIMARY",
            } })).await;
            let mut refused = codes(&answer);
            refused.extend(user_errors(&answer));
            assert_eq!(refused.len(), 1, "{answer}");
        }
        assert_eq!(app.number("SELECT count(*) FROM care_team_member").await, 0);
    }
}
