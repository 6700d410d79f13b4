//! Who is measured: our server, a bare broadcast, another server; each with its subscribers, asked by turns.

use super::bare::Way;
use super::round::{self, Figures, Pace, Round, Sending};
use crate::contestant::Contestant;
use crate::crowd::{Crowd, Member, Place, Subscription};
use crate::http::Target;
use crate::kit::Kit;
use crate::load::count;
use crate::meter::{Helpers, kilobytes};
use crate::output::{Done, Told, tell};
use crate::process;
use crate::server::{Server, Start};
use crate::source::Source;
use crate::stage::bookings::{Times, booking};
use crate::stage::log::Rows;
use crate::stage::{Redis, Stage, free_port};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Sockets that are opened and closed before anything is measured.
const WARM: usize = 50;
/// How long memory may settle.
const SETTLING: Duration = Duration::from_secs(2);

/// One of them.
pub struct Party {
    /// Its name in tables.
    pub name: String,
    /// The process.
    pub server: Server,
    helpers: Helpers,
    crowd: Crowd,
    writing: Writing,
    idle_kb: f64,
    /// What it rings, if that is its own.
    _redis: Option<Redis>,
}

enum Writing {
    /// Whatever its bodies are, ready.
    Ready(Target, std::vec::IntoIter<String>),
    /// A message of ours, sent again under another id.
    Bare(Target, u128),
}

/// The sockets' place at a server.
#[must_use]
pub fn sockets(target: &Target) -> Target {
    Target {
        path: "/graphql/ws".to_owned(),
        ..target.clone()
    }
}

/// Opens a crowd on a server that has been warmed up, and weighs what a socket costs it.
pub async fn weighed(
    server: u32,
    place: &Place,
    members: Vec<Member>,
    warm: Vec<Member>,
) -> Done<(Crowd, f64)> {
    Crowd::open(place, warm).await?.close().await;
    tokio::time::sleep(SETTLING).await;
    let (before, sockets) = (process::resident(server), members.len());
    let crowd = Crowd::open(place, members).await?;
    tokio::time::sleep(SETTLING).await;
    let after = process::resident(server);
    let idle = (kilobytes(after) - kilobytes(before)) / count(sockets.max(1));
    Ok((crowd, idle))
}

impl Party {
    /// Our server: all follow the first doctor, each an administrator of their own.
    pub async fn ours(stage: &Stage, subscribers: usize, bookings: usize) -> Done<Self> {
        let (server, target) = stage.copy().await?;
        let people = &stage.people;
        let subscription = Subscription::ours(json!({ "doctor": people.doctors[0].id }));
        let member = |number: usize| Member {
            token: people.admins[number % people.admins.len()].token.clone(),
            subscription: subscription.clone(),
        };
        let place = Place::at(vec![sockets(&target)]);
        let (crowd, idle_kb) = weighed(
            server.pid,
            &place,
            (0..subscribers).map(member).collect(),
            (0..WARM.min(subscribers)).map(member).collect(),
        )
        .await?;
        let mut times = Times::from(patient_tracker::clock::Clock::system().now());
        let bodies = (0..bookings)
            .map(|at| booking(people, (at % people.patients.len(), 0), times.take(), None));
        let bodies: Vec<String> = bodies.collect();
        let target = target.with_token(people.admins[0].token.clone());
        Ok(Self {
            name: "patient-tracker".to_owned(),
            server,
            helpers: stage.helpers(),
            crowd,
            writing: Writing::Ready(target, bodies.into_iter()),
            idle_kb,
            _redis: None,
        })
    }

    /// A bare broadcast.
    pub async fn bare(stage: &Stage, way: Way, subscribers: usize) -> Done<Self> {
        let port = free_port()?;
        let program = std::env::current_exe().told("this program")?;
        let (name, way) = match way {
            Way::Raw => ("bare, one loop", "raw"),
            Way::Tasks => ("bare, a task each", "tasks"),
        };
        let words = ["bare", "--port", &port.to_string(), "--way", way].map(str::to_owned);
        let start = Start {
            command: [vec![program.display().to_string()], words.to_vec()].concat(),
            environment: Vec::new(),
            folder: stage.folder().to_owned(),
            log: stage.folder().join(format!("bare-{way}.log")),
        };
        let target = Target::parse(&format!("http://127.0.0.1:{port}/graphql"))?;
        let server = Server::start(&start, &target).await?;
        let member = |_| Member {
            token: String::new(),
            subscription: Subscription::ours(Value::Null),
        };
        let place = Place::at(vec![sockets(&target)]);
        let (crowd, idle_kb) = weighed(
            server.pid,
            &place,
            (0..subscribers).map(member).collect(),
            (0..WARM).map(member).collect(),
        )
        .await?;
        Ok(Self {
            name: name.to_owned(),
            server,
            helpers: Helpers::default(),
            crowd,
            writing: Writing::Bare(target, 1),
            idle_kb,
            _redis: None,
        })
    }

    /// Another server, over its own rows, with a Redis of its own: two of them would take each other's words for theirs.
    pub async fn theirs(
        stage: &Stage,
        kit: &Kit,
        folder: &Path,
        (at, name): (usize, &str),
        (subscribers, bookings): (usize, usize),
    ) -> Done<Self> {
        let redis = stage.another_redis(name).await?;
        let kit = &Kit {
            redis: Some(redis.url()),
            ..kit.clone()
        };
        let contestant = Contestant::theirs(kit, folder, name).await?;
        let source = Source::open(&kit.source).await?;
        // The others share their rows: each books with a doctor of its own.
        let doctor = at + 1;
        let rows = source
            .rows(&format!("select md5('doctor:{doctor}')::uuid as doctor, md5('patient:' || n)::uuid as patient, to_char(timestamp '2030-01-01' + n * interval '10 minutes', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as starts_at, to_char(timestamp '2030-01-01' + n * interval '10 minutes' + interval '5 minutes', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as ends_at, 'fan-' || n || '-' as reason from generate_series(1, 10000) n"))
            .await?;
        let booking = contestant.operations.get("m1").ok_or("no booking")?;
        let bodies: Vec<String> = rows
            .iter()
            .take(bookings)
            .map(|row| booking.body(row))
            .collect();
        let subscription = Subscription {
            query: "subscription S1($doctorId: ID!) { appointmentChanged(doctorId: $doctorId) { id startsAt status reason } }".into(),
            variables: json!({ "doctorId": rows.first().map(|row| row["doctor"].clone()) }),
            resumes: false,
        };
        let member = |_| Member {
            token: kit.peer_token(),
            subscription: subscription.clone(),
        };
        let place = Place::at(vec![contestant.target.clone()]);
        let (crowd, idle_kb) = weighed(
            contestant.server.pid,
            &place,
            (0..subscribers).map(member).collect(),
            (0..WARM).map(member).collect(),
        )
        .await?;
        let helpers = Helpers {
            redis: redis.pid(),
            ..Helpers::find(Some(&source), None).await?
        };
        Ok(Self {
            name: contestant.name,
            server: contestant.server,
            helpers,
            crowd,
            writing: Writing::Ready(contestant.target, bodies.into_iter()),
            idle_kb,
            _redis: Some(redis),
        })
    }

    /// One round of so many bookings.
    pub async fn round(&mut self, number: usize, bookings: usize, pace: Pace) -> Done<Round> {
        let (target, bodies) = match &mut self.writing {
            Writing::Ready(target, bodies) => (target.clone(), bodies.take(bookings).collect()),
            Writing::Bare(target, next) => {
                let from = *next;
                *next += bookings as u128;
                (target.clone(), (from..*next).map(message).collect())
            }
        };
        let sending = Sending {
            target,
            bodies,
            pace,
            reach: self.crowd.records.len(),
        };
        let mut round = round::run(&self.crowd, sending, self.server.pid, self.helpers).await?;
        round.figures.party.clone_from(&self.name);
        round.figures.round = number;
        round.figures.idle_kb = self.idle_kb;
        tell(&format!(
            "{} #{}: {} deliveries, {:.0}/s",
            self.name, number, round.figures.deliveries, round.figures.per_second
        ));
        Ok(round)
    }

    /// The verdict on what was heard in a round: ours by the event log, the others' by what was sent.
    pub async fn judged(&self, round: Round, stage: &Stage) -> Done<Figures> {
        if self.name != "patient-tracker" {
            let sent: Vec<_> = round.sent.keys().map(|id| (*id, false)).collect();
            return Ok(round.judged(&self.crowd, |_| &sent, false));
        }
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
        Ok(round.judged(&self.crowd, |_| &wanted, true))
    }
}

/// The bytes that our server sends for a booking, with room for the time.
fn message(id: u128) -> String {
    let cursor = "A".repeat(32);
    json!({ "id": "1", "type": "next", "payload": { "data": { "appointmentChanged": {
        "__typename": "AppointmentChange", "cursor": cursor, "kind": "CREATED",
        "occurredAt": "2026-01-01T00:00:00.000000Z",
        "appointment": { "id": format!("app_{id:032x}"), "startsAt": "2026-01-01T00:00:00+00:00", "status": "BOOKED" }
    } } } })
    .to_string()
}

/// The subscription is named here so that a change of it is seen beside the bytes above.
#[cfg(test)]
#[test]
fn the_bare_message_has_what_is_asked_for() {
    let message = message(7);
    for field in ["cursor", "kind", "occurredAt", "id", "startsAt", "status"] {
        assert!(crate::crowd::OURS.contains(field) && message.contains(&format!("\"{field}\":")));
    }
}
