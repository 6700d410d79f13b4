//! Those who write: each books, and now and then cancels what it has booked, and sends a request again until it knows what
//! became of it, under the same idempotency key. This program is not what is killed, so what it remembers is the truth.

use super::acts::World;
use crate::http::{Connection, Target};
use crate::output::{Done, Told};
use crate::stage::People;
use crate::stage::bookings::{
    Acknowledged, Times, Unacknowledged, acknowledged, booking, cancellation,
};
use patient_tracker::clock::Clock;
use rand::RngExt as _;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long a request is sent again at most.
const PATIENCE: Duration = Duration::from_secs(90);
/// Before it is sent again.
const PAUSE: Duration = Duration::from_millis(50);

/// What was acknowledged.
#[derive(Default)]
pub struct Written {
    /// Bookings.
    pub booked: Vec<Acknowledged>,
    /// Cancellations.
    pub cancelled: Vec<Acknowledged>,
    /// How often which appointment's request was sent again.
    pub sent_again: HashMap<u128, usize>,
    /// The first refusal; there should be none.
    pub refused: Option<String>,
}

/// Writers at work.
pub struct Writers {
    over: Arc<AtomicBool>,
    tasks: JoinSet<Done<Written>>,
}

/// Lets so many begin, each with a pause between two writes.
pub async fn start(world: &World, number: usize, pause: Duration) -> Done<Writers> {
    let over = Arc::new(AtomicBool::new(false));
    let times = Arc::new(Mutex::new(Times::from(Clock::system().now())));
    let mut tasks = JoinSet::new();
    for at in 0..number {
        let people = &world.stage.people;
        let admin = &people.admins[at % people.admins.len()];
        let targets = world.for_writers().into_iter();
        let writer = Writer {
            number: at,
            pause,
            bodies: Bodies::of(people),
            targets: targets
                .map(|it| it.with_token(admin.token.clone()))
                .collect(),
            at,
            connection: None,
            times: Arc::clone(&times),
            over: Arc::clone(&over),
            written: Written::default(),
        };
        tasks.spawn(writer.write());
    }
    Ok(Writers { over, tasks })
}

impl Writers {
    /// Lets them finish what they are about, and collects what they know.
    pub async fn stop(mut self) -> Done<Written> {
        self.over.store(true, Ordering::Relaxed);
        let mut all = Written::default();
        while let Some(done) = self.tasks.join_next().await {
            let one = done.told("a writer")??;
            all.booked.extend(one.booked);
            all.cancelled.extend(one.cancelled);
            all.sent_again.extend(one.sent_again);
            all.refused = all.refused.or(one.refused);
        }
        Ok(all)
    }
}

/// What a booking is made of, without the tokens.
struct Bodies(People);

impl Bodies {
    fn of(people: &People) -> Self {
        Self(People {
            admins: Vec::new(),
            doctors: people.doctors.clone(),
            patients: people.patients.clone(),
            visit_type: people.visit_type.clone(),
        })
    }

    fn booking(&self, at: chrono::DateTime<chrono::Utc>, key: &str) -> String {
        let patient = rand::rng().random_range(0..self.0.patients.len());
        let doctor = rand::rng().random_range(0..self.0.doctors.len());
        booking(&self.0, (patient, doctor), at, Some(key))
    }
}

struct Writer {
    number: usize,
    pause: Duration,
    bodies: Bodies,
    targets: Vec<Target>,
    at: usize,
    connection: Option<Connection>,
    times: Arc<Mutex<Times>>,
    over: Arc<AtomicBool>,
    written: Written,
}

impl Writer {
    async fn write(mut self) -> Done<Written> {
        let mut turn = 0_u64;
        while !self.over.load(Ordering::Relaxed) {
            turn += 1;
            let at = self
                .times
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let key = format!("bench-{}-{turn}", self.number);
            let body = self.bodies.booking(at, &key);
            let Some(booked) = self.insist(&body).await? else {
                continue;
            };
            let id = booked.id;
            self.written.booked.push(booked);
            if turn.is_multiple_of(3) {
                let body = cancellation(id, &format!("{key}-off"));
                let cancelled = self.insist(&body).await?;
                self.written.cancelled.extend(cancelled);
            }
            tokio::time::sleep(self.pause).await;
        }
        Ok(self.written)
    }

    /// Sends it until it is known what became of it.
    async fn insist(&mut self, body: &str) -> Done<Option<Acknowledged>> {
        let started = Instant::now();
        let mut again = 0;
        loop {
            match self.once(body).await {
                Ok(done) => {
                    if again > 0 {
                        *self.written.sent_again.entry(done.id).or_default() += again;
                    }
                    return Ok(Some(done));
                }
                Err(Unacknowledged::Refused(words)) => {
                    self.written.refused.get_or_insert(words);
                    return Ok(None);
                }
                Err(Unacknowledged::Unknown(words)) if started.elapsed() > PATIENCE => {
                    return Err(format!("a request was never answered: {words}"));
                }
                Err(Unacknowledged::Unknown(_)) => {
                    // The other copy may be there.
                    self.connection = None;
                    self.at += 1;
                    again += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn once(&mut self, body: &str) -> Result<Acknowledged, Unacknowledged> {
        let target = &self.targets[self.at % self.targets.len()];
        let connection = match &mut self.connection {
            Some(open) => open,
            none => {
                let open = Connection::open(target.address).await;
                none.insert(open.map_err(Unacknowledged::Unknown)?)
            }
        };
        acknowledged(connection, target, body).await
    }
}
