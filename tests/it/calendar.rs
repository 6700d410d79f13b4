//! A doctor's hours, free times, holds and group visits: what is offered can be booked, what is not is refused, and a hold
//! whose time is over stands in nobody's way.

use crate::support::documents::{BOOK, CANCEL, REQUEST, RESCHEDULE};
use crate::support::{App, Doctor, Person, codes, user_errors};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const ADD_RULE: &str =
    "mutation($input: AddAvailabilityRuleInput!) { addAvailabilityRule(input: $input) {
    availabilityRule { id version weekdays from until step zone } userErrors { code path } } }";
const END_RULE: &str =
    "mutation($input: EndAvailabilityRuleInput!) { endAvailabilityRule(input: $input) {
    availabilityRule { id version validUntil } userErrors { code } } }";
const UPDATE_RULE: &str =
    "mutation($input: UpdateAvailabilityRuleInput!) { updateAvailabilityRule(input: $input) {
    availabilityRule { id version until } userErrors { code } } }";
const ADD_EXCEPTION: &str = "mutation($input: AddAvailabilityExceptionInput!) {
    addAvailabilityException(input: $input) { availabilityException { id } userErrors { code } } }";
const REMOVE_EXCEPTION: &str = "mutation($input: RemoveAvailabilityExceptionInput!) {
    removeAvailabilityException(input: $input) { doctor { id } userErrors { code } } }";
const SLOTS: &str = "query($doctor: ID!, $kind: ID!, $from: DateTime!, $to: DateTime!) {
    slots(doctor: $doctor, visitType: $kind, from: $from, to: $to, first: 100) {
        totalCount nodes { startsAt endsAt seats } } }";
const HOLD: &str = "mutation($input: HoldSlotInput!) { holdSlot(input: $input) {
    appointment { id version status holdExpiresAt } userErrors { code } } }";
const CONFIRM: &str =
    "mutation($input: ConfirmAppointmentInput!) { confirmAppointment(input: $input) {
    appointment { id version status holdExpiresAt } userErrors { code } } }";
const CREATE_KIND: &str =
    "mutation($input: CreateVisitTypeInput!) { createVisitType(input: $input) {
    visitType { id capacity bufferBefore } userErrors { code } } }";
const FOLLOW_SLOTS: &str = "subscription($doctor: ID!) { slotsChanged(doctor: $doctor) {
    __typename ... on SlotsChange { cursor firstDay lastDay } } }";

const EVERY_DAY: [&str; 7] = [
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
];

/// From nine to twelve, each day.
async fn mornings(doctor: &Doctor) -> Value {
    let input = json!({ "doctorId": doctor.id, "weekdays": EVERY_DAY, "from": "09:00:00",
        "until": "12:00:00", "step": 30 });
    let data = doctor.data(ADD_RULE, json!({ "input": input })).await;
    assert_eq!(data["addAvailabilityRule"]["userErrors"], json!([]));
    data["addAvailabilityRule"]["availabilityRule"].clone()
}

/// The hours and minutes (UTC) at which the doctor has free times that day.
async fn free(person: &Person, doctor: &str, kind: &str, day: DateTime<Utc>) -> Vec<String> {
    let variables =
        json!({ "doctor": doctor, "kind": kind, "from": day, "to": day + TimeDelta::days(1) });
    let data = person.data(SLOTS, variables).await;
    let nodes = data["slots"]["nodes"].as_array().unwrap();
    let time = |slot: &Value| slot["startsAt"].as_str().unwrap()[11..16].to_owned();
    nodes.iter().map(time).collect()
}

fn time(patient: &str, doctor: &str, kind: &str, at: DateTime<Utc>) -> Value {
    json!({ "input": { "patientId": patient, "doctorId": doctor, "visitTypeId": kind, "startsAt": at } })
}

/// What came of it: refusals, or the state of the appointment.
fn outcome(answer: &Value) -> String {
    let mut told = codes(answer);
    told.extend(user_errors(answer));
    if told.is_empty() {
        let payload = answer["data"].as_object().unwrap().values().next().unwrap();
        return payload["appointment"]["status"]
            .as_str()
            .unwrap_or("DONE")
            .to_owned();
    }
    told.join(" ")
}

async fn lapse_all_holds(app: &App) {
    let past = match app.backend() {
        crate::support::Backend::Sqlite => "'2020-01-01T00:00:00+00:00'",
        crate::support::Backend::Postgres => "timestamptz '2020-01-01'",
    };
    app.execute(&format!(
        "UPDATE appointment SET hold_expires_at = {past} WHERE status = 'PENDING'"
    ))
    .await;
}

async fn kind_of(person: &Person, more: Value) -> String {
    let mut input =
        json!({ "code": "kind", "name": "A kind", "minutes": 30, "modality": "IN_PERSON" });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    let data = person.data(CREATE_KIND, json!({ "input": input })).await;
    data["createVisitType"]["visitType"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

on_both! {
    async fn what_the_hours_offer_is_free_until_it_is_taken(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let kind = app.visit_type(60).await;
        let day = app.day_after_tomorrow(0);
        assert_eq!(free(&ana, &bo.id, &kind, day).await, Vec::<String>::new());
        mornings(&bo).await;
        let all = ["09:00", "09:30", "10:00", "10:30", "11:00"];
        assert_eq!(free(&ana, &bo.id, &kind, day).await, all);
        let ten = day + TimeDelta::hours(10);
        assert_eq!(outcome(&ana.run(BOOK, time(&ana.id, &bo.id, &kind, ten)).await), "BOOKED");
        assert_eq!(free(&ana, &bo.id, &kind, day).await, ["09:00", "11:00"]);
        let closed = json!({ "input": { "doctorId": bo.id, "kind": "CLOSED",
            "firstDay": day.date_naive(), "from": "09:00:00", "until": "09:15:00" } });
        let closed = bo.data(ADD_EXCEPTION, closed).await;
        assert_eq!(free(&ana, &bo.id, &kind, day).await, ["11:00"]);
        let open = json!({ "input": { "doctorId": bo.id, "kind": "OPEN", "step": 60,
            "firstDay": day.date_naive(), "from": "20:00:00", "until": "00:00:00" } });
        bo.data(ADD_EXCEPTION, open).await;
        assert_eq!(free(&ana, &bo.id, &kind, day).await, ["11:00", "20:00", "21:00", "22:00", "23:00"]);
        let id = closed["addAvailabilityException"]["availabilityException"]["id"].clone();
        bo.data(REMOVE_EXCEPTION, json!({ "input": { "id": id } })).await;
        assert_eq!(free(&ana, &bo.id, &kind, day).await[..2], ["09:00", "11:00"]);
    }

    async fn what_begins_after_the_stretch_can_stand_in_the_way_of_what_begins_in_it(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        mornings(&bo).await;
        let (long, short) = (app.visit_type(150).await, app.visit_type(15).await);
        let day = app.day_after_tomorrow(0);
        let within = json!({ "doctor": bo.id, "kind": long, "from": day, "to": day + TimeDelta::minutes(9 * 60 + 1) });
        assert_eq!(ana.data(SLOTS, within.clone()).await["slots"]["totalCount"], 1);
        let late = day + TimeDelta::minutes(11 * 60 + 20);
        assert_eq!(outcome(&admin.run(BOOK, time(&ana.id, &bo.id, &short, late)).await), "BOOKED");
        assert_eq!(ana.data(SLOTS, within).await["slots"]["totalCount"], 0);
    }

    async fn a_patient_books_only_what_the_hours_offer_and_staff_what_is_free(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let kind = app.visit_type(30).await;
        let day = app.day_after_tomorrow(0);
        let at = |minutes| time(&ana.id, &bo.id, &kind, day + TimeDelta::minutes(minutes));
        // Without published hours, anything.
        assert_eq!(outcome(&ana.run(BOOK, at(5 * 60)).await), "BOOKED");
        mornings(&bo).await;
        for (minutes, expected) in [(8 * 60, "NOT_AVAILABLE"), (9 * 60 + 10, "NOT_AVAILABLE"),
            (11 * 60 + 45, "NOT_AVAILABLE"), (9 * 60, "BOOKED"), (11 * 60 + 30, "BOOKED")] {
            assert_eq!(outcome(&ana.run(BOOK, at(minutes)).await), expected, "{minutes}");
        }
        assert_eq!(outcome(&ana.run(HOLD, at(13 * 60)).await), "NOT_AVAILABLE");
        assert_eq!(outcome(&ana.run(REQUEST, at(13 * 60)).await), "NOT_AVAILABLE");
        let booked = ana.run(BOOK, at(10 * 60)).await["data"]["bookAppointment"]["appointment"]["id"].clone();
        let to = |minutes| json!({ "input": { "id": booked, "expectedVersion": 1, "startsAt": day + TimeDelta::minutes(minutes) } });
        assert_eq!(outcome(&ana.run(RESCHEDULE, to(14 * 60)).await), "NOT_AVAILABLE");
        assert_eq!(outcome(&ana.run(RESCHEDULE, to(10 * 60 + 30)).await), "BOOKED");
        assert_eq!(outcome(&admin.run(BOOK, at(13 * 60)).await), "BOOKED");
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 6);
    }

    async fn buffers_notice_and_advance_are_kept(app: App) {
        let (ana, eve, bo, admin) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await, app.admin().await);
        mornings(&bo).await;
        let day = app.day_after_tomorrow(0);
        let kind = kind_of(&admin, json!({ "bufferBefore": 10, "bufferAfter": 20 })).await;
        let ten = day + TimeDelta::hours(10);
        assert_eq!(outcome(&ana.run(BOOK, time(&ana.id, &bo.id, &kind, ten)).await), "BOOKED");
        // 9:50 to 10:50 is blocked, and the next needs ten minutes before and twenty after.
        assert_eq!(free(&eve, &bo.id, &kind, day).await, ["09:00", "11:00", "11:30"]);
        // The constraint knows the buffers too: staff are not asked about hours, but about what is taken.
        let plain = app.visit_type(30).await;
        for (minutes, expected) in [(9 * 60 + 25, "SLOT_TAKEN"), (9 * 60 + 20, "BOOKED"),
            (10 * 60 + 45, "SLOT_TAKEN"), (10 * 60 + 50, "BOOKED")] {
            let at = day + TimeDelta::minutes(minutes);
            assert_eq!(outcome(&admin.run(BOOK, time(&eve.id, &bo.id, &plain, at)).await), expected, "{minutes}");
        }
        let late = kind_of(&admin, json!({ "code": "late", "minimumNotice": 43_200 })).await;
        let far = kind_of(&admin, json!({ "code": "far", "maximumAdvance": 1 })).await;
        for kind in [late, far] {
            assert_eq!(free(&eve, &bo.id, &kind, day).await, Vec::<String>::new());
            assert_eq!(outcome(&eve.run(BOOK, time(&eve.id, &bo.id, &kind, day + TimeDelta::hours(9))).await), "NOT_AVAILABLE");
        }
    }

    async fn hours_are_kept_by_the_doctor_and_administrators(app: App) {
        let (ana, bo, cy, admin) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await, app.admin().await);
        let rule = mornings(&bo).await;
        assert_eq!(rule["weekdays"], json!(EVERY_DAY));
        let input = json!({ "doctorId": bo.id, "weekdays": ["MONDAY"], "validFrom": "2030-01-01", "from": "13:00:00", "until": "17:00:00" });
        for (person, expected) in [(&*ana as &Person, "FORBIDDEN"), (&*cy, "FORBIDDEN"), (&*admin, "DONE")] {
            assert_eq!(outcome(&person.run(ADD_RULE, json!({ "input": input })).await), expected);
        }
        for (field, value, code) in [("weekdays", json!([]), "INVALID_WEEKDAYS"), ("until", json!("12:00:00"), "INVALID_HOURS"),
            ("step", json!(4), "INVALID_STEP"), ("zone", json!("Mars/Base"), "INVALID_ZONE"),
            ("validUntil", json!("2020-01-01"), "INVALID_DAYS"), ("location", json!("x".repeat(101)), "INVALID_LOCATION"),
            ("visitTypeIds", json!([format!("vis_{}", "0".repeat(32))]), "VISIT_TYPE_NOT_FOUND")] {
            let mut wrong = input.clone();
            wrong[field] = value;
            assert_eq!(outcome(&bo.run(ADD_RULE, json!({ "input": wrong })).await), code);
        }
        let change = |version: i32| json!({ "input": { "id": rule["id"], "expectedVersion": version, "until": "11:00:00" } });
        assert_eq!(outcome(&bo.run(UPDATE_RULE, change(1)).await), "DONE");
        let late = bo.run(UPDATE_RULE, change(1)).await;
        assert_eq!(outcome(&late), "CONFLICT");
        assert_eq!(late["data"]["updateAvailabilityRule"]["availabilityRule"]["version"], 2);
        let day = app.day_after_tomorrow(0);
        let kind = app.visit_type(60).await;
        assert_eq!(free(&ana, &bo.id, &kind, day).await.last().unwrap(), "10:00");
        let end = |version: i32, last: DateTime<Utc>| json!({ "input": { "id": rule["id"], "expectedVersion": version, "lastDay": last.date_naive() } });
        assert_eq!(outcome(&bo.run(END_RULE, end(2, day - TimeDelta::days(1))).await), "DONE");
        let left = free(&ana, &bo.id, &kind, day).await;
        assert!(!left.contains(&"09:00".to_owned()), "{left:?}");
        let mut away = end(3, day - TimeDelta::days(9));
        away["input"]["idempotencyKey"] = json!("once");
        for _ in 0..2 {
            assert_eq!(outcome(&bo.run(END_RULE, away.clone()).await), "DONE");
        }
        away["input"]["idempotencyKey"] = json!("twice");
        assert_eq!(outcome(&bo.run(END_RULE, away).await), "NOT_FOUND");
        assert_eq!(app.number("SELECT count(*) FROM availability_rule").await, 1);
    }

    async fn a_hold_keeps_others_away_until_it_is_confirmed_or_over(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let kind = app.visit_type(30).await;
        mornings(&bo).await;
        let day = app.day_after_tomorrow(0);
        let nine = day + TimeDelta::hours(9);
        let held = ana.run(HOLD, time(&ana.id, &bo.id, &kind, nine)).await;
        assert_eq!(outcome(&held), "PENDING");
        let held = held["data"]["holdSlot"]["appointment"].clone();
        assert!(held["holdExpiresAt"].is_string());
        assert_eq!(outcome(&eve.run(BOOK, time(&eve.id, &bo.id, &kind, nine)).await), "SLOT_TAKEN");
        assert!(!free(&eve, &bo.id, &kind, day).await.contains(&"09:00".to_owned()));
        lapse_all_holds(&app).await;
        // Over, and nobody has swept: it is free, and whoever comes gets it.
        assert_eq!(free(&eve, &bo.id, &kind, day).await[0], "09:00");
        let confirm = |held: &Value| json!({ "input": { "id": held["id"], "expectedVersion": held["version"] } });
        assert_eq!(outcome(&ana.run(CONFIRM, confirm(&held)).await), "TOO_LATE");
        assert_eq!(outcome(&eve.run(BOOK, time(&eve.id, &bo.id, &kind, nine)).await), "BOOKED");
        let states = "SELECT count(*) FROM appointment WHERE status = 'CANCELLED' AND cancellation_reason = 'hold-expired'";
        assert_eq!(app.number(states).await, 1);
        let history = "query($id: ID!) { appointment(id: $id) { history { nodes { kind by cancellationReason } } } }";
        let steps = ana.data(history, json!({ "id": held["id"] })).await["appointment"]["history"]["nodes"].take();
        assert_eq!(steps[1], json!({ "kind": "CANCELLED", "by": "SYSTEM", "cancellationReason": "HOLD_EXPIRED" }));
        // The patient's and the doctor's stream were told.
        assert_eq!(app.number("SELECT count(*) FROM event WHERE kind = 'APPOINTMENT_CANCELLED'").await, 3);
        // Also where the patient has a hold elsewhere that is over, and with an idempotency key.
        let cy = app.doctor("cy").await;
        let ten = day + TimeDelta::hours(10);
        assert_eq!(outcome(&ana.run(HOLD, time(&ana.id, &cy.id, &kind, ten)).await), "PENDING");
        lapse_all_holds(&app).await;
        let mut again = time(&ana.id, &bo.id, &kind, ten);
        again["input"]["idempotencyKey"] = json!("once");
        assert_eq!(outcome(&ana.run(BOOK, again).await), "BOOKED");
        let half = day + TimeDelta::minutes(11 * 60 + 30);
        let held = ana.run(HOLD, time(&ana.id, &bo.id, &kind, half)).await["data"]["holdSlot"]["appointment"].clone();
        let confirmed = ana.run(CONFIRM, confirm(&held)).await;
        assert_eq!(outcome(&confirmed), "BOOKED");
        assert_eq!(confirmed["data"]["confirmAppointment"]["appointment"]["holdExpiresAt"], Value::Null);
    }

    async fn one_holds_three_at_most_and_lets_go_whenever_one_likes(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let kind = app.visit_type(30).await;
        let at = |hour| time(&ana.id, &bo.id, &kind, app.day_after_tomorrow(hour));
        let asking = (8..18).map(|hour| { let (ana, at) = (ana.person.clone(), at(hour)); async move { ana.run(HOLD, at).await } });
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        let mut held = Value::Null;
        for answer in join_all(asking).await {
            let told = outcome(&answer);
            if told == "PENDING" {
                held = answer["data"]["holdSlot"]["appointment"].clone();
            }
            *outcomes.entry(told).or_default() += 1;
        }
        assert_eq!(outcomes, BTreeMap::from([("PENDING".to_owned(), 3), ("TOO_MANY_HOLDS".to_owned(), 7)]));
        let cancel = json!({ "input": { "id": held["id"], "expectedVersion": held["version"], "reason": "PATIENT" } });
        assert_eq!(outcome(&ana.run(CANCEL, cancel).await), "CANCELLED");
        assert_eq!(outcome(&ana.run(HOLD, at(20)).await), "PENDING");
    }

    async fn two_hundred_clients_at_one_slot_leave_one_owner(app: App) {
        let bo = app.doctor("bo").await;
        let kind = app.visit_type(30).await;
        let at = app.day_after_tomorrow(9);
        let first = app.patient("first").await;
        assert_eq!(outcome(&first.run(HOLD, time(&first.id, &bo.id, &kind, at)).await), "PENDING");
        lapse_all_holds(&app).await;
        let mut patients = Vec::new();
        for number in 0..20 {
            patients.push(app.patient(&format!("patient{number}")).await);
        }
        let racing = (0..200).map(|number: usize| {
            let patient = &patients[number % patients.len()];
            let (person, input) = (patient.person.clone(), time(&patient.id, &bo.id, &kind, at));
            tokio::spawn(async move {
                if number.is_multiple_of(2) {
                    return person.run(BOOK, input).await;
                }
                let held = person.run(HOLD, input).await;
                let one = held["data"]["holdSlot"]["appointment"].clone();
                if !one.is_object() {
                    return held;
                }
                let confirm = json!({ "input": { "id": one["id"], "expectedVersion": one["version"] } });
                person.run(CONFIRM, confirm).await
            })
        });
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        for answer in join_all(racing.collect::<Vec<_>>()).await {
            *outcomes.entry(outcome(&answer.unwrap())).or_default() += 1;
        }
        assert_eq!(outcomes, BTreeMap::from([("BOOKED".to_owned(), 1), ("SLOT_TAKEN".to_owned(), 199)]));
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED'").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'PENDING'").await, 0);
    }

    async fn a_group_of_five_seats_five_however_many_come(app: App) {
        let (bo, admin) = (app.doctor("bo").await, app.admin().await);
        mornings(&bo).await;
        let kind = kind_of(&admin, json!({ "capacity": 5 })).await;
        let at = app.day_after_tomorrow(9);
        let mut patients = Vec::new();
        for number in 0..20 {
            patients.push(app.patient(&format!("patient{number}")).await);
        }
        let racing = (0..200).map(|number: usize| {
            let patient = &patients[number % patients.len()];
            let (person, input) = (patient.person.clone(), time(&patient.id, &bo.id, &kind, at));
            let document = if number.is_multiple_of(3) { HOLD } else { BOOK };
            tokio::spawn(async move { person.run(document, input).await })
        });
        let mut seated = 0;
        for answer in join_all(racing.collect::<Vec<_>>()).await {
            let told = outcome(&answer.unwrap());
            assert!(["BOOKED", "PENDING", "SLOT_TAKEN", "PATIENT_BUSY"].contains(&&*told), "{told}");
            seated += u32::from(told == "BOOKED" || told == "PENDING");
        }
        assert_eq!(seated, 5);
        assert_eq!(app.number("SELECT count(DISTINCT seat) FROM appointment WHERE status IN ('BOOKED', 'PENDING')").await, 5);
        // Another kind of visit does not fit in, and the next time has all its seats.
        let plain = app.visit_type(30).await;
        assert_eq!(outcome(&admin.run(BOOK, time(&patients[0].id, &bo.id, &plain, at)).await), "SLOT_TAKEN");
        let day = app.day_after_tomorrow(0);
        assert_eq!(free(&admin, &bo.id, &kind, day).await[0], "09:30");
    }

    async fn whoever_follows_free_times_hears_days_and_nobody(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let kind = app.visit_type(30).await;
        let mut live = eve.subscribe(FOLLOW_SLOTS, json!({ "doctor": bo.id })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        mornings(&bo).await;
        let any = live.next().await;
        assert_eq!((&any["__typename"], &any["firstDay"]), (&json!("SlotsChange"), &Value::Null));
        let at = app.day_after_tomorrow(9);
        let booked = ana.run(BOOK, time(&ana.id, &bo.id, &kind, at)).await["data"]["bookAppointment"]["appointment"].clone();
        let day = json!(at.date_naive());
        assert_eq!(live.next().await["firstDay"], day);
        // That the patient will come concerns nobody who looks for a free time.
        let confirm = json!({ "input": { "id": booked["id"], "expectedVersion": booked["version"] } });
        assert_eq!(outcome(&ana.run(CONFIRM, confirm).await), "BOOKED");
        live.is_silent_for(Duration::from_millis(500)).await;
        let cancel = json!({ "input": { "id": booked["id"], "expectedVersion": 2, "reason": "PATIENT" } });
        assert_eq!(outcome(&ana.run(CANCEL, cancel).await), "CANCELLED");
        assert_eq!(live.next().await["lastDay"], day);
        // A hold that nobody confirms is called off by time, and said.
        assert_eq!(outcome(&ana.run(HOLD, time(&ana.id, &bo.id, &kind, at)).await), "PENDING");
        assert_eq!(live.next().await["firstDay"], day);
        lapse_all_holds(&app).await;
        let released = patient_tracker::appointment::service::release_expired(app.state()).await;
        assert_eq!(released.unwrap(), 1);
        assert_eq!(live.next().await["firstDay"], day);
        let analyst = app.analyst().await;
        let mut refused = analyst.subscribe(FOLLOW_SLOTS, json!({ "doctor": bo.id })).await;
        let told = refused.socket.message_within(Duration::from_secs(3)).await;
        assert_eq!(told.unwrap().unwrap()["type"], "error");
    }
}
