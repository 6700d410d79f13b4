//! Many streams, one subscriber each: patients who follow their own record, and a clinic that books for all of them.

use super::party::{sockets, weighed};
use super::round::{self, Figures, Pace, Sending, table};
use super::{Common, room_for, told};
use crate::crowd::{Crowd, Member, Place, Subscription};
use crate::output::{Done, Told};
use crate::stage::bookings::{Times, booking};
use crate::stage::log::Rows;
use crate::stage::{People, Person, Size, Stage};
use patient_tracker::clock::Clock;
use rand::RngExt as _;
use serde_json::json;

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Sockets, each of a patient with a stream of their own.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=19_000))]
    sockets: u32,
    /// Events a second over all.
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// Events a round.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    events: u32,
    /// Rounds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Connections over which is booked.
    #[arg(long, default_value_t = 32)]
    connections: usize,
}

/// A patient's own stream.
pub fn member(patient: &Person) -> Member {
    Member {
        token: patient.token.clone(),
        subscription: Subscription::ours(json!({ "patient": patient.id })),
    }
}

/// Bookings for patients as they come, with doctors by turns.
pub fn bodies(people: &People, times: &mut Times, events: usize) -> Vec<String> {
    let mut random = rand::rng();
    let one = |at: usize| {
        let patient = random.random_range(0..people.patients.len());
        booking(
            people,
            (patient, at % people.doctors.len()),
            times.take(),
            None,
        )
    };
    (0..events).map(one).collect()
}

/// What each patient must have heard, by the event log.
pub async fn wanted(stage: &Stage) -> Done<Vec<Vec<(u128, bool)>>> {
    let rows = Rows::open(&stage.kit.database).await?;
    let events = rows.events().await?;
    rows.close().await;
    let of = |patient: &Person| {
        let stream = format!("patient:{}", patient.uuid.simple());
        let events = events.get(&stream).into_iter().flatten();
        events.filter_map(|event| event.heard()).collect()
    };
    Ok(stage.people.patients.iter().map(of).collect())
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let count = usize::try_from(arguments.sockets).told("sockets")?;
    let events = usize::try_from(arguments.events).told("events")?;
    room_for(count)?;
    let size = Size {
        admins: 1,
        doctors: 100,
        patients: count,
    };
    let stage = Stage::open(arguments.common.database, &arguments.common.server, size).await?;
    let (server, target) = stage.copy().await?;
    let people = &stage.people;
    let place = Place::at(vec![sockets(&target)]);
    let all = people.patients.iter();
    let (crowd, idle_kb): (Crowd, f64) = weighed(
        server.pid,
        &place,
        all.clone().map(member).collect(),
        all.take(50).map(member).collect(),
    )
    .await?;
    let writer = target.with_token(people.admins[0].token.clone());
    let mut times = Times::from(Clock::system().now());
    let mut figures: Vec<Figures> = Vec::new();
    for number in 0..=arguments.rounds {
        let sending = Sending {
            target: writer.clone(),
            bodies: bodies(
                people,
                &mut times,
                if number == 0 { events / 10 } else { events },
            ),
            pace: Pace::of(arguments.rate, arguments.connections),
            reach: 1,
        };
        let mut round = round::run(&crowd, sending, server.pid, stage.helpers()).await?;
        if number == 0 {
            // The first is to warm up.
            continue;
        }
        "patient-tracker".clone_into(&mut round.figures.party);
        round.figures.round = usize::try_from(number).told("a round")? - 1;
        round.figures.idle_kb = idle_kb;
        let wanted = wanted(&stage).await?;
        figures.push(round.judged(&crowd, |at| &wanted[at], true));
    }
    crowd.close().await;
    server.stop().await;
    told(
        &table("wide", &figures),
        &figures,
        arguments.common.out.as_deref(),
    )?;
    super::must_be_clean(figures.iter())
}
