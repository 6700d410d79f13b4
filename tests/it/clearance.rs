//! No patient is given to a doctor who may not read their record: they could see neither each other's appointment nor whom it
//! is with. It is said when booking, by rule too, when waiting, and nobody is offered such a time.

use crate::absence::mornings;
use crate::series::{BOOK_SERIES, booked, outcome, series};
use crate::support::documents::BOOK;
use crate::support::waiting_list::JOIN_WAITLIST;
use crate::support::{App, Person};
use chrono::TimeDelta;
use entity::code::Confidentiality;
use serde_json::json;

pub const HOLD: &str = "mutation($input: HoldSlotInput!) { holdSlot(input: $input) {
    appointment { id } userErrors { code } } }";
pub const CHANGE: &str = "mutation($input: ChangeSeriesInput!) { changeSeries(input: $input) {
    series { id } userErrors { code } } }";

on_both! {
    async fn a_sensitive_record_is_booked_only_with_a_doctor_who_may_read_it(app: App) {
        let (ana, admin, bo) = (app.patient("ana").await, app.admin().await, app.doctor("bo").await);
        let dee = app.doctor_cleared_for("dee", Confidentiality::Restricted).await;
        app.execute("UPDATE patient SET confidentiality = 'R'").await;
        let (kind, day) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let time = |doctor: &str, hours: i64| json!({ "input": { "patientId": ana.id, "doctorId": doctor,
            "visitTypeId": kind, "startsAt": day + TimeDelta::hours(hours) } });
        let rule = |doctor: &str| series((&ana.id, doctor, &kind), day + TimeDelta::days(1), "FREQ=DAILY;COUNT=3", json!({}));
        let wait = |doctor: &str| json!({ "input": { "patientId": ana.id, "with": { "doctor": doctor }, "visitTypeId": kind } });
        for person in [&*ana as &Person, &admin] {
            assert_eq!(outcome(&person.run(BOOK, time(&bo.id, 0)).await), "DOCTOR_NOT_CLEARED");
            assert_eq!(outcome(&person.run(HOLD, time(&bo.id, 0)).await), "DOCTOR_NOT_CLEARED");
            assert_eq!(outcome(&person.run(BOOK_SERIES, rule(&bo.id)).await), "DOCTOR_NOT_CLEARED");
            assert_eq!(outcome(&person.run(JOIN_WAITLIST, wait(&bo.id)).await), "DOCTOR_NOT_CLEARED");
        }
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 0);
        assert_eq!(outcome(&ana.run(BOOK, time(&dee.id, 0)).await), "DONE");
        assert_eq!(outcome(&ana.run(JOIN_WAITLIST, wait(&dee.id)).await), "DONE");
        let (_, those) = booked(&ana, rule(&dee.id)).await;
        let change = json!({ "input": { "appointmentId": those[0]["id"], "expectedVersion": 1, "scope": "ALL", "doctorId": bo.id } });
        for person in [&*ana as &Person, &admin] {
            assert_eq!(outcome(&person.run(CHANGE, change.clone()).await), "DOCTOR_NOT_CLEARED");
        }
        // Whoever has them already gives them another time, as when one appointment alone is moved.
        app.execute("UPDATE patient SET confidentiality = 'V'").await;
        let later = json!({ "input": { "appointmentId": those[0]["id"], "expectedVersion": 1, "scope": "ALL",
            "startsAt": day + TimeDelta::hours(26) } });
        assert_eq!(outcome(&admin.run(CHANGE, later).await), "DONE");
    }

    async fn a_time_of_a_doctor_who_may_not_read_the_record_is_offered_to_the_next_who_waits(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let dee = app.doctor_cleared_for("dee", Confidentiality::Restricted).await;
        mornings(&app, &[]).await;
        app.execute("UPDATE patient SET confidentiality = 'R'").await;
        let eve = app.patient("eve").await;
        for doctor in [&bo, &dee] {
            app.state().loaders.doctors.forget(doctor.row);
        }
        let (kind, day) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let wish = |patient: &str| json!({ "patientId": patient, "with": { "specialty": "x-ray" }, "visitTypeId": kind });
        let first = ana.waits(wish(&ana.id)).await;
        let second = eve.waits(wish(&eve.id)).await;
        app.opens(&bo, day, 30).await;
        assert_eq!(eve.entry_once(&second, "OFFERED").await["offer"]["appointment"]["doctor"]["id"], json!(bo.id));
        assert_eq!(ana.entry(&first).await["status"], "ACTIVE");
        app.opens(&dee, day, 30).await;
        assert_eq!(ana.entry_once(&first, "OFFERED").await["offer"]["appointment"]["doctor"]["id"], json!(dee.id));
    }
}
