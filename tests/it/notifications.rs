//! What the owners of accounts are told, live and in their list, and what they say they want of it.

use crate::reminders::{PLANNED, REMINDERS, planned, states, told, until};
use crate::support::{App, Backend, Patient, codes, user_errors};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::Duration;

const READ: &str =
    "mutation($input: MarkNotificationReadInput!) { markNotificationRead(input: $input) {
    notification { id readAt } userErrors { code } } }";
const WANT: &str = "mutation($input: UpdateNotificationPreferencesInput!) {
    updateNotificationPreferences(input: $input) { notificationPreferences { channels kinds version zone
        quietHours { from until } } userErrors { code path } } }";
const FOLLOW: &str =
    "subscription($after: String) { notificationReceived(after: $after) { __typename
    ... on NotificationChange { cursor notification { id reminderKind appointment { id } } }
    ... on CaughtUp { cursor } } }";

/// For this patient: a link to a calendar, wishes, and a notification that was read.
pub async fn all_there_is(app: &App, ana: &Patient) {
    let link = "mutation { createCalendarFeed(input: {}) { userErrors { code } } }";
    ana.data(link, json!({})).await;
    let seen = json!({ "expectedVersion": 0, "quietHours": null, "zone": "UTC" });
    let want = "mutation($input: UpdateNotificationPreferencesInput!) { updateNotificationPreferences(input: $input) {
        userErrors { code } } }";
    ana.data(want, json!({ "input": seen })).await;
    // A reminder whose time has come.
    planned(app).await;
    let past = (app.clock.now() - TimeDelta::minutes(1)).to_rfc3339();
    app.execute(&format!(
        "UPDATE reminder SET try_at = '{past}' WHERE channel = 'LIVE'"
    ))
    .await;
    until("a notification", async || {
        app.number("SELECT count(*) FROM notification").await > 0
    })
    .await;
    app.execute(&format!("UPDATE notification SET read_at = '{past}'"))
        .await;
}

on_both! {
    async fn what_an_analyst_may_not_read_is_no_hindrance_to_what_they_follow(app: App) {
        let mut live = app.analyst().await.subscribe(FOLLOW, json!({ "after": "now" })).await;
        assert_eq!(live.next().await["__typename"], "CaughtUp");
    }

    async fn what_is_due_at_night_waits_for_the_morning_or_comes_the_evening_before(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        // Half past five in the morning: both are due at night or before it.
        let begins = app.day_after_tomorrow(0) + TimeDelta::minutes(330);
        let id = app.appointment(bo.row, ana.row, begins).await;
        planned(&app).await;
        let data = bo.data(REMINDERS, json!({ "id": id })).await;
        for one in data["appointment"]["reminders"].as_array().unwrap() {
            let at: DateTime<Utc> = one["sendAt"].as_str().unwrap().parse().unwrap();
            let expected = match one["kind"].as_str().unwrap() {
                "DAY_BEFORE" => begins - TimeDelta::hours(24) + TimeDelta::minutes(90),
                // The end of the night is after the appointment: a minute before the night begins.
                _ => begins - TimeDelta::minutes(330 + 121),
            };
            assert_eq!(at, expected, "{one}");
        }
    }

    async fn reminders_follow_what_their_owner_wants(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let id = app.appointment(bo.row, ana.row, app.day_after_tomorrow(15)).await;
        planned(&app).await;
        let want = |input: Value| ana.data(WANT, json!({ "input": input }));
        let input = json!({ "expectedVersion": 0, "channels": ["LIVE"], "kinds": ["HOURS_BEFORE"],
            "quietHours": null, "zone": "Europe/Tallinn" });
        let done = want(input.clone()).await;
        let done = &done["updateNotificationPreferences"];
        assert_eq!(done["userErrors"], json!([]));
        assert_eq!(done["notificationPreferences"], json!({ "channels": ["LIVE"], "kinds": ["HOURS_BEFORE"],
            "version": 1, "zone": "Europe/Tallinn", "quietHours": null }));
        planned(&app).await;
        assert_eq!(states(&bo, &id).await, [
            "DAY_BEFORE EMAIL CANCELLED NOT_WANTED",
            "DAY_BEFORE LIVE CANCELLED NOT_WANTED",
            "HOURS_BEFORE EMAIL CANCELLED NOT_WANTED",
            "HOURS_BEFORE LIVE PLANNED -",
        ]);
        // And back again: what was called off is planned anew.
        let back = json!({ "expectedVersion": 1, "channels": ["LIVE", "EMAIL"], "kinds": ["HOURS_BEFORE", "DAY_BEFORE"] });
        want(back).await;
        planned(&app).await;
        assert_eq!(states(&bo, &id).await, PLANNED);
        for (input, code) in [
            (json!({ "expectedVersion": 1, "channels": [] }), "CONFLICT"),
            (json!({ "expectedVersion": 2, "zone": "Mars/Olympus" }), "INVALID_ZONE"),
            (json!({ "expectedVersion": 2, "quietHours": { "from": "10:00:00", "until": "10:00:00" } }),
                "INVALID_QUIET_HOURS"),
        ] {
            let refused = want(input).await;
            assert_eq!(user_errors(&json!({ "data": refused })), [code]);
        }
        // The same key answers the same, and another input under it is refused.
        let keyed = json!({ "expectedVersion": 2, "channels": [], "idempotencyKey": "k" });
        for _ in 0..2 {
            let done = want(keyed.clone()).await;
            assert_eq!(done["updateNotificationPreferences"]["notificationPreferences"]["version"], 3);
        }
        let other = want(json!({ "expectedVersion": 3, "channels": ["LIVE"], "idempotencyKey": "k" })).await;
        assert_eq!(user_errors(&json!({ "data": other })), ["IDEMPOTENCY_KEY_REUSED"]);
        planned(&app).await;
        let all = states(&bo, &id).await;
        assert!(all.iter().all(|one| one.ends_with("CANCELLED NOT_WANTED")), "{all:?}");
    }

    async fn a_notification_comes_live_once_and_is_read_by_its_owner_alone(app: App) {
        let (ana, bo, eve) = (app.patient("ana").await, app.doctor("bo").await, app.patient("eve").await);
        let begins = app.day_after_tomorrow(15);
        let id = app.appointment(bo.row, ana.row, begins).await;
        planned(&app).await;
        // To whoever is connected, though their token will be over when the clock has moved: a reminder that is due now.
        let now = app.clock.now();
        let due = |kind: &str| format!("UPDATE reminder SET try_at = '{}' WHERE kind = '{kind}'",
            (now - TimeDelta::minutes(1)).to_rfc3339());
        let mut live = ana.subscribe(FOLLOW, json!({ "after": "now" })).await;
        let caught_up = live.next().await;
        assert_eq!(caught_up["__typename"], "CaughtUp");
        let mut other = eve.subscribe(FOLLOW, json!({})).await;
        app.execute(&due("DAY_BEFORE")).await;
        let change = live.next().await;
        assert_eq!(change["notification"]["appointment"]["id"], id);
        assert_eq!(change["notification"]["reminderKind"], "DAY_BEFORE");
        live.is_silent_for(Duration::from_millis(1_500)).await;
        other.is_silent_for(Duration::from_millis(100)).await;
        // Whoever was away is told afterwards, once.
        app.execute(&due("HOURS_BEFORE")).await;
        until("the second", async || told(&ana, true).await.len() == 2).await;
        let mut again = ana.subscribe(FOLLOW, json!({ "after": change["cursor"] })).await;
        let second = again.next().await;
        assert_eq!(second["notification"]["reminderKind"], "HOURS_BEFORE");
        assert_eq!(again.next().await["__typename"], "CaughtUp");
        // The newest first; read is read, once and for all.
        let unread = told(&ana, true).await;
        assert_eq!(unread[0]["reminderKind"], "HOURS_BEFORE");
        let mark = json!({ "input": { "id": unread[1]["id"] } });
        let stranger = eve.run(READ, mark.clone()).await;
        assert_eq!(codes(&stranger), ["NOT_FOUND"]);
        let admin = app.admin().await;
        assert_eq!(codes(&admin.run(READ, mark.clone()).await), ["NOT_FOUND"]);
        assert_eq!(told(&ana, true).await.len(), 2);
        let first = ana.data(READ, mark.clone()).await;
        app.clock.advance(TimeDelta::seconds(5));
        let once_more = ana.data(READ, mark).await;
        assert_eq!(first, once_more);
        assert_eq!(told(&ana, true).await.len(), 1);
        assert_eq!(told(&ana, false).await.len(), 2);
        assert_eq!(told(&eve, false).await, Vec::<Value>::new());
    }

    async fn whoever_cannot_be_told_is_not_and_staff_see_why(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let id = app.appointment(bo.row, ana.row, app.day_after_tomorrow(15)).await;
        planned(&app).await;
        let past = (app.clock.now() - TimeDelta::minutes(1)).to_rfc3339();
        app.execute("UPDATE \"user\" SET email_verified_at = NULL").await;
        app.execute(&format!("UPDATE reminder SET try_at = '{past}' WHERE channel = 'EMAIL'")).await;
        let unverified = ["DAY_BEFORE", "HOURS_BEFORE"].map(|kind| format!("{kind} EMAIL SKIPPED ADDRESS_NOT_VERIFIED"));
        until("letters to be left out", async || {
            let all = states(&bo, &id).await;
            unverified.iter().all(|one| all.contains(one))
        })
        .await;
        let lock = "mutation($id: ID!) { setUserStatus(input: { id: $id, expectedVersion: 1, status: LOCKED }) {
            userErrors { code } } }";
        let locked = admin.data(lock, json!({ "id": ana.user })).await;
        assert_eq!(locked["setUserStatus"]["userErrors"], json!([]));
        app.execute(&format!("UPDATE reminder SET try_at = '{past}' WHERE channel = 'LIVE'")).await;
        let closed = ["DAY_BEFORE", "HOURS_BEFORE"].map(|kind| format!("{kind} LIVE SKIPPED ACCOUNT_CLOSED"));
        until("notifications to be left out", async || {
            let all = states(&bo, &id).await;
            closed.iter().all(|one| all.contains(one))
        })
        .await;
        assert_eq!(app.number("SELECT count(*) FROM notification").await, 0);
    }

    async fn whoever_gets_an_account_later_is_reminded_too(app: App) {
        let (patients, bo) = (app.patients(1).await, app.doctor("bo").await);
        let begins = app.day_after_tomorrow(15);
        let id = app.appointment(bo.row, patients[0].1, begins).await;
        planned(&app).await;
        assert_eq!(states(&bo, &id).await, Vec::<String>::new());
        let eve = app.patient("eve").await;
        let bytes = match app.backend() {
            Backend::Sqlite => ("x'", "'"),
            Backend::Postgres => ("'", "'"),
        };
        let hex = |id: uuid::Uuid| format!("{}{}{}", bytes.0, id.simple(), bytes.1);
        app.execute(&format!(
            "UPDATE patient SET user_id = NULL WHERE id = {}", hex(eve.row.0))).await;
        let user = eve.user.split_once('_').unwrap().1.parse().unwrap();
        app.execute(&format!("UPDATE patient SET user_id = {} WHERE id = {}",
            hex(user), hex(patients[0].1.0))).await;
        planned(&app).await;
        assert_eq!(states(&bo, &id).await, PLANNED);
    }
}
