//! Reminders of appointments: each is sent once, whatever copies, restarts and the clock do; it moves and ends with its
//! appointment, follows what its owner wants, and says nothing of health.

use crate::support::documents::{CANCEL, RESCHEDULE};
use crate::support::smtp::{Mood, Smtp};
use crate::support::{App, Backend, Patient, Person, run_with};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub const REMINDERS: &str = "query($id: ID!) { appointment(id: $id) { version reminders {
    kind channel state cause dueAt sendAt attempts } } }";
const TOLD: &str =
    "query($unread: Boolean!) { viewer { notifications(unread: $unread, first: 50) { totalCount
    nodes { id kind reminderKind readAt appointment { id startsAt } } } } }";
/// How long is waited for what should come; a busy machine starts two servers in half of it.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn until(what: &str, mut there: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !there().await {
        assert!(begun.elapsed() < PATIENCE, "waiting for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub fn settings(url: &str) -> [(&'static str, &str); 4] {
    [
        ("mail.url", url),
        ("mail.from", "desk@clinic.test"),
        ("clinic.name", "Harbour Clinic"),
        ("clinic.address", "1 Quay"),
    ]
}

/// Runs a story with a mail server of this mood.
pub fn with_post<S, F>(backend: Backend, mood: Mood, story: S)
where
    S: FnOnce(App, Smtp) -> F,
    F: Future<Output = ()>,
{
    let smtp = Smtp::start(mood);
    let url = smtp.url();
    let settings = settings(&url);
    run_with(backend, &settings, |app| story(app, smtp));
}

/// Nothing is left to be worked out.
pub async fn planned(app: &App) {
    until("reminders to be worked out", async || {
        app.number("SELECT count(*) FROM reminder_task").await == 0
    })
    .await;
}

/// So many reminders have been sent, and it was noted.
pub async fn sent(app: &App, so_many: usize) {
    until("what was sent to be noted", async || {
        let sent = app.number("SELECT count(*) FROM reminder WHERE state = 'SENT'");
        sent.await == i64::try_from(so_many).unwrap()
    })
    .await;
}

/// The clock of all copies shows this.
pub fn it_is(app: &App, time: DateTime<Utc>) {
    app.clock.advance(time - app.clock.now());
}

/// What became of the reminders of an appointment: kind, way, state and cause, in order.
pub async fn states(person: &Person, id: &str) -> Vec<String> {
    let data = person.data(REMINDERS, json!({ "id": id })).await;
    let all = data["appointment"]["reminders"].as_array().unwrap();
    let mut all: Vec<_> = all
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap_or("-");
            let [kind, channel] = [text("kind"), text("channel")];
            format!("{kind} {channel} {} {}", text("state"), text("cause"))
        })
        .collect();
    all.sort();
    all
}

/// The letters that remind this patient.
pub fn letters(smtp: &Smtp, patient: &Patient) -> Vec<String> {
    let mut letters = smtp.letters(&patient.email);
    letters.retain(|letter| letter.contains("Subject: Reminder of an appointment"));
    letters
}

pub fn header<'a>(letter: &'a str, name: &str) -> &'a str {
    let mut lines = letter.lines();
    let line = lines.find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {letter}"))
        .trim()
}

pub async fn told(person: &Person, unread: bool) -> Vec<Value> {
    for _ in 0..10 {
        let data = person.data(TOLD, json!({ "unread": unread })).await;
        let page = &data["viewer"]["notifications"];
        let nodes = page["nodes"].as_array().unwrap();
        if page["totalCount"] == nodes.len() {
            return nodes.clone();
        }
        // The page and the count are read one after the other: one may have come in between.
    }
    panic!("the count is never that of the page");
}

/// Waits a little longer than a copy takes to look twice.
pub async fn some_looks() {
    tokio::time::sleep(Duration::from_millis(2_500)).await;
}

pub const PLANNED: [&str; 4] = [
    "DAY_BEFORE EMAIL PLANNED -",
    "DAY_BEFORE LIVE PLANNED -",
    "HOURS_BEFORE EMAIL PLANNED -",
    "HOURS_BEFORE LIVE PLANNED -",
];

/// Two copies; the clock jumps forward, back and forward again; all copies start anew; the appointment is moved.
async fn once(mut app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let begins = app.day_after_tomorrow(15);
    let id = app.appointment(bo.row, ana.row, begins).await;
    // SQLite is for one copy.
    if app.backend() == Backend::Postgres {
        app.second_copy().await;
    }
    planned(&app).await;
    assert_eq!(states(&bo, &id).await, PLANNED);
    it_is(&app, begins - TimeDelta::hours(24) + TimeDelta::seconds(1));
    until("the letter", async || letters(&smtp, &ana).len() == 1).await;
    // Noted as well: a jump while it is on its way would be another copy's turn to send it.
    sent(&app, 2).await;
    some_looks().await;
    it_is(&app, begins - TimeDelta::hours(30));
    some_looks().await;
    it_is(&app, begins - TimeDelta::hours(20));
    some_looks().await;
    let ana = Patient {
        person: app.signed_in("ana").await,
        ..ana
    };
    assert_eq!(told(&ana, false).await.len(), 1);
    assert_eq!(letters(&smtp, &ana).len(), 1);
    // After a restart nothing is sent again, and what is moved is reminded of anew, once.
    app.restart().await;
    if app.backend() == Backend::Postgres {
        app.second_copy().await;
    }
    some_looks().await;
    let bo_again = app.signed_in("bo").await;
    let later = begins + TimeDelta::days(3);
    let moved = json!({ "input": { "id": id, "expectedVersion": 1, "startsAt": later } });
    let moved = bo_again.data(RESCHEDULE, moved).await;
    assert_eq!(moved["rescheduleAppointment"]["userErrors"], json!([]));
    let new = moved["rescheduleAppointment"]["appointment"]["id"]
        .as_str()
        .unwrap();
    assert_eq!(
        states(&bo_again, &id).await,
        [
            "DAY_BEFORE EMAIL SENT -",
            "DAY_BEFORE LIVE SENT -",
            "HOURS_BEFORE EMAIL CANCELLED NOT_EXPECTED",
            "HOURS_BEFORE LIVE CANCELLED NOT_EXPECTED",
        ]
    );
    planned(&app).await;
    assert_eq!(states(&bo_again, new).await, PLANNED);
    for hours in [24, 2] {
        it_is(
            &app,
            later - TimeDelta::hours(hours) + TimeDelta::seconds(1),
        );
        let so_many = if hours == 24 { 2 } else { 3 };
        until("another letter", async || {
            letters(&smtp, &ana).len() == so_many
        })
        .await;
        sent(&app, 2 * so_many).await;
    }
    it_is(&app, later + TimeDelta::days(1));
    some_looks().await;
    assert_eq!(letters(&smtp, &ana).len(), 3);
    let all = letters(&smtp, &ana);
    let mut ids: Vec<_> = all.iter().map(|it| header(it, "Message-ID:")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each is known by its own name");
    assert_eq!(told(&app.signed_in("ana").await, false).await.len(), 3);
}

/// A jump over both: one is enough. A jump over the appointment: none.
async fn jumps(app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let begins = app.day_after_tomorrow(15);
    let first = app.appointment(bo.row, ana.row, begins).await;
    let second = app
        .appointment(bo.row, ana.row, begins + TimeDelta::hours(1))
        .await;
    planned(&app).await;
    it_is(&app, begins + TimeDelta::minutes(5));
    until("all to be settled", async || {
        app.number("SELECT count(*) FROM reminder WHERE state = 'PLANNED'")
            .await
            == 0
    })
    .await;
    let bo = app.signed_in("bo").await;
    let late = ["EMAIL", "LIVE"].map(|way| format!("DAY_BEFORE {way} SKIPPED TOO_LATE"));
    assert_eq!(states(&bo, &first).await[..2], late);
    assert_eq!(
        states(&bo, &second).await,
        [
            "DAY_BEFORE EMAIL SKIPPED SUPERSEDED",
            "DAY_BEFORE LIVE SKIPPED SUPERSEDED",
            "HOURS_BEFORE EMAIL SENT -",
            "HOURS_BEFORE LIVE SENT -",
        ]
    );
    assert_eq!(letters(&smtp, &ana).len(), 1);
}

async fn called_off(app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let begins = app.day_after_tomorrow(15);
    let id = app.appointment(bo.row, ana.row, begins).await;
    planned(&app).await;
    let cancel = json!({ "input": { "id": id, "expectedVersion": 1, "reason": "PROVIDER" } });
    let cancelled = bo.data(CANCEL, cancel).await;
    assert_eq!(cancelled["cancelAppointment"]["userErrors"], json!([]));
    // In the same transaction: nothing had time to come in between.
    let all = states(&bo, &id).await;
    assert_eq!(all.len(), 4);
    assert!(
        all.iter()
            .all(|one| one.ends_with("CANCELLED NOT_EXPECTED")),
        "{all:?}"
    );
    it_is(&app, begins - TimeDelta::hours(1));
    some_looks().await;
    assert_eq!(letters(&smtp, &ana), Vec::<String>::new());
    assert_eq!(
        told(&app.signed_in("ana").await, false).await,
        Vec::<Value>::new()
    );
}

/// What a letter says, and what it does not.
async fn discreet(app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let kind = app.visit_type(30).await;
    let begins = app.day_after_tomorrow(15);
    let input = json!({ "input": { "patientId": ana.id, "doctorId": bo.id, "visitTypeId": kind,
        "startsAt": begins, "reason": "A persistent cough" } });
    let booked = ana.data(crate::support::documents::BOOK, input).await;
    assert_eq!(booked["bookAppointment"]["userErrors"], json!([]));
    planned(&app).await;
    it_is(&app, begins - TimeDelta::hours(24) + TimeDelta::seconds(1));
    until("the letter", async || letters(&smtp, &ana).len() == 1).await;
    let letter = letters(&smtp, &ana).remove(0).replace("=\r\n", "");
    let time = begins.format("%A, %-d %B %Y, %H:%M").to_string();
    for said in [
        "Harbour Clinic, 1 Quay",
        &format!("{time} (UTC)"),
        "To: ana@clinic.test",
    ] {
        assert!(letter.contains(said), "{said} in {letter}");
    }
    for unsaid in [
        "cough",
        "Testdoctor",
        "Testperson",
        "Visit",
        "bo ",
        "minutes",
    ] {
        assert!(!letter.contains(unsaid), "{unsaid} in {letter}");
    }
    assert!(!app.logged().contains(&ana.email));
}

/// A mail server that takes a letter and is gone before it says so is sent it again, by the same name.
async fn again_by_the_same_name(app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let begins = app.day_after_tomorrow(15);
    let id = app.appointment(bo.row, ana.row, begins).await;
    planned(&app).await;
    it_is(&app, begins - TimeDelta::hours(24) + TimeDelta::seconds(1));
    until("the letter", async || letters(&smtp, &ana).len() == 1).await;
    smtp.becomes(Mood::Takes);
    until("the attempt to be over", async || {
        app.logged().contains("Could not send a reminder")
    })
    .await;
    app.clock.advance(TimeDelta::minutes(2));
    let bo = app.signed_in("bo").await;
    until("the letter again", async || letters(&smtp, &ana).len() == 2).await;
    let all = letters(&smtp, &ana);
    assert_eq!(
        header(&all[0], "Message-ID:"),
        header(&all[1], "Message-ID:")
    );
    assert!(header(&all[0], "Message-ID:").ends_with("@clinic.test>"));
    until("it to be noted", async || {
        states(&bo, &id).await[0] == "DAY_BEFORE EMAIL SENT -"
    })
    .await;
}

/// Nobody takes it: it is tried eight times, and staff see that it failed; the notification came all the same.
async fn given_up(app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let begins = app.day_after_tomorrow(15);
    let id = app.appointment(bo.row, ana.row, begins).await;
    planned(&app).await;
    it_is(&app, begins - TimeDelta::hours(24) + TimeDelta::seconds(1));
    for attempt in 1..=8 {
        until("another attempt", async || smtp.came().0 == attempt).await;
        until("it to be noted", async || {
            let failed = app.logged().matches("Could not send a reminder").count();
            failed == attempt || app.logged().contains("Gave a reminder up")
        })
        .await;
        // A little before its pause is over nothing is sent.
        let pause = TimeDelta::minutes(1 << (attempt - 1));
        app.clock.advance(pause - TimeDelta::seconds(30));
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        assert_eq!(smtp.came().0, attempt, "it is too early");
        app.clock.advance(TimeDelta::seconds(31));
    }
    let bo = app.signed_in("bo").await;
    until("it to be given up", async || {
        states(&bo, &id).await[0] == "DAY_BEFORE EMAIL FAILED NOT_TAKEN"
    })
    .await;
    assert_eq!(told(&app.signed_in("ana").await, true).await.len(), 1);
    assert_eq!(letters(&smtp, &ana), Vec::<String>::new());
}

macro_rules! over_smtp {
    ($($name:ident: $mood:ident => $story:ident,)+) => {$(
        mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                with_post(Backend::Sqlite, Mood::$mood, $story);
            }

            #[test]
            fn postgres() {
                with_post(Backend::Postgres, Mood::$mood, $story);
            }
        }
    )+};
}

over_smtp! {
    each_reminder_goes_once_whatever_copies_restarts_and_the_clock_do: Takes => once,
    a_jump_of_the_clock_sends_one_reminder_or_none: Takes => jumps,
    what_is_called_off_is_not_reminded_of: Takes => called_off,
    a_letter_says_when_and_where_and_nothing_of_health: Takes => discreet,
    a_letter_whose_taking_was_not_heard_of_goes_again_by_the_same_name: Forgets => again_by_the_same_name,
    a_reminder_that_no_mail_server_takes_is_given_up_and_seen_to_be: Refuses => given_up,
}
