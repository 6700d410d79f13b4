//! Many who follow the same are told together: each of everything, once and in order, and nobody of what they may not see, whatever
//! the others are told.

use crate::support::documents::{BOOK, JOIN, LEAVE, UPDATE_PATIENT};
use crate::support::{App, Live, Patient, Person, codes, user_errors};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

const DOCTORS: [&str; 4] = ["di", "ed", "fay", "gus"];
const ADMINS: [&str; 4] = ["abe", "ada", "ann", "art"];
const FOLLOW: &str = "subscription($of: PatientsOf!, $after: String) { patientChanged(of: $of, after: $after) { __typename
    ... on PatientChange { cursor patient { version contact { phone } } } ... on CaughtUp { cursor } } }";
/// Room for a crowd.
const CROWDED: &[(&str, &str)] = &[("socket.max_per_user", "100")];
/// How often it changes.
const CHANGES: i32 = 40;

/// Changes a patient so often: a few times as fast as it goes, then not until all wait again.
async fn changes(ana: &Patient, from: i32) {
    for version in from..from + CHANGES {
        let input = json!({ "input": { "id": ana.id, "expectedVersion": version,
            "contact": { "phone": format!("+37255{version:05}") } } });
        let answer = ana.run(UPDATE_PATIENT, input).await;
        assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
        if version % 3 == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn follow(person: &Person, of: &Value) -> Live {
    let variables = json!({ "of": of, "after": "now" });
    let mut live = person.subscribe(FOLLOW, variables).await;
    assert_eq!(live.next().await["__typename"], "CaughtUp");
    live
}

/// All that is heard until the patient has become this version and nothing more comes, by its place.
async fn heard(live: &mut Live, last: i32) -> Vec<String> {
    let mut places = Vec::new();
    let mut version = 0;
    loop {
        let time = match version {
            it if it == last => Duration::from_millis(500),
            _ => Duration::from_secs(10),
        };
        match live.socket.message_within(time).await {
            None if version == last => return places,
            Some(Ok(message)) => {
                let told = &message["payload"]["data"]["patientChanged"];
                let now = told["patient"]["version"].as_i64();
                let now = now.unwrap_or_else(|| panic!("not {message}"));
                assert!(i64::from(version) <= now, "{now} after {version}");
                version = i32::try_from(now).unwrap();
                places.push(told["cursor"].as_str().unwrap().to_owned());
            }
            other => panic!("{last} was due after {version}, not {other:?}"),
        }
    }
}

/// The places of so many that are heard.
async fn cursors(live: &mut Live, many: usize) -> Vec<Value> {
    let mut places = Vec::new();
    for _ in 0..many {
        places.push(live.next().await["cursor"].take());
    }
    places
}

/// All that is heard until they are told that their right has ended, or their socket is closed.
async fn heard_to_the_end(live: &mut Live) -> (Vec<String>, Result<(), u16>) {
    let mut places = Vec::new();
    loop {
        match live.socket.message().await {
            Err(code) => return (places, Err(code)),
            Ok(message) => {
                let told = &message["payload"]["data"]["patientChanged"];
                if told["__typename"] == "AccessEnded" {
                    return (places, Ok(()));
                }
                let cursor = told["cursor"].as_str();
                places.push(cursor.unwrap_or_else(|| panic!("{message}")).to_owned());
            }
        }
    }
}

on_both! {
    async fn each_of_many_hears_all_in_order_and_whose_right_ends_hears_no_more(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let of = json!({ "patient": ana.id });
        let (bo, amy) = (app.doctor("bo").await, app.another_admin("amy").await);
        let joins = json!({ "patientId": ana.id, "doctorId": bo.id, "role": "PRIMARY" });
        let joined = admin.data(JOIN, json!({ "input": joins })).await;
        let member = joined["addCareTeamMember"]["careTeamMember"].clone();
        // About administrators nothing is to be looked up: they are told together. Each doctor's relation is.
        let clinic = json!({ "clinic": true });
        let mut admins = vec![follow(&admin, &clinic).await, follow(&amy, &clinic).await];
        for name in ADMINS {
            let admin = app.another_admin(name).await;
            admins.push(follow(&admin, &clinic).await);
        }
        let mut others = vec![follow(&ana, &of).await, follow(&admin, &of).await];
        for name in DOCTORS {
            let doctor = app.doctor(name).await;
            app.care(doctor.row, ana.row, None).await;
            others.push(follow(&doctor, &of).await);
        }
        let second = amy.another_session().await;
        let (mut leaves, mut revoked) = (follow(&bo, &of).await, follow(&second, &clinic).await);
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let leave = json!({ "input": { "id": member["id"], "expectedVersion": member["version"] } });
            admin.data(LEAVE, leave).await;
            amy.data("mutation { revokeOtherSessions(input: {}) { userErrors { code } } }", json!({})).await;
        };
        // All read meanwhile: a client that does not answers no ping, and is let go of.
        let ((), (), others, admins, left, revoked) = tokio::join!(
            changes(&ana, 1),
            meanwhile,
            join_all(others.iter_mut().map(|live| heard(live, 1 + CHANGES))),
            join_all(admins.iter_mut().map(|live| heard(live, 1 + CHANGES))),
            heard_to_the_end(&mut leaves),
            heard_to_the_end(&mut revoked)
        );
        for (all, (before, ended), how) in [(others, left, Ok(())), (admins, revoked, Err(4403))] {
            let whole = &all[0];
            assert!(whole.len() >= usize::try_from(CHANGES).unwrap());
            for one in &all[1..] {
                assert_eq!(one, whole);
            }
            assert_eq!(ended, how);
            assert!(before.len() < whole.len(), "their right had ended");
            assert_eq!(before, whole[..before.len()]);
        }
        let tally = &app.state().tally;
        let [together, straight] = [&tally.together, &tally.straight].map(|it| it.load(Ordering::SeqCst));
        assert!(0 < straight && straight <= together, "told together, most of it straight: {tally:?}");
    }

    async fn whoever_goes_and_comes_back_among_many_misses_nothing(app: App) {
        let ana = app.patient("ana").await;
        let admin = app.admin().await;
        let clinic = json!({ "clinic": true });
        let mut people: Vec<Person> = Vec::new();
        for name in ADMINS {
            people.push(Person::clone(&*app.another_admin(name).await));
        }
        let mut stays = follow(&admin, &clinic).await;
        let coming_and_going = people.iter().enumerate().map(|(number, person)| {
            let of = &clinic;
            async move {
                let mut live = follow(person, of).await;
                let mut places: Vec<String> = Vec::new();
                // Each goes after a number of messages of their own, again and again.
                while places.len() < usize::try_from(CHANGES).unwrap() {
                    let told = live.next().await;
                    match told["__typename"].as_str() {
                        Some("CaughtUp") => continue,
                        Some("PatientChange") => {}
                        _ => panic!("not {told}"),
                    }
                    places.push(told["cursor"].as_str().unwrap().to_owned());
                    if places.len().is_multiple_of(2 + number) {
                        live.socket.cut();
                        let after = json!({ "of": of, "after": places.last() });
                        live = person.subscribe(FOLLOW, after).await;
                    }
                }
                places
            }
        });
        let (all, ()) = tokio::join!(
            join_all(coming_and_going),
            async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                changes(&ana, 1).await;
            },
        );
        let whole = heard(&mut stays, 1 + CHANGES).await;
        assert_eq!(whole.len(), usize::try_from(CHANGES).unwrap());
        for heard in all {
            assert_eq!(heard, whole);
        }
    }

    async fn what_comes_while_an_answer_is_being_recorded_is_heard_after_it(app: App) {
        // Now one and now another is answered first, which is recorded by itself; the next event comes at once.
        let mut patients = Vec::new();
        for name in ["ana", "ben", "cleo", "dan", "eve", "flo"] {
            patients.push(app.patient(name).await);
        }
        let clinic = json!({ "clinic": true });
        let mut all = Vec::new();
        for name in ADMINS.iter().chain(&DOCTORS) {
            let admin = app.another_admin(name).await;
            all.push(follow(&admin, &clinic).await);
        }
        let many = patients.len() * usize::try_from(CHANGES).unwrap();
        let heard = join_all(all.iter_mut().map(|live| cursors(live, many)));
        let (heard, _) = tokio::join!(heard, join_all(patients.iter().map(|patient| changes(patient, 1))));
        for places in &heard {
            assert_eq!(*places, heard[0]);
        }
        let tally = &app.state().tally;
        assert!(tally.straight.load(Ordering::SeqCst) > 0, "{tally:?}");
    }

    async fn what_is_each_ones_own_reaches_each_at_once(app: App) {
        // An error names the request that it belongs to, so nobody is given another's answer.
        const OWN: &str = "subscription { patientChanged(of: { clinic: true }) {
            ... on PatientChange { patient { version accessLog(first: 1, after: \"x\") { totalCount } } } } }";
        let ana = app.patient("ana").await;
        let mut all = Vec::new();
        for name in ADMINS {
            let mut live = app.another_admin(name).await.subscribe(OWN, json!({})).await;
            live.is_silent_for(Duration::from_millis(100)).await;
            all.push(live);
        }
        for version in 1..6 {
            let input = json!({ "input": { "id": ana.id, "expectedVersion": version,
                "contact": { "phone": format!("+37255{version:05}") } } });
            assert_eq!(user_errors(&ana.run(UPDATE_PATIENT, input).await), Vec::<String>::new());
            for live in &mut all {
                let answer = live.answer().await;
                assert_eq!(codes(&answer), ["BAD_REQUEST"], "{answer}");
            }
        }
        let tally = &app.state().tally;
        assert_eq!(tally.given.load(Ordering::SeqCst), 0, "{tally:?}");
    }

    async fn whoever_follows_another_day_is_not_told_what_the_others_are(app: App) {
        // The days stand beside the field: the answers of all of them have one name.
        const DAY: &str = "subscription($of: AppointmentsOf!, $day: NaiveDate) { appointmentChanged(of: $of, day: $day) {
            ... on AppointmentChange { appointment { id startsAt } } } }";
        let (ana, bo, visit_type) = (app.patient("ana").await, app.doctor("bo").await, app.visit_type(30).await);
        let begins = [app.day_after_tomorrow(9), app.day_after_tomorrow(9) + TimeDelta::days(7)];
        let mut all = Vec::new();
        for (number, name) in ADMINS.iter().chain(&DOCTORS).enumerate() {
            let day = begins[number % 2].date_naive();
            let admin = app.another_admin(name).await;
            let of = json!({ "of": { "doctor": bo.id }, "day": day.to_string() });
            let mut live = admin.subscribe(DAY, of).await;
            live.is_silent_for(Duration::from_millis(100)).await;
            all.push(live);
        }
        for round in 0..6 {
            let begin = begins[round % 2] + TimeDelta::minutes(30 * i64::try_from(round).unwrap());
            let input = json!({ "input": { "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type, "startsAt": begin } });
            let booked = ana.data(BOOK, input).await["bookAppointment"].take();
            assert_eq!(booked["userErrors"], json!([]));
            for (number, live) in all.iter_mut().enumerate() {
                if number % 2 == round % 2 {
                    assert_eq!(live.next().await["appointment"]["id"], booked["appointment"]["id"]);
                }
            }
        }
        // Nothing of the other day came in between, nor comes now.
        for live in &mut all {
            live.is_silent_for(Duration::from_millis(50)).await;
        }
        let together = app.state().tally.together.load(Ordering::SeqCst);
        assert!(together > 0, "nobody was told together with others");
    }
}

on_both! {
    with CROWDED;
    async fn a_crowd_that_is_told_of_much_at_once_hears_all_of_it_in_order(app: App) {
        let mut patients = Vec::new();
        for name in ["ana", "ben", "cleo", "dan", "eve", "flo"] {
            patients.push(app.patient(name).await);
        }
        let clinic = json!({ "clinic": true });
        let mut all = Vec::new();
        for name in ADMINS {
            let admin = app.another_admin(name).await;
            for _ in 0..40 {
                all.push(follow(&admin, &clinic).await);
            }
        }
        let many = patients.len() * usize::try_from(CHANGES).unwrap();
        let heard = join_all(all.iter_mut().map(|live| cursors(live, many)));
        let (heard, _) = tokio::join!(heard, join_all(patients.iter().map(|patient| changes(patient, 1))));
        for places in &heard {
            assert_eq!(*places, heard[0]);
        }
        let tally = &app.state().tally;
        let [straight, in_runs] = [&tally.straight, &tally.in_runs].map(|it| it.load(Ordering::SeqCst));
        assert!(straight > 0 && in_runs > 0, "told of more than one at once: {tally:?}");
    }
}
