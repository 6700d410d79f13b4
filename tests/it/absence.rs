//! A doctor who is away: nobody is given their time, what had been booked is listed with where it could go, and brought
//! there, or called off.

use crate::support::documents::{BOOK, REQUEST, RESCHEDULE};
use crate::support::{App, Doctor, Person, codes, user_errors};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::Confidentiality;
use serde_json::{Value, json};
use std::time::Duration;

const MARK: &str = "mutation($input: MarkAbsenceInput!) { markAbsence(input: $input) {
    absence { id version kind startsAt endsAt endedAt reason } userErrors { code path } } }";
const UPDATE: &str = "mutation($input: UpdateAbsenceInput!) { updateAbsence(input: $input) {
    absence { id version endsAt reason } userErrors { code path } } }";
const END: &str = "mutation($input: EndAbsenceInput!) { endAbsence(input: $input) {
    absence { id version endedAt } userErrors { code } } }";
const ABSENCES: &str = "query($doctor: ID!) { absences(doctor: $doctor) {
    totalCount nodes { id kind reason doctor { id } } } }";
const NODE: &str = "query($id: ID!) { node(id: $id) { id ... on Absence { kind reason } } }";
const AFFECTED: &str = "query($id: ID!, $first: Int) { node(id: $id) { ... on Absence {
    affected(first: $first) { totalCount nodes { appointment { id version status startsAt }
        proposals { way startsAt endsAt doctor { id } } } } } } }";
const REROUTE: &str =
    "mutation($input: RerouteAppointmentInput!) { rerouteAppointment(input: $input) {
    appointment { id version status startsAt reason doctor { id } replaces { id status cancellationReason } }
    userErrors { code path } } }";
const RESOLVE: &str = "mutation($input: ResolveAbsenceInput!) { resolveAbsence(input: $input) {
    resolved remaining next userErrors { code path }
    outcomes(first: 100) { nodes { kind problem appointment { id status }
        replacement { id status startsAt doctor { id } } proposal { way startsAt doctor { id } } } } } }";
const ADD_RULE: &str = "mutation($input: AddAvailabilityRuleInput!) {
    addAvailabilityRule(input: $input) { userErrors { code } } }";
const SLOTS: &str = "query($doctor: ID!, $kind: ID!, $from: DateTime!, $to: DateTime!) {
    slots(doctor: $doctor, visitType: $kind, from: $from, to: $to, first: 100) { nodes { startsAt } }
    firstSlots(specialty: \"x-ray\", visitType: $kind, from: $from, to: $to) { nodes { startsAt doctor { id } } } }";
const HOLD: &str = "mutation($input: HoldSlotInput!) { holdSlot(input: $input) {
    appointment { id version status } userErrors { code } } }";
const EVERY_DAY: [&str; 7] = [
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
];

/// From nine to twelve, each day, and trained in the same.
pub async fn mornings(app: &App, doctors: &[&Doctor]) {
    let trained = "UPDATE doctor SET specialties = '[{\"system\":\"s\",\"code\":\"x-ray\",\"display\":\"X\"}]'";
    app.execute(trained).await;
    for doctor in doctors {
        app.state().loaders.doctors.forget(doctor.row);
        let input = json!({ "doctorId": doctor.id, "weekdays": EVERY_DAY, "from": "09:00:00",
            "until": "12:00:00", "step": 30 });
        let data = doctor.data(ADD_RULE, json!({ "input": input })).await;
        assert_eq!(data["addAvailabilityRule"]["userErrors"], json!([]));
    }
}

fn away(doctor: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> Value {
    json!({ "input": { "doctorId": doctor, "kind": "SICKNESS", "startsAt": from, "endsAt": until,
        "reason": "A broken wrist" } })
}

pub async fn mark(
    person: &Person,
    doctor: &str,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Value {
    let mut data = person.data(MARK, away(doctor, from, until)).await;
    assert_eq!(data["markAbsence"]["userErrors"], json!([]));
    data["markAbsence"]["absence"].take()
}

/// What came of it: codes, refusals, or DONE.
fn outcome(answer: &Value) -> String {
    let mut told = codes(answer);
    told.extend(user_errors(answer));
    match told.is_empty() {
        true => "DONE".to_owned(),
        false => told.join(" "),
    }
}

/// How many times of the day are free with the doctor, and whether the doctor is found by specialty.
async fn free(person: &Person, doctor: &str, kind: &str, day: DateTime<Utc>) -> (usize, bool) {
    let variables =
        json!({ "doctor": doctor, "kind": kind, "from": day, "to": day + TimeDelta::days(1) });
    let data = person.data(SLOTS, variables).await;
    let firsts = data["firstSlots"]["nodes"].as_array().unwrap();
    let found = firsts.iter().any(|slot| slot["doctor"]["id"] == doctor);
    (data["slots"]["nodes"].as_array().unwrap().len(), found)
}

fn time(patient: &str, doctor: &str, kind: &str, at: DateTime<Utc>) -> Value {
    json!({ "input": { "patientId": patient, "doctorId": doctor, "visitTypeId": kind, "startsAt": at } })
}

on_both! {
    async fn while_a_doctor_is_away_nobody_is_given_their_time_and_after_it_everybody_is(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        mornings(&app, &[&bo]).await;
        let kind = app.visit_type(30).await;
        let day = app.day_after_tomorrow(0);
        let at = |hours| day + TimeDelta::hours(hours);
        assert_eq!(free(&ana, &bo.id, &kind, day).await, (6, true));
        let booked = ana.run(BOOK, time(&ana.id, &bo.id, &kind, at(33))).await;
        let booked = booked["data"]["bookAppointment"]["appointment"]["id"].clone();
        // Away from a quarter past ten on: a visit that would end after that is none.
        let absence = mark(&bo, &bo.id, at(10) + TimeDelta::minutes(15), at(30)).await;
        assert_eq!(free(&ana, &bo.id, &kind, day).await, (2, true));
        for person in [&*ana as &Person, &bo, &admin] {
            for document in [BOOK, HOLD] {
                let told = person.run(document, time(&ana.id, &bo.id, &kind, at(11))).await;
                assert_eq!(outcome(&told), "NOT_AVAILABLE");
            }
        }
        let moving = json!({ "input": { "id": booked, "expectedVersion": 1, "startsAt": at(11) } });
        assert_eq!(outcome(&admin.run(RESCHEDULE, moving).await), "NOT_AVAILABLE");
        // Shorter: what is taken off it is open at once.
        let shorter = json!({ "input": { "id": absence["id"], "expectedVersion": 1, "endsAt": at(11) } });
        assert_eq!(outcome(&admin.run(UPDATE, shorter.clone()).await), "DONE");
        assert_eq!(free(&ana, &bo.id, &kind, day).await, (4, true));
        assert_eq!(outcome(&ana.run(BOOK, time(&ana.id, &bo.id, &kind, at(11))).await), "DONE");
        assert_eq!(outcome(&admin.run(UPDATE, shorter).await), "CONFLICT");
        // Longer again, over what was booked meanwhile: it stays, and is in the way.
        let longer = json!({ "input": { "id": absence["id"], "expectedVersion": 2, "endsAt": at(30), "reason": null } });
        let longer = bo.data(UPDATE, longer).await;
        assert_eq!(longer["updateAbsence"]["absence"]["reason"], Value::Null);
        let affected = bo.data(AFFECTED, json!({ "id": absence["id"] })).await;
        assert_eq!(affected["node"]["affected"]["totalCount"], 1);
        // Ended before it began it never was, and ends once.
        let end = json!({ "input": { "id": absence["id"], "expectedVersion": 3 } });
        assert_eq!(outcome(&bo.run(END, end).await), "DONE");
        assert_eq!(free(&ana, &bo.id, &kind, day).await, (5, true));
        assert_eq!(outcome(&ana.run(BOOK, time(&ana.id, &bo.id, &kind, at(10))).await), "DONE");
        let again = json!({ "input": { "id": absence["id"], "expectedVersion": 4 } });
        assert_eq!(outcome(&bo.run(END, again).await), "OVER");
        let revived = json!({ "input": { "id": absence["id"], "expectedVersion": 4, "endsAt": at(90) } });
        assert_eq!(outcome(&bo.run(UPDATE, revived).await), "OVER");
    }

    async fn an_absence_that_ends_early_ends_then_and_whoever_follows_free_times_hears_of_it(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        mornings(&app, &[&bo]).await;
        let kind = app.visit_type(30).await;
        let day = app.day_after_tomorrow(0);
        let follow = "subscription($doctor: ID!) { slotsChanged(doctor: $doctor) { __typename } }";
        let mut live = ana.subscribe(follow, json!({ "doctor": bo.id })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        let begun = app.clock.now() - TimeDelta::hours(1);
        let absence = mark(&bo, &bo.id, begun, day + TimeDelta::days(3)).await;
        assert_eq!(live.next().await["__typename"], "SlotsChange");
        assert_eq!(free(&ana, &bo.id, &kind, day).await, (0, false));
        let end = json!({ "input": { "id": absence["id"], "expectedVersion": 1 } });
        assert_eq!(outcome(&bo.run(END, end).await), "DONE");
        assert_eq!(live.next().await["__typename"], "SlotsChange");
        assert_eq!(free(&ana, &bo.id, &kind, day).await, (6, true));
    }

    async fn the_doctor_and_administrators_say_that_a_doctor_is_away_and_nobody_else_knows_why(app: App) {
        let (ana, bo, cy, admin) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await, app.admin().await);
        let (from, until) = (app.hour(24), app.hour(48));
        for (person, expected) in [(&*ana as &Person, "FORBIDDEN"), (&cy, "FORBIDDEN"), (&bo, "DONE"), (&admin, "DONE")] {
            assert_eq!(outcome(&person.run(MARK, away(&bo.id, from, until)).await), expected);
        }
        let nobody = format!("doc_{}", "0".repeat(32));
        assert_eq!(outcome(&admin.run(MARK, away(&nobody, from, until)).await), "NOT_FOUND");
        for (from, until) in [(until, from), (from, from), (from - TimeDelta::days(9), from - TimeDelta::days(2)),
            (from, from + TimeDelta::days(800)), (from + TimeDelta::days(800), from + TimeDelta::days(801))] {
            assert_eq!(outcome(&bo.run(MARK, away(&bo.id, from, until)).await), "INVALID_PERIOD");
        }
        let mut wordy = away(&bo.id, from, until);
        wordy["input"]["reason"] = json!("x".repeat(501));
        assert_eq!(outcome(&bo.run(MARK, wordy.clone()).await), "INVALID_REASON");
        wordy["input"]["reason"] = json!("Rest");
        wordy["input"]["idempotencyKey"] = json!("once");
        let once = bo.data(MARK, wordy.clone()).await;
        assert_eq!(bo.data(MARK, wordy.clone()).await, once);
        wordy["input"]["kind"] = json!("OTHER");
        assert_eq!(outcome(&bo.run(MARK, wordy).await), "IDEMPOTENCY_KEY_REUSED");
        let id = once["markAbsence"]["absence"]["id"].clone();
        for person in [&*bo as &Person, &admin] {
            let listed = person.data(ABSENCES, json!({ "doctor": bo.id })).await["absences"].take();
            assert_eq!((&listed["totalCount"], &listed["nodes"][0]["doctor"]["id"]), (&json!(3), &json!(bo.id)));
            assert_eq!(person.data(NODE, json!({ "id": id })).await["node"]["reason"], "Rest");
        }
        assert_eq!(codes(&cy.run(ABSENCES, json!({ "doctor": bo.id })).await), ["NOT_FOUND"]);
        assert_eq!(codes(&ana.run(ABSENCES, json!({ "doctor": bo.id })).await), ["FORBIDDEN"]);
        assert_eq!(cy.data(NODE, json!({ "id": id })).await["node"], Value::Null);
        let end = json!({ "input": { "id": id, "expectedVersion": 1 } });
        let resolve = json!({ "input": { "id": id } });
        assert_eq!(outcome(&cy.run(END, end.clone()).await), "NOT_FOUND");
        assert_eq!(outcome(&cy.run(RESOLVE, resolve.clone()).await), "NOT_FOUND");
        assert_eq!(outcome(&ana.run(RESOLVE, resolve).await), "FORBIDDEN");
        // That somebody looked at it stands in the audit.
        crate::audit::sealed(&app).await;
        let looks = "SELECT count(*) FROM audit_entry WHERE object_kind = 'DOCTOR' AND kinds = 'SCHEDULE' AND action = 'READ' AND outcome = 'ALLOWED'";
        assert!(app.number(looks).await >= 4);
    }

    async fn a_copy_that_has_not_heard_of_an_absence_gives_none_of_its_time_away(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let kind = app.visit_type(30).await;
        let other = admin.at(&app.second_copy().await);
        let begins = app.day_after_tomorrow(0);
        let at = |minutes| time(&ana.id, &bo.id, &kind, begins + TimeDelta::minutes(minutes));
        // The other copy believes for a while what it has read here.
        assert_eq!(outcome(&other.run(BOOK, at(0)).await), "DONE");
        mark(&admin, &bo.id, begins + TimeDelta::hours(1), begins + TimeDelta::hours(9)).await;
        let mut keyed = at(120);
        keyed["input"]["idempotencyKey"] = json!("once");
        for (document, input) in [(BOOK, at(60)), (HOLD, at(90)), (BOOK, keyed)] {
            let told = outcome(&other.run(document, input).await);
            assert!(["SLOT_TAKEN", "NOT_AVAILABLE"].contains(&&*told), "{told}");
        }
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 1);
        // By whatever way it comes, the database refuses it.
        let into = "INSERT INTO appointment (id, patient_id, doctor_id, visit_type_id, starts_at, ends_at, zone, modality, status,
            version, created_at, updated_at, blocked_from, blocked_until, group_key, seat)
            SELECT a.id, b.patient_id, b.doctor_id, b.visit_type_id, a.starts_at, a.ends_at, b.zone, b.modality, STATUS,
            1, b.created_at, b.updated_at, a.starts_at, a.ends_at, a.id, 0 FROM appointment b, absence a";
        let live = app.try_execute(&into.replace("STATUS", "'BOOKED'")).await;
        assert!(live.unwrap_err().to_string().contains("appointment_doctor_away"));
        app.execute(&into.replace("STATUS", "'NOSHOW'")).await;
    }

    async fn what_was_asked_for_or_held_before_is_no_booking_while_the_doctor_is_away(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let (kind, wanted) = (app.visit_type(30).await, app.visit_type_to_ask_for().await);
        let at = app.day_after_tomorrow(10);
        let held = ana.data(HOLD, time(&ana.id, &bo.id, &kind, at)).await["holdSlot"]["appointment"].take();
        let asked = eve.data(REQUEST, time(&eve.id, &bo.id, &wanted, at + TimeDelta::hours(1))).await["requestAppointment"]["appointment"].take();
        let absence = mark(&bo, &bo.id, at - TimeDelta::hours(1), at + TimeDelta::hours(8)).await;
        let step = async |person: &Person, verb: &str, one: &Value| {
            let input = format!("mutation($id: ID!) {{ {verb}(input: {{ id: $id, expectedVersion: 1 }}) {{ userErrors {{ code }} }} }}");
            outcome(&person.run(&input, json!({ "id": one["id"] })).await)
        };
        assert_eq!(step(&ana, "confirmAppointment", &held).await, "NOT_AVAILABLE");
        assert_eq!(step(&bo, "acceptAppointment", &asked).await, "NOT_AVAILABLE");
        let by_hand = app.try_execute("UPDATE appointment SET status = 'BOOKED', hold_expires_at = NULL").await;
        assert!(by_hand.unwrap_err().to_string().contains("appointment_doctor_away"));
        let end = json!({ "input": { "id": absence["id"], "expectedVersion": 1 } });
        assert_eq!(outcome(&bo.run(END, end).await), "DONE");
        assert_eq!(step(&ana, "confirmAppointment", &held).await, "DONE");
        assert_eq!(step(&bo, "acceptAppointment", &asked).await, "DONE");
    }

    async fn what_is_in_the_way_is_listed_with_where_it_could_go_and_each_can_be_brought_there(app: App) {
        let (ana, eve, ira) = (app.patient("ana").await, app.patient("eve").await, app.patient("ira").await);
        let (bo, cy, dee) = (app.doctor("bo").await, app.doctor("cy").await, app.doctor("dee").await);
        let admin = app.admin().await;
        mornings(&app, &[&bo, &cy]).await;
        app.state().loaders.doctors.forget(dee.row);
        let kind = app.visit_type(30).await;
        let day = app.day_after_tomorrow(0);
        let at = |minutes: i64| day + TimeDelta::minutes(9 * 60 + minutes);
        let mut booked = Vec::new();
        for (patient, minutes) in [(&ana, 0), (&eve, 30), (&ira, 60)] {
            let mut input = time(&patient.id, &bo.id, &kind, at(minutes));
            input["input"]["reason"] = json!("A cough");
            let data = patient.data(BOOK, input).await;
            booked.push(data["bookAppointment"]["appointment"]["id"].as_str().unwrap().to_owned());
        }
        // The colleague is taken at nine, and ana at half past.
        assert_eq!(outcome(&admin.run(BOOK, time(&ira.id, &cy.id, &kind, at(0))).await), "DONE");
        assert_eq!(outcome(&admin.run(BOOK, time(&ana.id, &dee.id, &kind, at(30))).await), "DONE");
        let absence = mark(&admin, &bo.id, day, day + TimeDelta::days(1)).await;
        let affected = admin.data(AFFECTED, json!({ "id": absence["id"] })).await["node"]["affected"].take();
        assert_eq!(affected["totalCount"], 3);
        let proposed = |number: usize| {
            let all = affected["nodes"][number]["proposals"].as_array().unwrap();
            let one = |one: &Value| (one["way"].clone(), one["doctor"]["id"].clone(), one["startsAt"].as_str().unwrap().parse().unwrap());
            all.iter().map(one).collect::<Vec<(Value, Value, DateTime<Utc>)>>()
        };
        let next_day = TimeDelta::days(1);
        // dee is of the same specialty, but has no hours; bo's own are those of the day before and after.
        assert_eq!(proposed(0)[0], (json!("REROUTE"), json!(cy.id), at(60)));
        assert_eq!(proposed(0)[1], (json!("MOVE"), json!(bo.id), at(150) - next_day));
        assert_eq!(proposed(1)[0], (json!("REROUTE"), json!(cy.id), at(30)));
        assert_eq!(proposed(2)[0], (json!("REROUTE"), json!(cy.id), at(60)));
        let to = |number: usize, version: i32, doctor: &str, starts_at: DateTime<Utc>| {
            json!({ "input": { "id": booked[number], "expectedVersion": version, "doctorId": doctor, "startsAt": starts_at } })
        };
        // Whoever has no other relation to the patient than the appointment does not give their record to others.
        assert_eq!(outcome(&bo.run(REROUTE, to(1, 1, &cy.id, at(30))).await), "FORBIDDEN");
        assert_eq!(outcome(&eve.run(REROUTE, to(1, 1, &cy.id, at(30))).await), "FORBIDDEN");
        assert_eq!(outcome(&cy.run(REROUTE, to(1, 1, &cy.id, at(30))).await), "NOT_FOUND");
        for (doctor, at, version, code) in [(&cy, at(0), 1, "SLOT_TAKEN"), (&bo, at(30), 1, "NOT_A_COLLEAGUE"), (&cy, at(30), 7, "CONFLICT")] {
            assert_eq!(outcome(&admin.run(REROUTE, to(1, version, &doctor.id, at)).await), code);
        }
        assert_eq!(outcome(&admin.run(REROUTE, to(0, 1, &cy.id, at(30))).await), "PATIENT_BUSY");
        let mut keyed = to(1, 1, &cy.id, at(30));
        keyed["input"]["idempotencyKey"] = json!("once");
        let done = admin.data(REROUTE, keyed.clone()).await;
        assert_eq!(admin.data(REROUTE, keyed).await, done);
        let new = &done["rerouteAppointment"]["appointment"];
        assert_eq!((&new["status"], &new["doctor"]["id"]), (&json!("BOOKED"), &json!(cy.id)));
        let old = json!({ "id": booked[1], "status": "CANCELLED", "cancellationReason": "RESCHEDULED" });
        assert_eq!(new["replaces"], old);
        // Why the patient comes goes with them: the patient and the new doctor read it.
        let read = "query($id: ID!) { appointment(id: $id) { reason } }";
        for person in [&*eve as &Person, &cy] {
            assert_eq!(person.data(read, json!({ "id": new["id"] })).await["appointment"]["reason"], "A cough");
        }
        // On the care team, the doctor may.
        app.care(bo.row, ira.row, None).await;
        assert_eq!(outcome(&bo.run(REROUTE, to(2, 1, &cy.id, at(60))).await), "DONE");
        let left = bo.data(AFFECTED, json!({ "id": absence["id"] })).await["node"]["affected"].take();
        assert_eq!((&left["totalCount"], &left["nodes"][0]["appointment"]["id"]), (&json!(1), &json!(booked[0])));
        // To colleagues bo may give nobody here.
        let ways = left["nodes"][0]["proposals"].as_array().unwrap();
        assert!(ways.iter().all(|one| one["way"] == "MOVE"), "{ways:?}");
    }

    async fn a_colleague_who_may_not_read_the_record_is_neither_proposed_nor_given_the_patient(app: App) {
        let (ana, admin, bo, cy) = (app.patient("ana").await, app.admin().await, app.doctor("bo").await, app.doctor("cy").await);
        let dee = app.doctor_cleared_for("dee", Confidentiality::Restricted).await;
        mornings(&app, &[&bo, &cy, &dee]).await;
        let (kind, day) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let booked = ana.data(BOOK, time(&ana.id, &bo.id, &kind, day)).await["bookAppointment"]["appointment"]["id"].take();
        app.execute("UPDATE patient SET confidentiality = 'R'").await;
        let absence = mark(&bo, &bo.id, day, day + TimeDelta::hours(2)).await;
        let affected = admin.data(AFFECTED, json!({ "id": absence["id"] })).await["node"]["affected"]["nodes"][0].take();
        let colleagues: Vec<_> = affected["proposals"].as_array().unwrap().iter().filter(|one| one["way"] == "REROUTE").collect();
        assert_eq!((colleagues.len(), &colleagues[0]["doctor"]["id"]), (1, &json!(dee.id)));
        let to = |doctor: &Doctor| json!({ "input": { "id": booked, "expectedVersion": 1, "doctorId": doctor.id, "startsAt": day } });
        assert_eq!(outcome(&admin.run(REROUTE, to(&cy)).await), "NOT_A_COLLEAGUE");
        let resolve = json!({ "input": { "id": absence["id"], "ways": ["REROUTE"] } });
        let answer = admin.data(RESOLVE, resolve).await["resolveAbsence"]["outcomes"]["nodes"][0].take();
        assert_eq!(answer["replacement"]["doctor"]["id"], json!(dee.id));
    }

    async fn what_cannot_be_moved_is_called_off_or_left_and_a_doctor_moves_what_is_theirs(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, cy, admin) = (app.doctor("bo").await, app.doctor("cy").await, app.admin().await);
        mornings(&app, &[&bo, &cy]).await;
        let kind = app.visit_type(30).await;
        let asked = app.visit_type_to_ask_for().await;
        let day = app.day_after_tomorrow(0);
        let at = |minutes: i64| day + TimeDelta::minutes(9 * 60 + minutes);
        assert_eq!(outcome(&ana.run(BOOK, time(&ana.id, &bo.id, &kind, at(0))).await), "DONE");
        assert_eq!(outcome(&eve.run(REQUEST, time(&eve.id, &bo.id, &asked, at(30))).await), "DONE");
        assert_eq!(outcome(&eve.run(HOLD, time(&eve.id, &bo.id, &kind, at(60))).await), "DONE");
        let absence = mark(&bo, &bo.id, day, day + TimeDelta::days(1)).await;
        let id = &absence["id"];
        for (input, code) in [(json!({ "id": id, "ways": [] }), "INVALID_WAYS"), (json!({ "id": id, "ways": ["MOVE", "MOVE"] }), "INVALID_WAYS"),
            (json!({ "id": id, "atMost": 201 }), "INVALID_AT_MOST"), (json!({ "id": id, "atMost": 0 }), "INVALID_AT_MOST"),
            (json!({ "id": id, "otherwiseCancel": "HOLD_EXPIRED" }), "REASON_NOT_YOURS")] {
            assert_eq!(outcome(&bo.run(RESOLVE, json!({ "input": input })).await), code);
        }
        assert_eq!(codes(&bo.run(RESOLVE, json!({ "input": { "id": id, "after": "nonsense" } })).await), ["BAD_REQUEST"]);
        // The doctor may not reroute, so they move; the hold goes nowhere, and is left.
        let kinds = |answer: &Value| {
            let nodes = answer["resolveAbsence"]["outcomes"]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let dry = bo.data(RESOLVE, json!({ "input": { "id": id, "dryRun": true } })).await;
        assert_eq!(kinds(&dry), ["MOVED", "MOVED", "LEFT"]);
        assert_eq!(dry["resolveAbsence"]["outcomes"]["nodes"][2]["problem"], "NO_PROPOSAL");
        assert_eq!(dry["resolveAbsence"]["remaining"], 3);
        let dry = admin.data(RESOLVE, json!({ "input": { "id": id, "dryRun": true, "otherwiseCancel": "PROVIDER_PERSONAL" } })).await;
        assert_eq!(kinds(&dry), ["REROUTED", "REROUTED", "CANCELLED"]);
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE version > 1").await, 0);
        // One by one: each call goes on where the one before ended.
        let one = bo.data(RESOLVE, json!({ "input": { "id": id, "atMost": 1 } })).await["resolveAbsence"].take();
        assert_eq!((&one["resolved"], &one["remaining"]), (&json!(1), &json!(2)));
        assert_eq!(one["outcomes"]["nodes"][0]["replacement"]["doctor"]["id"], bo.id);
        let rest = json!({ "input": { "id": id, "after": one["next"], "otherwiseCancel": "PROVIDER_PERSONAL" } });
        let rest = bo.data(RESOLVE, rest).await;
        assert_eq!(kinds(&rest), ["MOVED", "CANCELLED"]);
        assert_eq!(rest["resolveAbsence"]["next"], Value::Null);
        assert_eq!(rest["resolveAbsence"]["remaining"], 0);
        // What was asked for is still to be accepted.
        assert_eq!(rest["resolveAbsence"]["outcomes"]["nodes"][0]["replacement"]["status"], "PROPOSED");
        let again = bo.data(RESOLVE, json!({ "input": { "id": id, "otherwiseCancel": "PROVIDER" } })).await;
        assert_eq!(kinds(&again), Vec::<String>::new());
        // With no way, everything is called off.
        assert_eq!(outcome(&admin.run(BOOK, time(&eve.id, &cy.id, &kind, at(60))).await), "DONE");
        let other = mark(&cy, &cy.id, day, day + TimeDelta::days(1)).await;
        let all = json!({ "input": { "id": other["id"], "ways": [], "otherwiseCancel": "PROVIDER" } });
        assert_eq!(kinds(&cy.data(RESOLVE, all).await), ["CANCELLED"]);
        let reasons = "SELECT count(*) FROM appointment WHERE cancellation_reason IN ('prov', 'prov-pers')";
        assert_eq!(app.number(reasons).await, 2);
    }
}
