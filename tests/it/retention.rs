//! Events are kept for a time: whoever comes back later is told so, and everybody else misses nothing.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::{App, End, Patient};
use chrono::{DateTime, TimeDelta, Utc};
use patient_tracker::event::retention;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

async fn book(ana: &Patient, bo: &str, visit_type: &str, at: DateTime<Utc>) -> Value {
    let input = json!({ "input": { "patientId": ana.id, "doctorId": bo,
        "visitTypeId": visit_type, "startsAt": at } });
    let answer = ana.data(BOOK, input).await;
    assert_eq!(answer["bookAppointment"]["userErrors"], json!([]));
    answer["bookAppointment"]["appointment"]["id"].clone()
}

on_both! {
    async fn whoever_comes_back_after_what_was_missed_is_forgotten_is_told_to_read_anew(app: App) {
        let (ana, bo, visit_type) = (app.patient("ana").await, app.doctor("bo").await, app.visit_type(30).await);
        let of = json!({ "doctor": bo.id });
        let mut live = bo.subscribe(FOLLOW, json!({ "of": of, "after": "now" })).await;
        let begun = live.next().await["cursor"].clone();
        let mut cursors = Vec::new();
        for hour in 8..11 {
            book(&ana, &bo.id, &visit_type, app.day_after_tomorrow(hour)).await;
            cursors.push(live.next().await["cursor"].clone());
        }
        let kept = app.clock.now();
        app.clock.advance(TimeDelta::seconds(5));
        book(&ana, &bo.id, &visit_type, app.day_after_tomorrow(12)).await;
        let fourth = live.next().await["cursor"].clone();
        let forgotten = retention::forget(&app.state().db, kept + TimeDelta::seconds(1)).await.unwrap();
        // Each booking is an event of the doctor's, the patient's and the clinic's stream; looks are events of the patient's log.
        let kept = "SELECT count(*) FROM event WHERE stream NOT LIKE 'access:%'";
        assert!(forgotten >= 9, "{forgotten}");
        assert_eq!(app.number(kept).await, 3);
        for cursor in [&begun, &cursors[0], &cursors[1]] {
            let mut late = bo.subscribe(FOLLOW, json!({ "of": of, "after": cursor })).await;
            assert_eq!(late.next().await["__typename"], "ResyncRequired");
            assert_eq!(late.end().await, End::Complete);
        }
        // The last that was forgotten is the place from which nothing has been missed.
        let mut back = bo.subscribe(FOLLOW, json!({ "of": of, "after": cursors[2] })).await;
        assert_eq!(back.next().await["cursor"], fourth);
        assert_eq!(back.next().await["__typename"], "CaughtUp");
        // And who had never gone goes on, as does the count.
        let id = book(&ana, &bo.id, &visit_type, app.day_after_tomorrow(13)).await;
        for live in [&mut live, &mut back] {
            assert_eq!(live.next().await["appointment"]["id"], id);
        }
    }

    async fn several_copies_that_forget_while_others_write_lose_nothing_that_is_kept(app: App) {
        let (ana, bo, visit_type) = (app.patient("ana").await, app.doctor("bo").await, app.visit_type(10).await);
        let mut live = bo.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        let other = match app.backend() {
            crate::support::Backend::Postgres => app.second_copy().await,
            crate::support::Backend::Sqlite => app.copy.clone(),
        };
        // The shortest that can be set is an hour; here five seconds, and each booking is ten after the one before.
        let done = Arc::new(AtomicBool::new(false));
        let forgets = |db: patient_tracker::db::Db| {
            let done = Arc::clone(&done);
            tokio::spawn(async move {
                let mut forgotten = 0;
                while !done.load(Ordering::Relaxed) {
                    let old = db.clock().now() - TimeDelta::seconds(5);
                    forgotten += retention::forget(&db, old).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                forgotten
            })
        };
        let both = [forgets(app.state().db.clone()), forgets(other.state.db.clone())];
        let mut booked = Vec::new();
        for number in 0..20 {
            let at = app.day_after_tomorrow(8) + TimeDelta::minutes(10 * number);
            booked.push(book(&ana, &bo.id, &visit_type, at).await);
            assert_eq!(&live.next().await["appointment"]["id"], booked.last().unwrap());
            app.clock.advance(TimeDelta::seconds(10));
        }
        done.store(true, Ordering::Relaxed);
        let mut forgotten = 0;
        for one in both {
            forgotten += one.await.unwrap();
        }
        // That somebody has looked is told when it is sealed, a moment after they were shown it.
        app.audit_is_sealed().await;
        let now = app.clock.now() + TimeDelta::seconds(1);
        forgotten += retention::forget(&app.state().db, now).await.unwrap();
        let ever = "SELECT CAST(sum(seq) AS bigint) FROM stream_head";
        assert_eq!(i64::try_from(forgotten).unwrap(), app.number(ever).await, "each is deleted once");
        let torn = "SELECT count(*) FROM stream_head WHERE floor <> seq AND stream <> 'none'";
        let kept = "SELECT count(*) FROM event";
        assert_eq!((app.number(kept).await, app.number(torn).await), (0, 0));
    }
}
