//! An absence that two hundred appointments stand in the way of: the dry run, the doing, who is told, and what is left when
//! the server is killed in the middle of it.

use crate::absence::{mark, mornings};
use crate::support::documents::FOLLOW;
use crate::support::{App, Doctor, Person, Process, Random};
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::PatientId;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const COUNT: usize = 200;
/// Of a day.
const TIMES: usize = 16;

const RESOLVE: &str = "mutation($input: ResolveAbsenceInput!) { resolveAbsence(input: $input) {
    resolved remaining next userErrors { code }
    start: outcomes(first: 100) { nodes { ...It } } end: outcomes(last: 100) { nodes { ...It } } } }
    fragment It on AbsenceOutcome { kind problem appointment { id } replacement { id status startsAt doctor { id } }
        proposal { startsAt doctor { id } } }";
/// What happened, but for looks: whoever asks what would become of appointments looks at whose they are, and the patients are told of
/// that a little later.
const CHANGES: &str = "SELECT count(*) FROM event WHERE stream NOT LIKE 'access:%'";
const AFFECTED: &str = "query($id: ID!, $first: Int) { node(id: $id) { ... on Absence {
    affected(first: $first) { nodes { appointment { id patient { displayName } } proposals { way startsAt } } } } } }";

/// From nine to five of two weeks and more, from the day after tomorrow on.
fn time(app: &App, number: usize) -> DateTime<Utc> {
    let (day, of_day) = (number / TIMES, number % TIMES);
    app.day_after_tomorrow(9)
        + TimeDelta::days(i64::try_from(day).unwrap())
        + TimeDelta::minutes(i64::try_from(of_day).unwrap() * 30)
}

/// A doctor whom these come to, who is away for five weeks, and two colleagues: one has not time for all, one has no hours.
async fn clinic(app: &App, admin: &Person, patients: &[PatientId]) -> (Doctor, [Doctor; 2], Value) {
    let bo = app.doctor("bo").await;
    let colleagues = [app.doctor("cy").await, app.doctor("dee").await];
    mornings(app, &[&bo, &colleagues[0]]).await;
    for (number, patient) in patients.iter().enumerate() {
        app.appointment(bo.row, *patient, time(app, number)).await;
    }
    let day = app.day_after_tomorrow(0);
    let absence = mark(admin, &bo.id, day, day + TimeDelta::days(35)).await;
    (bo, colleagues, absence)
}

fn input(absence: &Value, dry_run: bool) -> Value {
    json!({ "input": { "id": absence["id"], "atMost": COUNT, "dryRun": dry_run, "otherwiseCancel": "PROVIDER" } })
}

/// Every outcome of an answer.
fn outcomes(answer: &Value) -> Vec<Value> {
    let page = |name: &str| {
        answer["resolveAbsence"][name]["nodes"]
            .as_array()
            .unwrap()
            .clone()
    };
    let (start, end) = (page("start"), page("end"));
    match start.len() < 100 {
        true => start,
        false => [start, end].concat(),
    }
}

/// What an outcome says but for what only doing it can say.
fn foretold(outcome: &Value) -> (Value, Value, Value) {
    (
        outcome["kind"].clone(),
        outcome["appointment"]["id"].clone(),
        outcome["proposal"].clone(),
    )
}

/// Two hundred transactions in one request are slow where nothing is optimised and the machine has more to do.
const PATIENTLY: &[(&str, &str)] = &[("http.request_timeout", "5min")];

on_both! {
    with PATIENTLY;
    async fn a_dry_run_over_two_hundred_changes_nothing_and_comes_true_and_each_patient_is_told(app: App) {
        let admin = app.admin().await;
        let mut patients = Vec::new();
        for number in 0..COUNT {
            patients.push(app.patient(&format!("patient{number}")).await);
        }
        let rows: Vec<PatientId> = patients.iter().map(|patient| patient.row).collect();
        let (bo, colleagues, absence) = clinic(&app, &admin, &rows).await;
        let events = app.number(CHANGES).await;
        let dry = admin.data(RESOLVE, input(&absence, true)).await;
        let expected: Vec<_> = outcomes(&dry).iter().map(foretold).collect();
        assert_eq!(expected.len(), COUNT);
        assert_eq!((&dry["resolveAbsence"]["resolved"], &dry["resolveAbsence"]["remaining"]), (&json!(COUNT), &json!(COUNT)));
        assert_eq!(app.number(CHANGES).await, events);
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED' AND version = 1").await, 200);
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, ..) in &expected {
            *kinds.entry(kind.as_str().unwrap()).or_default() += 1;
        }
        // The colleague has six times a day, and so has the doctor before and after: there is not enough for all.
        let mut all = ["REROUTED", "MOVED", "CANCELLED"].iter();
        assert!(all.all(|kind| kinds.get(kind).is_some_and(|count| *count > 10)), "{kinds:?}");
        let mut followers = Vec::new();
        for patient in &patients {
            let of = json!({ "of": { "patient": patient.id }, "after": "now" });
            let mut live = patient.subscribe(FOLLOW, of).await;
            assert_eq!(live.next().await["__typename"], "CaughtUp");
            followers.push(live);
        }
        let mut of_doctors = Vec::new();
        for doctor in [&bo, &colleagues[0], &colleagues[1]] {
            let of = json!({ "of": { "doctor": doctor.id }, "after": "now" });
            let mut live = doctor.subscribe(FOLLOW, of).await;
            assert_eq!(live.next().await["__typename"], "CaughtUp");
            of_doctors.push(live);
        }
        let done = admin.data(RESOLVE, input(&absence, false)).await;
        let done = (outcomes(&done), done["resolveAbsence"]["remaining"].clone());
        assert_eq!(done.0.iter().map(foretold).collect::<Vec<_>>(), expected);
        assert_eq!(done.1, 0);
        let mut with: BTreeMap<&str, usize> = BTreeMap::new();
        for (live, outcome) in followers.iter_mut().zip(&done.0) {
            let off = live.next().await;
            assert_eq!((&off["kind"], &off["appointment"]["id"]), (&json!("CANCELLED"), &outcome["appointment"]["id"]));
            let new = &outcome["replacement"];
            if outcome["kind"] == "CANCELLED" {
                assert_eq!(new, &Value::Null);
                continue;
            }
            let made = live.next().await;
            assert_eq!((&made["kind"], &made["appointment"]["id"]), (&json!("CREATED"), &new["id"]));
            assert_eq!(made["appointment"]["startsAt"], outcome["proposal"]["startsAt"]);
            *with.entry(new["doctor"]["id"].as_str().unwrap()).or_default() += 1;
        }
        // Nothing twice: what each stream holds is what each follower has had.
        let replaced = with.values().sum::<usize>();
        let told = app.number("SELECT count(*) FROM event WHERE stream LIKE 'patient:%'").await;
        assert_eq!(told, i64::try_from(COUNT + replaced).unwrap());
        // The doctor who is away hears of each that was called off and each that was moved, a colleague of each that came.
        let moved = with.get(&*bo.id).copied().unwrap_or_default();
        for _ in 0..COUNT + moved {
            assert_eq!(of_doctors[0].next().await["__typename"], "AppointmentChange");
        }
        for (live, colleague) in of_doctors[1..].iter_mut().zip(&colleagues) {
            for _ in 0..with.get(&*colleague.id).copied().unwrap_or_default() {
                assert_eq!(live.next().await["kind"], "CREATED");
            }
        }
        for live in &mut of_doctors {
            live.is_silent_for(Duration::from_millis(200)).await;
        }
        let again = admin.data(RESOLVE, input(&absence, false)).await;
        assert_eq!(outcomes(&again), Vec::<Value>::new());
    }

    async fn what_is_in_the_way_of_a_hundred_costs_a_handful_of_statements(app: App) {
        let admin = app.admin().await;
        let rows: Vec<PatientId> = app.patients(COUNT).await.into_iter().map(|(_, row)| row).collect();
        let (_, _, absence) = clinic(&app, &admin, &rows).await;
        let mut costs = Vec::new();
        for first in [10, 100] {
            let mut fewest = u64::MAX;
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(600)).await;
                app.audit_is_sealed().await;
                let before = app.statements();
                let answer = admin.data(AFFECTED, json!({ "id": absence["id"], "first": first })).await;
                fewest = fewest.min(app.statements() - before);
                let nodes = answer["node"]["affected"]["nodes"].as_array().unwrap();
                assert_eq!(nodes.len(), first);
                assert!(nodes.iter().all(|one| one["proposals"] != json!([])));
            }
            costs.push(fewest);
        }
        assert_eq!(costs[0], costs[1]);
        assert!(costs[0] <= 14, "a page of what is in the way takes {costs:?} statements");
    }

    async fn a_server_that_is_killed_in_the_middle_has_done_nothing_by_halves_and_the_next_goes_on(app: App) {
        let mut app = app;
        let admin = app.admin().await;
        let rows: Vec<PatientId> = app.patients(COUNT).await.into_iter().map(|(_, row)| row).collect();
        let (_, _, absence) = clinic(&app, &admin, &rows).await;
        let mut random = Random::of(14);
        let (mut before, mut in_the_middle) = (0, 0);
        // Longer each time that it had not begun yet: how fast the machine is nobody knows.
        let mut pause = 60;
        for _ in 0..12 {
            app.stop().await;
            let server = Process::serve(&app, &[]).await;
            let (there, variables) = (admin.at(&server.copy), input(&absence, false));
            let token = there.token.clone().unwrap();
            let asking = tokio::spawn(async move { there.copy.try_run(&token, RESOLVE, variables).await });
            tokio::time::sleep(Duration::from_millis(pause + random.below(140))).await;
            server.kill();
            drop(asking.await.unwrap());
            app.restart().await;
            let done = whole(&app).await;
            in_the_middle += u32::from(before < done && done < i64::try_from(COUNT).unwrap());
            if done == before {
                pause = pause * 3 / 2;
            }
            before = done;
        }
        assert!(in_the_middle > 0, "no server was killed in the middle");
        let admin = app.signed_in("admin").await;
        let rest = admin.data(RESOLVE, input(&absence, false)).await;
        assert_eq!(rest["resolveAbsence"]["remaining"], 0);
        assert_eq!(whole(&app).await, i64::try_from(COUNT).unwrap());
        app.cli(&[], &["audit", "verify"]).await.expect("the chain holds");
    }
}

/// How many are resolved: each whole, with what stands in its place, its history, its events and its row in the audit.
async fn whole(app: &App) -> i64 {
    let resolved = app
        .number("SELECT count(*) FROM appointment WHERE status = 'CANCELLED'")
        .await;
    let replaced = "SELECT count(*) FROM appointment WHERE cancellation_reason = 'rescheduled'";
    let replaced = app.number(replaced).await;
    let new = "SELECT count(DISTINCT replaces_id) FROM appointment WHERE status = 'BOOKED'";
    assert_eq!(app.number(new).await, replaced);
    let new = "SELECT count(*) FROM appointment WHERE replaces_id IS NOT NULL";
    assert_eq!(app.number(new).await, replaced);
    let live = "SELECT count(*) FROM appointment WHERE status = 'BOOKED'";
    let stays = i64::try_from(COUNT).unwrap() - resolved;
    assert_eq!(app.number(live).await, stays + replaced);
    assert_eq!(
        app.number("SELECT count(*) FROM appointment_change").await,
        resolved
    );
    for (kind, count) in [("CANCELLED", resolved), ("CREATED", replaced)] {
        let told = format!(
            "SELECT count(*) FROM event WHERE stream LIKE 'patient:%' AND kind = 'APPOINTMENT_{kind}'"
        );
        assert_eq!(app.number(&told).await, count);
    }
    let noted = "SELECT count(DISTINCT patient_id) FROM audit_entry WHERE action IN ('RESCHEDULE', 'CANCEL') AND outcome = 'ALLOWED'";
    assert_eq!(app.number(noted).await, resolved);
    resolved
}
