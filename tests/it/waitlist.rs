//! The waiting list: a time that is or becomes free reaches the right one, is theirs until they answer, and goes on to the
//! next.

use crate::support::documents::{BOOK, CANCEL, RESCHEDULE};
use crate::support::waiting_list::{
    ACCEPT, DECLINE, ENTRY, FOLLOW_WAITLIST, JOIN_WAITLIST, LEAVE_WAITLIST, UPDATE_ENTRY,
};
use crate::support::{App, Doctor, Patient, Person, codes, user_errors};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use serde_json::{Value, json};

const CONFIRM: &str =
    "mutation($input: ConfirmAppointmentInput!) { confirmAppointment(input: $input) {
    appointment { id version status } userErrors { code } } }";
const CLOSE: &str = "mutation($input: AddAvailabilityExceptionInput!) {
    addAvailabilityException(input: $input) { availabilityException { id } userErrors { code } } }";
const REOPEN: &str = "mutation($input: RemoveAvailabilityExceptionInput!) {
    removeAvailabilityException(input: $input) { userErrors { code } } }";
const WAITLIST: &str = "query($filter: WaitlistFilter) { waitlist(filter: $filter, first: 100) {
    totalCount nodes { id position patient { id } } } }";

fn time(patient: &Patient, doctor: &Doctor, kind: &str, at: DateTime<Utc>) -> Value {
    json!({ "input": { "patientId": patient.id, "doctorId": doctor.id, "visitTypeId": kind, "startsAt": at } })
}

/// The appointment of this patient at that time, which is booked.
async fn booked(patient: &Patient, doctor: &Doctor, kind: &str, at: DateTime<Utc>) -> Value {
    let data = patient.data(BOOK, time(patient, doctor, kind, at)).await;
    assert_eq!(data["bookAppointment"]["userErrors"], json!([]));
    data["bookAppointment"]["appointment"].clone()
}

async fn cancel(person: &Person, appointment: &Value) {
    let input = json!({ "input": { "id": appointment["id"], "expectedVersion": appointment["version"], "reason": "PATIENT" } });
    let data = person.data(CANCEL, input).await;
    assert_eq!(data["cancelAppointment"]["userErrors"], json!([]));
}

/// When the offered visit would begin.
fn begins(entry: &Value) -> DateTime<Utc> {
    let text = entry["offer"]["appointment"]["startsAt"].as_str();
    text.expect("something is offered").parse().unwrap()
}

/// How many offers there are of each outcome: open, accepted, declined, lapsed.
async fn offers(app: &App) -> [i64; 4] {
    let mut counts = [0; 4];
    for (count, outcome) in counts
        .iter_mut()
        .zip(["OPEN", "ACCEPTED", "DECLINED", "LAPSED"])
    {
        let sql = format!("SELECT count(*) FROM waitlist_offer WHERE outcome = '{outcome}'");
        *count = app.number(&sql).await;
    }
    counts
}

on_both! {
    async fn a_freed_time_is_offered_held_for_nobody_else_and_booked_when_taken(app: App) {
        let (ana, eve, ida) = (app.patient("ana").await, app.patient("eve").await, app.patient("ida").await);
        let bo = app.doctor("bo").await;
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 30).await;
        let taken = booked(&ana, &bo, &kind, nine).await;
        let entry = eve.waits_for(&bo, &kind).await;
        assert_eq!((&entry["status"], &entry["position"]), (&json!("ACTIVE"), &json!(1)));
        let mut live = eve.subscribe(FOLLOW_WAITLIST, json!({ "of": { "patient": eve.id } })).await;
        live.is_silent_for(std::time::Duration::from_millis(300)).await;
        cancel(&ana, &taken).await;
        let told = live.next().await;
        assert_eq!(told["kind"], "OFFERED", "{told}");
        assert_eq!(begins(&told["entry"]), nine);
        let offered = eve.entry(&entry).await;
        assert_eq!((&offered["status"], &offered["offer"]["appointment"]["status"]), (&json!("OFFERED"), &json!("PENDING")));
        // After the offer nobody else gets it.
        assert_eq!(user_errors(&ida.run(BOOK, time(&ida, &bo, &kind, nine)).await), ["SLOT_TAKEN"]);
        let taken = eve.answers(ACCEPT, &offered).await;
        assert_eq!((&taken["userErrors"], &taken["entry"]["status"]), (&json!([]), &json!("BOOKED")));
        assert_eq!(taken["entry"]["appointment"]["status"], "BOOKED");
        assert_eq!(live.next().await["entry"]["status"], "BOOKED");
        let after = eve.entry(&entry).await;
        assert_eq!((&after["offer"], &after["position"]), (&Value::Null, &Value::Null));
        assert_eq!(offers(&app).await, [0, 1, 0, 0]);
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED'").await, 1);
    }

    async fn what_was_offered_is_no_booking_while_the_doctor_is_away(app: App) {
        let (eve, bo) = (app.patient("eve").await, app.doctor("bo").await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 30).await;
        let entry = eve.waits_for(&bo, &kind).await;
        let offered = eve.entry_once(&entry, "OFFERED").await;
        crate::absence::mark(&bo, &bo.id, nine - TimeDelta::hours(1), nine + TimeDelta::hours(1)).await;
        assert_eq!(eve.answers(ACCEPT, &offered).await["userErrors"], json!([{ "code": "NO_OFFER" }]));
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED'").await, 0);
    }

    async fn the_most_urgent_come_first_then_who_waits_longest_and_no_answer_is_one(app: App) {
        let bo = app.doctor("bo").await;
        let admin = app.admin().await;
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 30).await;
        let owner = app.patient("owner").await;
        let taken = booked(&owner, &bo, &kind, nine).await;
        let (ana, eve, ida) = (app.patient("ana").await, app.patient("eve").await, app.patient("ida").await);
        let first = ana.waits_for(&bo, &kind).await;
        let second = eve.waits_for(&bo, &kind).await;
        let urgent = json!({ "patientId": ida.id, "with": { "doctor": bo.id }, "visitTypeId": kind, "priority": "URGENT" });
        let urgent = admin.waits(urgent).await;
        let places = [&first, &second, &urgent].map(|entry| entry["id"].clone());
        let list = bo.data(WAITLIST, json!({})).await["waitlist"]["nodes"].take();
        let order: Vec<_> = list.as_array().unwrap().iter().map(|node| (node["id"].clone(), node["position"].clone())).collect();
        assert_eq!(order, [(places[2].clone(), json!(1)), (places[0].clone(), json!(2)), (places[1].clone(), json!(3))]);
        cancel(&owner, &taken).await;
        let offered = ida.entry_once(&urgent, "OFFERED").await;
        assert_eq!(eve.entry(&second).await["status"], "ACTIVE");
        let declined = ida.answers(DECLINE, &offered).await;
        assert_eq!((&declined["userErrors"], &declined["entry"]["status"]), (&json!([]), &json!("ACTIVE")));
        // Silence is an answer too, and whoever took no notice keeps waiting.
        let late = ana.entry_once(&first, "OFFERED").await;
        app.lapse_holds().await;
        let offered = eve.entry_once(&second, "OFFERED").await;
        assert_eq!(begins(&offered), nine);
        assert_eq!(user_errors_of(&ana.answers(ACCEPT, &late).await), ["CONFLICT"]);
        assert_eq!(user_errors_of(&ana.answers(ACCEPT, &ana.entry(&first).await).await), ["NO_OFFER"]);
        assert_eq!(ana.entry(&first).await["status"], "ACTIVE");
        app.lapse_holds().await;
        eve.entry_once(&second, "ACTIVE").await;
        // All three had it: it is offered to none of them again, and anybody may book it.
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        assert_eq!(offers(&app).await, [0, 0, 1, 2]);
        booked(&owner, &bo, &kind, nine).await;
    }

    async fn an_offer_whose_time_is_over_blocks_no_booking_though_nobody_has_swept(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 30).await;
        let entry = eve.waits_for(&bo, &kind).await;
        // What was free all along is offered at once.
        let offered = eve.entry_once(&entry, "OFFERED").await;
        app.lapse_holds().await;
        booked(&ana, &bo, &kind, nine).await;
        let now = eve.entry_once(&entry, "ACTIVE").await;
        assert_ne!(now["version"], offered["version"]);
        assert_eq!(user_errors_of(&eve.answers(ACCEPT, &offered).await), ["CONFLICT"]);
        assert_eq!(offers(&app).await, [0, 0, 0, 1]);
    }

    async fn whoever_leaves_three_offers_in_a_row_unanswered_waits_no_more(app: App) {
        let (eve, bo) = (app.patient("eve").await, app.doctor("bo").await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 150).await;
        let entry = eve.waits_for(&bo, &kind).await;
        for lapsed in 0..3 {
            let offered = eve.entry_once(&entry, "OFFERED").await;
            assert_eq!(begins(&offered), nine + TimeDelta::minutes(30 * lapsed));
            let version = offered["version"].as_i64().unwrap();
            app.lapse_holds().await;
            while eve.entry(&entry).await["version"].as_i64().unwrap() <= version {
                tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            }
        }
        assert_eq!(eve.entry(&entry).await["status"], "EXPIRED");
        assert_eq!(offers(&app).await, [0, 0, 0, 3]);
    }

    async fn every_way_in_which_a_time_becomes_free_ends_at_the_next_who_waits(app: App) {
        let bo = app.doctor("bo").await;
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let entry = eve.waits_for(&bo, &kind).await;
        // Hours are published.
        app.opens(&bo, nine, 30).await;
        let mut offered = eve.entry_once(&entry, "OFFERED").await;
        // The plain verbs of appointments answer an offer too.
        let hold = offered["offer"]["appointment"].clone();
        let confirm = json!({ "input": { "id": hold["id"], "expectedVersion": hold["version"] } });
        let confirmed = eve.data(CONFIRM, confirm).await["confirmAppointment"]["appointment"].take();
        assert_eq!(confirmed["status"], "BOOKED");
        let done = eve.entry_once(&entry, "BOOKED").await;
        assert_eq!(done["appointment"]["id"], hold["id"]);
        // It is moved to another time, by whoever may.
        let ida = app.patient("ida").await;
        let waiting = ida.waits_for(&bo, &kind).await;
        let admin = app.admin().await;
        let to = json!({ "input": { "id": hold["id"], "expectedVersion": confirmed["version"], "startsAt": nine + TimeDelta::hours(4) } });
        assert_eq!(admin.data(RESCHEDULE, to).await["rescheduleAppointment"]["userErrors"], json!([]));
        offered = ida.entry_once(&waiting, "OFFERED").await;
        assert_eq!(begins(&offered), nine);
        // Somebody leaves who had an offer.
        let next = ana.waits_for(&bo, &kind).await;
        let left = ida.answers(LEAVE_WAITLIST, &offered).await;
        assert_eq!(left["entry"]["status"], "WITHDRAWN");
        offered = ana.entry_once(&next, "OFFERED").await;
        assert_eq!(begins(&offered), nine);
        // A day that was closed is open again.
        let tomorrow = nine + TimeDelta::days(1);
        let close = json!({ "input": { "doctorId": bo.id, "kind": "CLOSED", "firstDay": tomorrow.date_naive() } });
        let closed = bo.data(CLOSE, close).await["addAvailabilityException"]["availabilityException"]["id"].take();
        app.opens(&bo, tomorrow, 30).await;
        let mia = app.patient("mia").await;
        let waiting = mia.waits_for(&bo, &kind).await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(mia.entry(&waiting).await["status"], "ACTIVE");
        bo.data(REOPEN, json!({ "input": { "id": closed } })).await;
        assert_eq!(begins(&mia.entry_once(&waiting, "OFFERED").await), tomorrow);
    }

    async fn a_time_is_offered_to_whom_it_fits_by_the_clocks_on_the_doctors_wall(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        app.execute("UPDATE doctor SET zone = 'Asia/Kolkata'").await;
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let weekday = nine.weekday();
        let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
        let today = days[usize::try_from(weekday.num_days_from_monday()).unwrap()];
        let other = days[usize::try_from(weekday.succ().num_days_from_monday()).unwrap()];
        let wish = |patient: &Patient, window: Value| json!({ "patientId": patient.id, "with": { "doctor": bo.id },
            "visitTypeId": kind, "windows": [window] });
        // The doctor's clocks say 9:00 up to 10:30.
        let wrong_day = ana.waits(wish(&ana, json!({ "weekdays": [other] }))).await;
        let fits = eve.waits(wish(&eve, json!({ "weekdays": [today], "firstDay": nine.date_naive(), "from": "09:45:00",
            "until": "10:30:00" }))).await;
        assert_eq!(fits["windows"][0]["weekdays"], json!([today]));
        app.opens(&bo, nine, 90).await;
        let offered = eve.entry_once(&fits, "OFFERED").await;
        // Half past five hours ahead of ours: ten o'clock there is half past four here.
        assert_eq!(begins(&offered), nine + TimeDelta::hours(1) - TimeDelta::minutes(330));
        assert_eq!(ana.entry(&wrong_day).await["status"], "ACTIVE");
        let update = json!({ "input": { "id": wrong_day["id"], "expectedVersion": 1, "windows": [] } });
        assert_eq!(ana.data(UPDATE_ENTRY, update).await["updateWaitlistEntry"]["userErrors"], json!([]));
        assert_eq!(begins(&ana.entry_once(&wrong_day, "OFFERED").await), nine - TimeDelta::minutes(330));
    }

    async fn any_doctor_of_a_specialty_serves_who_waits_for_the_specialty(app: App) {
        let (eve, bo, cy) = (app.patient("eve").await, app.doctor("bo").await, app.doctor("cy").await);
        let kind = app.visit_type(30).await;
        let specialty = "UPDATE doctor SET specialties = '[{\"system\":\"s\",\"code\":\"x-ray\",\"display\":\"X\"}]'";
        app.execute(specialty).await;
        let wish = |code: &str| json!({ "patientId": eve.id, "with": { "specialty": code }, "visitTypeId": kind });
        let entry = eve.waits(wish("x-ray")).await;
        let none = eve.run(JOIN_WAITLIST, json!({ "input": wish("alchemy") })).await;
        assert_eq!(user_errors(&none), ["SPECIALTY_NOT_FOUND"]);
        let nine = app.day_after_tomorrow(9);
        app.opens(&cy, nine, 30).await;
        let offered = eve.entry_once(&entry, "OFFERED").await;
        assert_eq!(offered["offer"]["appointment"]["doctor"]["id"], json!(cy.id));
        eve.answers(DECLINE, &offered).await;
        app.opens(&bo, nine, 30).await;
        let offered = eve.entry_once(&entry, "OFFERED").await;
        assert_eq!(offered["offer"]["appointment"]["doctor"]["id"], json!(bo.id));
    }

    async fn a_patient_is_offered_no_time_at_which_they_have_something_else(app: App) {
        let (eve, bo, cy) = (app.patient("eve").await, app.doctor("bo").await, app.doctor("cy").await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        booked(&eve, &cy, &kind, nine).await;
        app.opens(&bo, nine, 60).await;
        let entry = eve.waits_for(&bo, &kind).await;
        assert_eq!(begins(&eve.entry_once(&entry, "OFFERED").await), nine + TimeDelta::minutes(30));
    }

    async fn who_is_erased_is_on_no_list_and_is_offered_nothing(app: App) {
        let (eve, bo, admin) = (app.patient("eve").await, app.doctor("bo").await, app.admin().await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let input = json!({ "patientId": eve.id, "with": { "doctor": bo.id }, "visitTypeId": kind, "note": "by bus" });
        let entry = eve.waits(input).await;
        let mrn = eve.data("query($id: ID!) { patient(id: $id) { mrn } }", json!({ "id": eve.id })).await;
        let mrn = mrn["patient"]["mrn"].as_str().unwrap();
        let erase = ["patient", "erase", &eve.id, "--mrn", mrn, "--reason", "request"];
        app.cli(&[], &erase).await.unwrap();
        app.opens(&bo, nine, 30).await;
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        assert_eq!(admin.data(WAITLIST, json!({})).await["waitlist"]["totalCount"], 0);
        assert_eq!(codes(&admin.run(ENTRY, json!({ "id": entry["id"] })).await), ["NOT_FOUND"]);
        assert_eq!(offers(&app).await, [0, 0, 0, 0]);
        assert_eq!(app.number("SELECT count(*) FROM waitlist_entry WHERE note IS NOT NULL").await, 0);
    }

    async fn nobody_learns_who_else_waits_and_each_sees_what_is_theirs(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, cy, di) = (app.doctor("bo").await, app.doctor("cy").await, app.doctor("di").await);
        let (admin, analyst) = (app.admin().await, app.analyst().await);
        app.care(cy.row, eve.row, None).await;
        let kind = app.visit_type(30).await;
        let note = json!({ "patientId": ana.id, "with": { "doctor": bo.id }, "visitTypeId": kind, "note": "mornings by bus" });
        let hers = ana.waits(note).await;
        let other = eve.waits_for(&bo, &kind).await;
        assert_eq!((&hers["note"], &other["position"]), (&json!("mornings by bus"), &json!(2)));
        let sees = async |person: &Person, entry: &Value| {
            let answer = person.run(ENTRY, json!({ "id": entry["id"] })).await;
            answer["data"]["waitlistEntry"].is_object()
        };
        for (person, expected) in [(&*ana as &Person, [true, false]), (&eve, [false, true]), (&bo, [true, true]),
            (&cy, [false, true]), (&di, [false, false]), (&admin, [true, true]), (&analyst, [false, false])] {
            assert_eq!([sees(person, &hers).await, sees(person, &other).await], expected, "{}", person.email);
            let listed = person.run(WAITLIST, json!({})).await;
            let count = listed["data"]["waitlist"]["totalCount"].as_u64().unwrap_or_default();
            let seen = expected.iter().filter(|sees| **sees).count();
            assert_eq!(usize::try_from(count).unwrap(), seen, "{}", person.email);
        }
        // A doctor without a relation gives themselves none by the list.
        for (person, with) in [(&bo, &bo), (&di, &di), (&di, &bo)] {
            let input = json!({ "patientId": ana.id, "with": { "doctor": with.id }, "visitTypeId": kind });
            let answer = person.run(JOIN_WAITLIST, json!({ "input": input })).await;
            assert_eq!(user_errors(&answer), ["PATIENT_NOT_FOUND"]);
        }
        let shut = di.run(LEAVE_WAITLIST, json!({ "input": { "id": hers["id"], "expectedVersion": 1 } })).await;
        assert_eq!(codes(&shut), ["NOT_FOUND"]);
        let none = ana.run(LEAVE_WAITLIST, json!({ "input": { "id": other["id"], "expectedVersion": 1 } })).await;
        assert_eq!(codes(&none), ["NOT_FOUND"]);
    }

    async fn what_cannot_be_waited_for_is_refused_and_so_is_what_is_not_ones_own_to_say(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let kind = app.visit_type(30).await;
        let asked_for = app.visit_type_to_ask_for().await;
        let wish = json!({ "patientId": ana.id, "with": { "doctor": bo.id }, "visitTypeId": kind });
        let nobody = "0".repeat(32);
        for (field, value, code) in [
            ("patientId", json!(format!("pat_{nobody}")), "PATIENT_NOT_FOUND"),
            ("with", json!({ "doctor": format!("doc_{nobody}") }), "DOCTOR_NOT_FOUND"),
            ("visitTypeId", json!(format!("vis_{nobody}")), "VISIT_TYPE_NOT_FOUND"),
            ("visitTypeId", json!(asked_for), "NEEDS_APPROVAL"),
            ("priority", json!("STAT"), "PRIORITY_NOT_YOURS"),
            ("windows", json!([{ "from": "10:00:00", "until": "09:00:00" }]), "INVALID_WINDOWS"),
            ("windows", json!([{ "lastDay": "2020-01-01" }]), "INVALID_WINDOWS"),
            ("windows", json!([{ "weekdays": [] }]), "INVALID_WINDOWS"),
            ("note", json!("x".repeat(501)), "INVALID_NOTE"),
        ] {
            let mut wrong = wish.clone();
            wrong[field] = value;
            assert_eq!(user_errors(&ana.run(JOIN_WAITLIST, json!({ "input": wrong })).await), [code]);
        }
        let mut once = wish.clone();
        once["idempotencyKey"] = json!("once");
        let entry = ana.waits(once.clone()).await;
        assert_eq!(ana.waits(once).await["id"], entry["id"]);
        assert_eq!(user_errors(&ana.run(JOIN_WAITLIST, json!({ "input": wish })).await), ["ALREADY_WAITING"]);
        let urgent = |version: i32| json!({ "input": { "id": entry["id"], "expectedVersion": version, "priority": "ASAP" } });
        assert_eq!(user_errors(&ana.run(UPDATE_ENTRY, urgent(1)).await), ["PRIORITY_NOT_YOURS"]);
        assert_eq!(admin.data(UPDATE_ENTRY, urgent(1)).await["updateWaitlistEntry"]["entry"]["priority"], "ASAP");
        assert_eq!(user_errors(&admin.run(UPDATE_ENTRY, urgent(1)).await), ["CONFLICT"]);
        assert_eq!(user_errors_of(&ana.answers(ACCEPT, &ana.entry(&entry).await).await), ["NO_OFFER"]);
        let gone = ana.answers(LEAVE_WAITLIST, &ana.entry(&entry).await).await["entry"].take();
        assert_eq!(gone["status"], "WITHDRAWN");
        assert_eq!(user_errors_of(&ana.answers(LEAVE_WAITLIST, &gone).await), ["NOT_WAITING"]);
        app.execute("UPDATE doctor SET accepts_new_patients = false").await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let wish = json!({ "input": { "patientId": ana.id, "with": { "doctor": bo.id }, "visitTypeId": kind } });
        assert_eq!(user_errors(&ana.run(JOIN_WAITLIST, wish).await), ["NOT_ACCEPTING_PATIENTS"]);
    }
}

fn user_errors_of(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors
        .map(|error| error["code"].as_str().unwrap().to_owned())
        .collect()
}
