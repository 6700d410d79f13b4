//! One answer for all who are alike: the same bytes as if each were answered by themselves, a record of each look all the
//! same, and no more statements for a hundred who are alike than for one.

use crate::support::documents::UPDATE_PATIENT;
use crate::support::{App, Copy, Live, Patient, Person, user_errors};
use entity::code::Confidentiality;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Everything of a patient that depends on who looks.
const ALL: &str =
    "subscription($of: PatientsOf!, $after: String) { patientChanged(of: $of, after: $after) {
    __typename
    ... on PatientChange { cursor kind occurredAt patient {
        id version name { text } gender confidentiality viewerRelationship
        contact { phone email emergencyContacts { phone } }
        coverages(first: 3) { nodes { memberNumber } }
        careTeam(first: 3) { nodes { doctor { id } } }
        nextAppointment { id reason doctor { id } }
    } }
} }";

/// The same without what is one's own by itself: lists that begin with the viewer.
const PLAIN: &str = "subscription($of: PatientsOf!) { patientChanged(of: $of) {
    ... on PatientChange { cursor patient { id version gender contact { phone } } }
} }";

async fn follow(person: &Person, copy: &Copy, document: &str, of: &Value) -> Live {
    let person = person.at(copy);
    let mut live = person.subscribe(document, json!({ "of": of })).await;
    live.is_silent_for(Duration::from_millis(100)).await;
    live
}

async fn phone(patient: &Patient, version: i32) {
    let input = json!({ "input": { "id": patient.id, "expectedVersion": version,
        "contact": { "phone": format!("+37255502{version:02}") } } });
    let answer = patient.run(UPDATE_PATIENT, input).await;
    assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
}

fn tally(copy: &Copy) -> (u64, u64) {
    let tally = &copy.state.tally;
    (
        tally.made.load(Ordering::SeqCst),
        tally.given.load(Ordering::SeqCst),
    )
}

/// The sockets that a test may open for one person.
const MANY: [(&str, &str); 2] = [
    ("socket.max_per_user", "200"),
    ("http.max_connections_per_address", "2000"),
];

on_both! {
    async fn whoever_is_given_anothers_answer_reads_what_they_would_have_been_answered(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let admins = [app.admin().await, app.another_admin("amy").await];
        let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
        let (di, ed) = (app.doctor("di").await, app.doctor_cleared_for("ed", Confidentiality::Restricted).await);
        for doctor in [&bo, &cy, &ed] {
            app.care(doctor.row, ana.row, None).await;
        }
        app.appointment(di.row, ana.row, app.day_after_tomorrow(9)).await;
        // The one asks on a copy that shares, the other on one that does not; each of them of the same events.
        let off = [MANY[0], MANY[1], ("socket.share_answers", "false")];
        let [sharing, alone] = [app.copy_with(&MANY).await, app.copy_with(&off).await];
        let of = json!({ "patient": ana.id });
        let clinic = json!({ "clinic": true });
        let everybody: Vec<(&str, &Person, &Value)> = vec![
            ("ana", &ana, &of), ("bo", &bo, &of), ("cy", &cy, &of), ("di", &di, &of), ("ed", &ed, &of),
            ("admin", &admins[0], &of), ("amy", &admins[1], &of),
            ("admin", &admins[0], &clinic), ("amy", &admins[1], &clinic),
        ];
        for document in [ALL, PLAIN] {
            let mut pairs = Vec::new();
            for (name, person, of) in &everybody {
                // Twice each on the sharing copy: oneself is alike, too.
                for _ in 0..2 {
                    let given = follow(person, &sharing, document, of).await;
                    let made = follow(person, &alone, document, of).await;
                    pairs.push((*name, given, made));
                }
            }
            let (before, without) = (tally(&sharing), tally(&alone));
            let version = if document == ALL { 1 } else { 4 };
            for step in 0..3 {
                phone(&ana, version + step).await;
                for (name, given, made) in &mut pairs {
                    let (given, made) = (given.answer().await, made.answer().await);
                    assert_eq!(given.to_string(), made.to_string(), "{name}");
                    assert_eq!(given.get("errors"), None, "{name}");
                }
            }
            let (made, given) = tally(&sharing);
            let (made, given) = (made - before.0, given - before.1);
            assert_eq!(made + given, 54, "{made} made, {given} given");
            // Kinds of viewers: the patient, the care team of either clearance, by appointment, administrators on each stream.
            // An answer is good for a moment, and on a busy machine a moment is short.
            assert!(given >= 9, "{made} made, {given} given");
            assert_eq!(tally(&alone).1, without.1);
        }
        drop(eve);
    }

    async fn each_look_is_recorded_though_the_answer_was_anothers(app: App) {
        let (ana, bo, cy) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await);
        for doctor in [&bo, &cy] {
            app.care(doctor.row, ana.row, None).await;
        }
        let of = json!({ "patient": ana.id });
        let mut lives = Vec::new();
        for doctor in [&bo, &cy] {
            lives.push(follow(doctor, &app.copy, PLAIN, &of).await);
        }
        let count = "SELECT count(*) FROM audit_entry WHERE operation = 'patientChanged' AND kinds LIKE '%CONTACT%' \
            AND relationship = 'CARE_TEAM'";
        let before = tally(&app.copy);
        for round in 1..=3 {
            phone(&ana, i32::try_from(round).unwrap()).await;
            for live in &mut lives {
                live.answer().await;
            }
            assert_eq!(app.number(count).await, 2 * round);
        }
        let distinct = "SELECT count(DISTINCT actor) FROM audit_entry WHERE operation = 'patientChanged' AND kinds LIKE '%CONTACT%' \
            AND relationship = 'CARE_TEAM'";
        assert_eq!(app.number(distinct).await, 2);
        let (made, given) = tally(&app.copy);
        assert_eq!((made - before.0, given - before.1), (3, 3));
    }

    async fn an_event_costs_no_more_statements_for_a_hundred_who_are_alike_than_for_a_few(app: App) {
        let ana = app.patient("ana").await;
        let mut doctors = Vec::new();
        for number in 0..4 {
            let doctor = app.doctor(&format!("doctor{number}")).await;
            app.care(doctor.row, ana.row, None).await;
            doctors.push(doctor);
        }
        let copy = app.copy_with(&MANY).await;
        let of = json!({ "patient": ana.id });
        let mut lives = Vec::new();
        let mut version = 1;
        let mut costs = Vec::new();
        for sockets in [4, 100] {
            while lives.len() < sockets {
                let doctor = &doctors[lives.len() % doctors.len()];
                let live = doctor.at(&copy).subscribe(PLAIN, json!({ "of": of })).await;
                lives.push(live);
            }
            let last = lives.last_mut().unwrap();
            last.is_silent_for(Duration::from_millis(500)).await;
            // The fewest of a few: sweeps and sealing go on meanwhile.
            let mut fewest = u64::MAX;
            for _ in 0..4 {
                app.audit_is_sealed().await;
                let before = app.all_statements();
                phone(&ana, version).await;
                version += 1;
                for live in &mut lives {
                    live.answer().await;
                }
                fewest = fewest.min(app.all_statements() - before);
            }
            costs.push(fewest);
        }
        let (few, many) = (costs[0], costs[1]);
        report(&format!("statements of one change and its deliveries: {few} to 4, {many} to 100 sockets"));
        // What each look leaves in the audit is gathered, but comes in as many statements as it takes while others are told: a
        // dozen, more on a busy machine. One statement a socket would be 96 more.
        assert!(many <= few + 48, "{few} for 4, {many} for 100");
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the figure is wanted by whoever runs it with --nocapture"
)]
fn report(figure: &str) {
    println!("{figure}");
}
