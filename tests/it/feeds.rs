//! Calendars: what a private link shows and to whom, how it ends, and that other people's parsers read it.

use crate::support::documents::{BOOK, CANCEL, RESCHEDULE};
use crate::support::{App, Person, codes, required, user_errors};
use calcard::common::IanaString as _;
use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty, ICalendarValue};
use calcard::{Entry, Parser};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CREATE: &str =
    "mutation($replace: Boolean!) { createCalendarFeed(input: { replace: $replace }) {
    path calendarFeed { createdAt } userErrors { code path } } }";
const REVOKE: &str = "mutation { revokeCalendarFeed(input: {}) { revoked userErrors { code } } }";
const HAVE: &str = "{ viewer { calendarFeed { createdAt } } }";
const ONE: &str = "query($id: ID!) { appointment(id: $id) { calendar } }";

/// The path of a new link.
async fn link(person: &Person, replace: bool) -> String {
    let data = person.data(CREATE, json!({ "replace": replace })).await;
    let made = &data["createCalendarFeed"];
    assert_eq!(made["userErrors"], json!([]));
    made["path"].as_str().unwrap().to_owned()
}

/// The calendar behind a path, or the status and words of why there is none.
async fn get(app: &App, path: &str) -> Result<String, (u16, String)> {
    let answer = app.copy.send("GET", path, &[], "").await;
    if answer.status != 200 {
        return Err((answer.status, answer.text));
    }
    assert_eq!(
        answer.header("content-type"),
        "text/calendar; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    Ok(answer.text)
}

/// What another's parser reads of an event.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    uid: String,
    status: String,
    sequence: i64,
    starts: DateTime<Utc>,
    ends: DateTime<Utc>,
    summary: String,
    location: String,
}

fn text(calendar: &ICalendar, at: u32, name: &ICalendarProperty) -> String {
    let component = &calendar.components[at as usize];
    let entry = component.property(name);
    let value = entry.and_then(|entry| entry.values.first());
    match value {
        Some(ICalendarValue::Text(text)) => text.clone(),
        Some(ICalendarValue::Status(status)) => status.as_str().to_owned(),
        Some(ICalendarValue::Integer(number)) => number.to_string(),
        Some(ICalendarValue::Classification(class)) => class.as_str().to_owned(),
        other => panic!("{name:?} is {other:?}"),
    }
}

fn instant(calendar: &ICalendar, at: u32, name: &ICalendarProperty) -> DateTime<Utc> {
    let entry = calendar.components[at as usize].property(name).unwrap();
    let ICalendarValue::PartialDateTime(time) = &entry.values[0] else {
        panic!("{entry:?}");
    };
    let local = time.to_date_time_with_tz(calcard::common::timezone::Tz::UTC);
    local.unwrap().to_utc()
}

/// Everything in a calendar, which must be well-formed to the last line.
fn events(text_of: &str) -> Vec<Event> {
    for line in text_of.split("\r\n") {
        assert!(!line.contains('\n') && line.len() <= 75, "{line:?}");
    }
    // (Its strict mode refuses every component within another; what it could not read as what it is, `text` refuses.)
    let mut parser = Parser::new(text_of);
    let Entry::ICalendar(calendar) = parser.entry() else {
        panic!("{text_of}");
    };
    assert!(matches!(parser.entry(), Entry::Eof), "{text_of}");
    let mut events = Vec::new();
    for (at, component) in (0..).zip(&calendar.components) {
        if component.component_type != ICalendarComponentType::VEvent {
            continue;
        }
        let text = |name| text(&calendar, at, &name);
        assert_eq!(text(ICalendarProperty::Class), "PRIVATE");
        events.push(Event {
            uid: text(ICalendarProperty::Uid),
            status: text(ICalendarProperty::Status),
            sequence: text(ICalendarProperty::Sequence).parse().unwrap(),
            starts: instant(&calendar, at, &ICalendarProperty::Dtstart),
            ends: instant(&calendar, at, &ICalendarProperty::Dtend),
            summary: text(ICalendarProperty::Summary),
            location: text(ICalendarProperty::Location),
        });
    }
    events
}

fn uid(appointment: &Value) -> String {
    let (_, digits) = appointment.as_str().unwrap().split_once('_').unwrap();
    format!("{digits}@patient-tracker")
}

const NO_CALENDAR: (u16, &str) = (404, "There is no such calendar.");

fn there_is_none(read: Result<String, (u16, String)>) {
    let (status, words) = read.expect_err("there is no calendar");
    assert_eq!((status, words.as_str()), NO_CALENDAR);
}

on_both! {
    async fn a_calendar_tells_when_and_nothing_else_and_keeps_what_was_called_off(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let kind = app.visit_type(45).await;
        let begins = app.day_after_tomorrow(9);
        let book = |at: DateTime<Utc>| json!({ "input": { "patientId": ana.id, "doctorId": bo.id,
            "visitTypeId": kind, "startsAt": at, "reason": "A persistent cough" } });
        let first = ana.data(BOOK, book(begins)).await;
        let first = first["bookAppointment"]["appointment"]["id"].clone();
        let path = link(&ana, false).await;
        let calendar = get(&app, &path).await.unwrap();
        let expected = Event {
            uid: uid(&first),
            status: "CONFIRMED".to_owned(),
            sequence: 0,
            starts: begins,
            ends: begins + TimeDelta::minutes(45),
            summary: "Appointment".to_owned(),
            location: "the clinic".to_owned(),
        };
        assert_eq!(events(&calendar), std::slice::from_ref(&expected));
        for unsaid in ["cough", "Test", "ana", "bo", "Visit", "minutes"] {
            assert!(!calendar.contains(unsaid), "{unsaid} in {calendar}");
        }
        // The one appointment as a file is the same.
        let one = bo.data(ONE, json!({ "id": first })).await;
        assert_eq!(events(one["appointment"]["calendar"].as_str().unwrap()), std::slice::from_ref(&expected));
        // Moved: the one before is cancelled, with a higher sequence, and the new one is another.
        let later = begins + TimeDelta::days(1);
        let moved = json!({ "input": { "id": first, "expectedVersion": 1, "startsAt": later } });
        let moved = ana.data(RESCHEDULE, moved).await;
        let second = moved["rescheduleAppointment"]["appointment"]["id"].clone();
        let of = |uid: &str, all: &[Event]| all.iter().find(|it| it.uid == uid).unwrap().clone();
        let all = events(&get(&app, &path).await.unwrap());
        let cancelled = Event { status: "CANCELLED".to_owned(), sequence: 1, ..expected.clone() };
        assert_eq!(of(&uid(&first), &all), cancelled);
        let there = Event { uid: uid(&second), starts: later, ends: later + TimeDelta::minutes(45), ..expected };
        assert_eq!(of(&uid(&second), &all), there);
        let cancel = json!({ "input": { "id": second, "expectedVersion": 1, "reason": "PATIENT" } });
        ana.data(CANCEL, cancel).await;
        let all = events(&get(&app, &path).await.unwrap());
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|one| one.status == "CANCELLED" && one.sequence == 1));
    }

    async fn a_doctors_calendar_has_their_own_appointments_and_nobodys_name(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
        let begins = app.day_after_tomorrow(9);
        // In the team of a patient who sees somebody else: that is not this doctor's day.
        app.care(bo.row, eve.row, None).await;
        app.appointment(bo.row, ana.row, begins).await;
        app.appointment(cy.row, eve.row, begins).await;
        let path = link(&bo, false).await;
        let calendar = get(&app, &path).await.unwrap();
        let all = events(&calendar);
        assert_eq!(all.iter().map(|one| one.starts).collect::<Vec<_>>(), [begins]);
        assert!(!calendar.contains("ana") && !calendar.contains("Test"), "{calendar}");
        // Where doctors must have a second factor, one without has no calendar either.
        let strict = required(&app).await.send("GET", &path, &[], "").await;
        assert_eq!((strict.status, strict.text.as_str()), NO_CALENDAR);
    }

    async fn a_link_ends_when_it_is_taken_back_or_replaced(app: App) {
        let ana = app.patient("ana").await;
        assert_eq!(ana.data(HAVE, json!({})).await["viewer"]["calendarFeed"], Value::Null);
        let first = link(&ana, false).await;
        assert!(get(&app, &first).await.is_ok());
        // What the link opens is nowhere: only its hash is kept.
        assert_ne!(ana.data(HAVE, json!({})).await["viewer"]["calendarFeed"]["createdAt"], Value::Null);
        let refused = ana.run(CREATE, json!({ "replace": false })).await;
        assert_eq!(user_errors(&refused), ["ALREADY_THERE"]);
        assert!(get(&app, &first).await.is_ok());
        let second = link(&ana, true).await;
        there_is_none(get(&app, &first).await);
        assert!(get(&app, &second).await.is_ok());
        for unknown in ["/calendar/x.ics", "/calendar/ptc_.ics", &second.replace(".ics", ""),
            &format!("/calendar/ptc_{}.ics", "A".repeat(43))] {
            there_is_none(get(&app, unknown).await);
        }
        for _ in 0..2 {
            let revoked = ana.data(REVOKE, json!({})).await;
            assert_eq!(revoked["revokeCalendarFeed"]["revoked"], true);
        }
        there_is_none(get(&app, &second).await);
        let third = link(&ana, false).await;
        assert!(get(&app, &third).await.is_ok());
    }

    async fn a_repeated_revocation_says_whether_another_link_opens_since(app: App) {
        let ana = app.patient("ana").await;
        let revoke = "mutation { revokeCalendarFeed(input: { idempotencyKey: \"z\" }) { revoked userErrors { code } } }";
        let gone = async || ana.data(revoke, json!({})).await["revokeCalendarFeed"]["revoked"].take();
        let first = link(&ana, false).await;
        assert_eq!((gone().await, gone().await), (json!(true), json!(true)));
        assert_eq!(get(&app, &first).await.unwrap_err().0, 404);
        let second = link(&ana, false).await;
        assert_eq!(gone().await, json!(false));
        assert!(get(&app, &second).await.is_ok());
    }

    async fn a_link_opens_nothing_for_an_owner_who_is_locked_or_has_no_appointments(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let third = link(&ana, false).await;
        assert!(get(&app, &third).await.is_ok());
        let lock = "mutation($id: ID!) { setUserStatus(input: { id: $id, expectedVersion: 1, status: LOCKED }) {
            userErrors { code } } }";
        let locked = admin.data(lock, json!({ "id": ana.user })).await;
        assert_eq!(locked["setUserStatus"]["userErrors"], json!([]));
        there_is_none(get(&app, &third).await);
        // Whoever has no appointments has no calendar, and nobody makes one for another.
        assert_eq!(user_errors(&admin.run(CREATE, json!({ "replace": false })).await), ["NO_APPOINTMENTS"]);
        assert_eq!(codes(&app.anonymous().run(CREATE, json!({ "replace": true })).await), ["UNAUTHENTICATED"]);
    }

    async fn each_look_is_recorded_and_guessing_is_slow(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        let of = "SELECT count(*) FROM audit_entry WHERE operation = 'calendar'";
        let (patients, doctors) = (link(&ana, false).await, link(&bo, false).await);
        get(&app, &patients).await.unwrap();
        assert_eq!(app.number(of).await, 1);
        let row = "SELECT count(*) FROM audit_entry WHERE operation = 'calendar' AND outcome = 'ALLOWED' \
            AND object_kind = 'PATIENT' AND kinds = 'APPOINTMENT' AND relationship = 'ONESELF' AND address IS NOT NULL";
        assert_eq!(app.number(row).await, 1);
        get(&app, &doctors).await.unwrap();
        let row = "SELECT count(*) FROM audit_entry WHERE operation = 'calendar' AND object_kind = 'DOCTOR' \
            AND kinds = 'SCHEDULE'";
        assert_eq!((app.number(of).await, app.number(row).await), (2, 1));
        let slow = [("limits.anonymous_rate", "5"), ("limits.anonymous_burst", "20")];
        let copy = app.copy_with(&slow).await;
        let mut statuses = BTreeMap::new();
        for _ in 0..60 {
            let status = copy.send("GET", "/calendar/ptc_guess.ics", &[], "").await.status;
            *statuses.entry(status).or_insert(0) += 1;
        }
        assert!(statuses[&404] < 60 && statuses[&429] > 0, "{statuses:?}");
    }
}
