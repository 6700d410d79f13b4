//! Those who follow: of the clinic, of a doctor, of their own record, by turns.

use super::acts::World;
use super::check::Ledger;
use crate::crowd::{Crowd, Member, Place, Subscription, lock};
use crate::output::Done;
use crate::scene::sockets;
use crate::stage::Stage;
use serde_json::json;
use std::time::{Duration, Instant};

/// What the `number`th follows: its stream's key, and who they are.
#[must_use]
pub fn stream_of(stage: &Stage, number: usize) -> String {
    let people = &stage.people;
    match number % 4 {
        0 => "clinic".to_owned(),
        1 => {
            let doctor = &people.doctors[number / 4 % people.doctors.len()];
            format!("doctor:{}", doctor.uuid.simple())
        }
        _ => {
            let patient = &people.patients[number % people.patients.len()];
            format!("patient:{}", patient.uuid.simple())
        }
    }
}

fn member(stage: &Stage, number: usize) -> Member {
    let people = &stage.people;
    let (token, of) = match number % 4 {
        0 => {
            let admin = &people.admins[number / 4 % people.admins.len()];
            (&admin.token, json!({ "clinic": true }))
        }
        1 => {
            let doctor = &people.doctors[number / 4 % people.doctors.len()];
            (&doctor.token, json!({ "doctor": doctor.id }))
        }
        _ => {
            let patient = &people.patients[number % people.patients.len()];
            (&patient.token, json!({ "patient": patient.id }))
        }
    };
    Member {
        token: token.clone(),
        subscription: Subscription::ours(of),
    }
}

/// Lets them begin, before anything has happened.
pub async fn open(world: &World, number: usize) -> Done<Crowd> {
    let place = Place::at(world.for_followers().iter().map(sockets).collect());
    let members = (0..number).map(|number| member(&world.stage, number));
    Crowd::open(&place, members.collect()).await
}

/// Waits until each has heard as much as its stream holds, or time is up.
pub async fn complete(crowd: &Crowd, stage: &Stage, ledger: &Ledger, patience: Duration) -> bool {
    let started = Instant::now();
    let streams = (0..crowd.records.len()).map(|number| stream_of(stage, number));
    let wanted: Vec<usize> = streams.map(|stream| ledger.heard(&stream).len()).collect();
    loop {
        let mut pairs = crowd.records.iter().zip(&wanted);
        if pairs.all(|(record, wanted)| lock(record).heard.len() >= *wanted) {
            // Whatever comes twice comes now.
            tokio::time::sleep(Duration::from_secs(1)).await;
            return true;
        }
        if started.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
