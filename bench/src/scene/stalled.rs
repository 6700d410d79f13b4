//! Some who stop reading among many who read: the good ones must not notice, and the server must get rid of the others.
//!
//! What is watched is the system's table of connections: a socket that reads nothing does not hear of its own end.

use super::party::sockets;
use super::round::{self, Figures, Pace, Sending};
use super::{Common, room_for, told};
use crate::crowd::{Crowd, Member, Order, Place, Subscription, lock};
use crate::meter::kilobytes;
use crate::output::{Done, tell};
use crate::process;
use crate::stage::bookings::{Times, booking};
use crate::stage::log::Rows;
use crate::stage::{People, Size, Stage};
use patient_tracker::clock::Clock;
use serde::Serialize;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Between two looks at the stalled.
const PAUSE: Duration = Duration::from_millis(500);

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Subscribers who read.
    #[arg(long, default_value_t = 1000)]
    good: usize,
    /// Subscribers who stop reading.
    #[arg(long, default_value_t = 100)]
    stalled: usize,
    /// Events a second.
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// Events a round; one round without the stalled, and rounds with them until they are gone.
    #[arg(long, default_value_t = 50)]
    events: usize,
    /// Fields of ballast in each message, about 40 bytes each: buffers of the system hold megabytes.
    #[arg(long, default_value_t = 100)]
    ballast: usize,
    /// Seconds in which the stalled must be gone.
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

#[derive(Serialize)]
struct Outcome {
    rounds: Vec<Figures>,
    stalled: usize,
    left: usize,
    first_gone_s: f64,
    all_gone_s: f64,
    /// From when the system began to hold bytes that a stalled reader did not take, the longest of all.
    gone_after_held_s: f64,
    resident_before_mb: f64,
    resident_most_mb: f64,
}

fn subscription(people: &People, ballast: usize) -> Subscription {
    let fields: Vec<String> = (0..ballast).map(|at| format!("b{at}: startsAt")).collect();
    let query = crate::crowd::OURS.replace(
        "{ id startsAt status }",
        &format!("{{ id startsAt status {} }}", fields.join(" ")),
    );
    Subscription {
        query: query.into(),
        ..Subscription::ours(json!({ "doctor": people.doctors[0].id }))
    }
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let all = arguments.good + arguments.stalled;
    room_for(all * 2)?;
    let size = Size {
        admins: all,
        doctors: 1,
        patients: 100,
    };
    let stage = Stage::open(arguments.common.database, &arguments.common.server, size).await?;
    let (server, target) = stage.copy().await?;
    let people = &stage.people;
    let followed = subscription(people, arguments.ballast);
    let member = |number: usize| Member {
        token: people.admins[number].token.clone(),
        subscription: followed.clone(),
    };
    let place = Place::at(vec![sockets(&target)]);
    let crowd = Crowd::open(&place, (0..arguments.good).map(member).collect()).await?;
    let writer = target.with_token(people.admins[0].token.clone());
    let mut times = Times::from(Clock::system().now());
    let mut sending = || Sending {
        target: writer.clone(),
        bodies: (0..arguments.events)
            .map(|at| booking(people, (at % people.patients.len(), 0), times.take(), None))
            .collect(),
        pace: Pace::of(arguments.rate, 4),
        reach: arguments.good,
    };
    let mut rounds = Vec::new();
    round::run(&crowd, sending(), server.pid, stage.helpers()).await?;
    let alone = round::run(&crowd, sending(), server.pid, stage.helpers()).await?;
    rounds.push(judged(alone, &crowd, &stage, "without", 0).await?);
    let before = megabytes(server.pid);
    let narrow = Place {
        receive_buffer: Some(4096),
        ..place.clone()
    };
    let idle = Crowd::open(&narrow, (arguments.good..all).map(member).collect()).await?;
    let watch = Arc::new(Mutex::new(Watch::of(&idle, server.pid, target.address)));
    let looking = tokio::spawn(look(Arc::clone(&watch)));
    idle.tell(Order::Stall);
    tell("Some have stopped reading.");
    let patience = Duration::from_secs(arguments.patience);
    let began = Instant::now();
    while lock(&watch).left() > 0 && began.elapsed() < patience {
        let number = rounds.len();
        let round = round::run(&crowd, sending(), server.pid, stage.helpers()).await?;
        rounds.push(judged(round, &crowd, &stage, "with", number).await?);
    }
    looking.abort();
    let outcome = lock(&watch).outcome(rounds, arguments.stalled, before);
    idle.close().await;
    crowd.close().await;
    server.stop().await;
    let table = format!(
        "{}\n| stalled | left | first gone s | all gone s | gone after bytes were held s | RSS before MB | most MB |\n|---:|---:|---:|---:|---:|---:|---:|\n| {} | {} | {:.1} | {:.1} | {:.1} | {:.0} | {:.0} |\n",
        round::table("stalled", &outcome.rounds),
        outcome.stalled,
        outcome.left,
        outcome.first_gone_s,
        outcome.all_gone_s,
        outcome.gone_after_held_s,
        outcome.resident_before_mb,
        outcome.resident_most_mb,
    );
    told(&table, &outcome, arguments.common.out.as_deref())?;
    match outcome.left {
        0 => super::must_be_clean(outcome.rounds.iter()),
        left => Err(format!("{left} who read nothing are still there")),
    }
}

async fn judged(
    mut round: round::Round,
    crowd: &Crowd,
    stage: &Stage,
    name: &str,
    number: usize,
) -> Done<Figures> {
    name.clone_into(&mut round.figures.party);
    round.figures.round = number;
    let rows = Rows::open(&stage.kit.database).await?;
    let events = rows.events().await?;
    rows.close().await;
    let stream = format!("doctor:{}", stage.people.doctors[0].uuid.simple());
    let wanted: Vec<_> = events
        .get(&stream)
        .into_iter()
        .flatten()
        .filter_map(|event| event.heard())
        .collect();
    Ok(round.judged(crowd, |_| &wanted, true))
}

fn megabytes(server: u32) -> f64 {
    kilobytes(process::resident(server)) / 1024.0
}

/// Looks again and again. The table takes long to read, and those who read would be late by it: a thread of its own reads it,
/// and once the system holds bytes for all of the stalled, only when the server has closed something.
async fn look(watch: Arc<Mutex<Watch>>) {
    let server = lock(&watch).server;
    let port = lock(&watch).port;
    let mut open_before = 0;
    loop {
        let open = process::open_files(server);
        let is_waiting = lock(&watch).is_waiting_for_bytes();
        if is_waiting || open < open_before {
            let reading = tokio::task::spawn_blocking(move || process::connections_of(port));
            let Ok(queues) = reading.await else { return };
            lock(&watch).sees(&queues);
        }
        open_before = open;
        lock(&watch).weighs(megabytes(server));
        tokio::time::sleep(PAUSE).await;
    }
}

/// The stalled, as the system's table of connections shows the server's side of them.
struct Watch {
    began: Instant,
    server: u32,
    port: u16,
    there: HashSet<SocketAddr>,
    held_since: HashMap<SocketAddr, Instant>,
    first_gone: Option<Duration>,
    last_gone: Option<Duration>,
    longest_held: Duration,
    /// Of the server's memory.
    most_mb: f64,
}

impl Watch {
    fn of(crowd: &Crowd, server: u32, address: SocketAddr) -> Self {
        Self {
            began: Instant::now(),
            server,
            port: address.port(),
            there: crowd.locals.iter().copied().collect(),
            held_since: HashMap::new(),
            first_gone: None,
            last_gone: None,
            longest_held: Duration::ZERO,
            most_mb: 0.0,
        }
    }

    fn left(&self) -> usize {
        self.there.len()
    }

    fn outcome(&self, rounds: Vec<Figures>, stalled: usize, before_mb: f64) -> Outcome {
        Outcome {
            rounds,
            stalled,
            left: self.left(),
            first_gone_s: self.first_gone.unwrap_or_default().as_secs_f64(),
            all_gone_s: self.last_gone.unwrap_or_default().as_secs_f64(),
            gone_after_held_s: self.longest_held.as_secs_f64(),
            resident_before_mb: before_mb,
            resident_most_mb: self.most_mb.max(before_mb),
        }
    }

    /// Whether there is one for whom the system holds nothing yet.
    fn is_waiting_for_bytes(&self) -> bool {
        self.there
            .iter()
            .any(|peer| !self.held_since.contains_key(peer))
    }

    /// Takes in how much memory the server has just now.
    fn weighs(&mut self, resident_mb: f64) {
        self.most_mb = self.most_mb.max(resident_mb);
    }

    /// Takes in what each connection had in its queue just now.
    fn sees(&mut self, queues: &HashMap<SocketAddr, u64>) {
        let now = Instant::now();
        let since = now - self.began;
        let (held_since, longest) = (&mut self.held_since, &mut self.longest_held);
        let before = self.there.len();
        self.there.retain(|peer| match queues.get(peer) {
            Some(0) => true,
            Some(_) => {
                held_since.entry(*peer).or_insert(now);
                true
            }
            None => {
                let held = held_since.get(peer).map(|held| now - *held);
                *longest = (*longest).max(held.unwrap_or_default());
                false
            }
        });
        if self.there.len() < before {
            self.first_gone.get_or_insert(since);
            self.last_gone = Some(since);
        }
    }
}
