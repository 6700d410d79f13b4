//! A stretch of live delivery: bookings at a pace, all their deliveries waited for, and what came of it.

use crate::crowd::{Crowd, Heard, lock, micros, number};
use crate::http::{Connection, Target};
use crate::load::{count, quantile};
use crate::meter::{Helpers, Meter};
use crate::output::{Done, Told};
use crate::stage::log::{Verdict, compare};
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long deliveries are waited for after the last booking.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is sent, and how fast.
pub struct Sending {
    /// Where.
    pub target: Target,
    /// Bodies; each is answered with the id of what it made.
    pub bodies: Vec<String>,
    /// When.
    pub pace: Pace,
    /// Subscribers who hear of each.
    pub reach: usize,
}

/// When something is sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many a second, over so many connections, of which each waits for its answer.
    Steady(f64, usize),
    /// So many at once, and as many more as soon as all have heard of those.
    Together(usize),
}

impl Pace {
    /// So many a second over these connections; for none, the next as soon as all have heard of the last.
    #[must_use]
    pub fn of(rate: f64, connections: usize) -> Self {
        match rate > 0.0 {
            true => Self::Steady(rate, connections),
            false => Self::Together(1),
        }
    }
}

/// When each was sent, in microseconds.
pub type Sent = HashMap<u128, i64>;

/// What a round gave, before it is known what should have been heard.
pub struct Round {
    /// What was sent.
    pub sent: Sent,
    /// How much each had heard before.
    pub before: Vec<usize>,
    /// Figures.
    pub figures: Figures,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Times {
    /// Half came within.
    pub p50_ms: f64,
    /// 99 of 100 came within.
    pub p99_ms: f64,
    /// All came within.
    pub max_ms: f64,
}

/// What a round gave.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Who.
    pub party: String,
    /// Which round.
    pub round: usize,
    /// Sockets that were open.
    pub sockets: usize,
    /// Bookings.
    pub bookings: usize,
    /// Messages that were heard.
    pub deliveries: usize,
    /// A second.
    pub per_second: f64,
    /// From the stamp just before the commit to reading; nothing when the server does not stamp.
    pub from_commit: Option<Times>,
    /// From sending the booking to reading.
    pub from_sending: Times,
    /// What is wrong with what was heard.
    pub verdict: Verdict,
    /// Processor seconds of the server for 100,000 deliveries.
    pub server_s: f64,
    /// Of the database.
    pub database_s: f64,
    /// Of Redis.
    pub redis_s: f64,
    /// Of this program.
    pub generator_s: f64,
    /// Cores that everybody else kept busy.
    pub foreign_cores: f64,
    /// Kilobytes of the server for each idle subscription, socket included.
    pub idle_kb: f64,
    /// Megabytes of the server at the end.
    pub resident_mb: f64,
}

/// Runs one.
pub async fn run(crowd: &Crowd, sending: Sending, server: u32, helpers: Helpers) -> Done<Round> {
    let records = crowd.records.iter();
    let before: Vec<usize> = records.map(|it| lock(it).heard.len()).collect();
    let delivered = crowd.delivered();
    let meter = Meter::start(server, helpers);
    let started = Instant::now();
    let sent = send(crowd, sending).await?;
    let seconds = started.elapsed().as_secs_f64();
    let deliveries = crowd.delivered() - delivered;
    let cost = meter.stop(deliveries);
    let figures = Figures {
        sockets: crowd.records.len(),
        bookings: sent.len(),
        deliveries,
        per_second: count(deliveries) / seconds.max(0.001),
        server_s: cost.server_per_1k * 100.0,
        database_s: cost.postgres_per_1k.unwrap_or_default() * 100.0,
        redis_s: cost.redis_per_1k.unwrap_or_default() * 100.0,
        generator_s: cost.client_per_1k * 100.0,
        foreign_cores: cost.foreign_cores,
        resident_mb: cost.resident_mb,
        ..Figures::default()
    };
    Ok(Round {
        sent,
        before,
        figures,
    })
}

/// Sends, and waits until all have heard of all.
pub async fn send(crowd: &Crowd, sending: Sending) -> Done<Sent> {
    let (delivered, reach) = (crowd.delivered(), sending.reach);
    let sent = match sending.pace {
        Pace::Steady(rate, connections) => paced(sending, rate, connections).await?,
        Pace::Together(many) => together(crowd, sending, many, delivered).await?,
    };
    // What is missing is found when all are compared.
    crowd.heard(delivered + sent.len() * reach, PATIENCE).await;
    Ok(sent)
}

impl Round {
    /// Compares what each heard with what it should have, which `wanted` says by the subscriber's number.
    #[must_use]
    pub fn judged<'a>(
        mut self,
        crowd: &Crowd,
        wanted: impl Fn(usize) -> &'a [(u128, bool)],
        in_order: bool,
    ) -> Figures {
        let (mut commit, mut sending) = (Vec::new(), Vec::new());
        let micros = |took: i64| u32::try_from(took.max(0)).unwrap_or(u32::MAX);
        for (at, record) in crowd.records.iter().enumerate() {
            let record = lock(record);
            let own: Vec<&Heard> = record.heard[self.before[at]..]
                .iter()
                .filter(|heard| self.sent.contains_key(&heard.id))
                .collect();
            let mut keys: Vec<_> = own
                .iter()
                .map(|heard| (heard.id, heard.cancelled))
                .collect();
            let known: Vec<_> = wanted(at)
                .iter()
                .filter(|key| self.sent.contains_key(&key.0))
                .copied()
                .collect();
            if !in_order {
                let place = |key: &(u128, bool)| known.iter().position(|known| known == key);
                keys.sort_by_key(place);
            }
            self.figures.verdict.add(compare(&known, &keys));
            for heard in own {
                sending.push(micros(heard.arrived - self.sent[&heard.id]));
                if heard.occurred > 0 {
                    commit.push(micros(heard.arrived - heard.occurred));
                }
            }
        }
        self.figures.from_commit = (!commit.is_empty()).then(|| times(commit));
        self.figures.from_sending = times(sending);
        self.figures
    }
}

/// Half, 99 of 100, all.
#[must_use]
pub fn times(mut micros: Vec<u32>) -> Times {
    micros.sort_unstable();
    Times {
        p50_ms: quantile(&micros, 0.5) / 1000.0,
        p99_ms: quantile(&micros, 0.99) / 1000.0,
        max_ms: quantile(&micros, 1.0) / 1000.0,
    }
}

async fn one(connection: &mut Connection, target: &Target, body: &str) -> Done<(u128, i64)> {
    let at = micros();
    let answer = connection.exchange(&target.request(body)).await?;
    let text = String::from_utf8_lossy(answer.body);
    // The last: a message of the protocol has an id of its own before it.
    let id = text
        .rsplit_once("\"id\":\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .ok_or_else(|| format!("nothing was booked: {text}"))?;
    Ok((number(id.0), at))
}

async fn together(crowd: &Crowd, sending: Sending, many: usize, mut wanted: usize) -> Done<Sent> {
    let mut sent = Sent::new();
    let mut connections = Vec::new();
    for _ in 0..many {
        connections.push(Connection::open(sending.target.address).await?);
    }
    for bodies in sending.bodies.chunks(many.max(1)) {
        let each = connections.iter_mut().zip(bodies);
        let each = each.map(|(connection, body)| one(connection, &sending.target, body));
        for booked in futures_util::future::try_join_all(each).await? {
            add(&mut sent, booked)?;
        }
        wanted += bodies.len() * sending.reach;
        if !crowd.heard(wanted, PATIENCE).await {
            break;
        }
    }
    Ok(sent)
}

fn add(sent: &mut Sent, (id, at): (u128, i64)) -> Done<()> {
    match sent.entry(id) {
        Entry::Vacant(place) => {
            place.insert(at);
            Ok(())
        }
        Entry::Occupied(_) => Err("two bookings have one id".to_owned()),
    }
}

/// Sends at a pace, whatever the answers take, as far as the connections reach.
async fn paced(sending: Sending, rate: f64, connections: usize) -> Done<Sent> {
    let pause = Duration::from_secs_f64(1.0 / rate);
    let bodies = Arc::new(Mutex::new(sending.bodies.into_iter().zip(0_u32..)));
    let begun = tokio::time::Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (bodies, target) = (Arc::clone(&bodies), sending.target.clone());
        tasks.spawn(async move {
            let mut sent = Vec::new();
            let mut connection = Connection::open(target.address).await?;
            loop {
                let next = bodies.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((body, place)) = next else {
                    return Ok::<_, String>(sent);
                };
                tokio::time::sleep_until(begun + pause * place).await;
                sent.push(one(&mut connection, &target, &body).await?);
            }
        });
    }
    let mut sent = Sent::new();
    while let Some(done) = tasks.join_next().await {
        for booked in done.told("sending")?? {
            add(&mut sent, booked)?;
        }
    }
    Ok(sent)
}

/// The table of some rounds, in Markdown.
#[must_use]
pub fn table(title: &str, rounds: &[Figures]) -> String {
    let mut table = format!(
        "| {title} | round | sockets | deliveries | deliveries/s | commit p50 ms | p99 | max | sending p50 ms | p99 | server s/100k | database s | Redis s | generator s | idle KB | RSS MB | lost | doubled | out of order | others' cores |\n|---|{}\n",
        "---:|".repeat(19)
    );
    for it in rounds {
        let commit = match &it.from_commit {
            Some(times) => format!(
                "{:.1} | {:.1} | {:.1}",
                times.p50_ms, times.p99_ms, times.max_ms
            ),
            None => "– | – | –".to_owned(),
        };
        table.push_str(&format!(
            "| {} | {} | {} | {} | {:.0} | {commit} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} | {:.0} | {} | {} | {} | {:.2} |\n",
            it.party,
            it.round + 1,
            it.sockets,
            it.deliveries,
            it.per_second,
            it.from_sending.p50_ms,
            it.from_sending.p99_ms,
            it.server_s,
            it.database_s,
            it.redis_s,
            it.generator_s,
            it.idle_kb,
            it.resident_mb,
            it.verdict.lost,
            it.verdict.doubled + it.verdict.foreign,
            it.verdict.disordered,
            it.foreign_cores,
        ));
    }
    table
}
