//! Where a visit is: as the doctor's hours have it.

use crate::support::documents::BOOK;
use crate::support::{App, user_errors};
use chrono::{Datelike as _, TimeDelta};
use serde_json::{Value, json};

const ADD_RULE: &str =
    "mutation($input: AddAvailabilityRuleInput!) { addAvailabilityRule(input: $input) {
    availabilityRule { id version } userErrors { code path } } }";
const UPDATE_RULE: &str =
    "mutation($input: UpdateAvailabilityRuleInput!) { updateAvailabilityRule(input: $input) {
    availabilityRule { version } userErrors { code } } }";
const WHERE: &str = "query($id: ID!) { appointment(id: $id) { location modality } }";
const NONE: Vec<String> = Vec::new();

on_both! {
    async fn an_appointment_says_where_it_is_as_the_free_time_did(app: App) {
        let (ana, bo, kind) = (app.patient("ana").await, app.doctor("bo").await, app.visit_type(30).await);
        let day = (app.clock.now() + TimeDelta::days(7)).date_naive();
        let weekday = format!("{:?}", day.weekday());
        let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
        let weekday = days.iter().find(|name| name.to_lowercase().starts_with(&weekday.to_lowercase())).unwrap();
        let hours = |from: &str, until: &str, location: Value| json!({ "input": { "doctorId": bo.id, "weekdays": [weekday],
            "from": from, "until": until, "step": 30, "location": location } });
        let morning = bo.run(ADD_RULE, hours("08:00:00", "12:00:00", json!("Harbour Street 4"))).await;
        assert_eq!(user_errors(&morning), NONE);
        let afternoon = bo.run(ADD_RULE, hours("13:00:00", "17:00:00", Value::Null)).await;
        assert_eq!(user_errors(&afternoon), NONE);
        let book = async |hour: u32| {
            let at = day.and_hms_opt(hour, 0, 0).unwrap().and_utc();
            let input = json!({ "patientId": ana.id, "doctorId": bo.id, "visitTypeId": kind, "startsAt": at });
            let answer = ana.run(BOOK, json!({ "input": input })).await;
            assert_eq!(user_errors(&answer), NONE, "{answer}");
            answer["data"]["bookAppointment"]["appointment"]["id"].clone()
        };
        let (early, late) = (book(9).await, book(14).await);
        let place = async |id: &Value| ana.data(WHERE, json!({ "id": id })).await["appointment"]["location"].clone();
        assert_eq!(place(&early).await, "Harbour Street 4");
        assert_eq!(place(&late).await, Value::Null);
        // The doctor moves: so does the visit.
        let rule = &morning["data"]["addAvailabilityRule"]["availabilityRule"];
        let moved = json!({ "input": { "id": rule["id"], "expectedVersion": 1, "location": "Mill Lane 9" } });
        assert_eq!(user_errors(&bo.run(UPDATE_RULE, moved).await), NONE);
        assert_eq!(place(&early).await, "Mill Lane 9");
        // By telephone it is nowhere.
        app.execute("UPDATE appointment SET modality = 'PHONE'").await;
        assert_eq!(place(&early).await, Value::Null);
    }
}
