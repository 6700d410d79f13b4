//! Live delivery: many subscribers to one doctor's appointments, bookings one after another, each waited for until all
//! have heard of it; and what a subscriber weighs while nothing happens.

use crate::http::{Connection, Target};
use crate::live::Subscriber;
use crate::load::{count, quantile};
use crate::meter::{Cost, Helpers, Meter, kilobytes};
use crate::output::{Done, Told};
use crate::process;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const SUBSCRIPTION: &str = "subscription ($of: AppointmentsOf!) { appointmentChanged(of: $of) {
    __typename ... on AppointmentChange { kind appointment { id startsAt status } } } }";
/// How long all subscribers may take to hear of one booking.
const PATIENCE: Duration = Duration::from_secs(20);

/// What live delivery costs and takes.
#[derive(Debug, Serialize)]
pub struct FanOut {
    /// Sockets with a subscription each.
    pub subscribers: usize,
    /// Bookings made.
    pub bookings: usize,
    /// Messages that arrived.
    pub deliveries: usize,
    /// Messages that should have and did not.
    pub missing: usize,
    /// Deliveries a second while bookings were made.
    pub per_second: f64,
    /// Median time from sending the booking to a subscriber's reading of it.
    pub p50_ms: f64,
    /// Time within which 99 of 100 deliveries came.
    pub p99_ms: f64,
    /// Median time until the last subscriber of a booking had read it.
    pub last_p50_ms: f64,
    /// Kilobytes of the server for each idle subscriber.
    pub idle_kb_per_subscriber: f64,
    /// What it cost, per 1,000 deliveries.
    #[serde(flatten)]
    pub cost: Cost,
}

/// What the measurement needs to know.
pub struct Scene<'a> {
    /// Where sockets are opened, as somebody who may follow the doctor.
    pub sockets: &'a Target,
    /// Where bookings go.
    pub requests: &'a Target,
    /// The doctor, as clients name them.
    pub doctor: &'a str,
    /// Bodies of bookings with that doctor, one for each round.
    pub bookings: &'a [String],
    /// The server's process.
    pub server: u32,
    /// Those beside it.
    pub helpers: Helpers,
}

/// Measures with so many subscribers.
pub async fn fan_out(scene: &Scene<'_>, subscribers: usize) -> Done<FanOut> {
    let before = process::resident(scene.server);
    let mut open = Vec::with_capacity(subscribers);
    let of = json!({ "of": { "doctor": scene.doctor } });
    for _ in 0..subscribers {
        let mut subscriber = Subscriber::open(scene.sockets).await?;
        subscriber.subscribe(SUBSCRIPTION, &of).await?;
        subscriber.settled().await?;
        open.push(subscriber);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = process::resident(scene.server);
    let idle = (kilobytes(after) - kilobytes(before)) / count(subscribers.max(1));

    let (heard, mut hearing) = mpsc::unbounded_channel::<Instant>();
    let mut tasks = JoinSet::new();
    for mut subscriber in open {
        let heard = heard.clone();
        tasks.spawn(async move {
            while let Ok((message, arrived)) = subscriber.receive().await {
                let change = message.pointer("/payload/data/appointmentChanged/appointment/id");
                if change.is_some() && heard.send(arrived).is_err() {
                    break;
                }
            }
        });
    }
    let mut connection = Connection::open(scene.requests.address).await?;
    let meter = Meter::start(scene.server, scene.helpers);
    let started = Instant::now();
    let (mut micros, mut last) = (Vec::new(), Vec::new());
    let mut missing = 0;
    for body in scene.bookings {
        let sent = Instant::now();
        let answer = connection.exchange(&scene.requests.request(body)).await?;
        let answer: Value = serde_json::from_slice(answer.body).told("an answer")?;
        if answer
            .pointer("/data/bookAppointment/appointment/id")
            .is_none()
        {
            return Err(format!("nothing was booked: {answer}"));
        }
        let mut latest = 0;
        for heard_so_far in 0..subscribers {
            let Ok(Some(arrived)) = tokio::time::timeout(PATIENCE, hearing.recv()).await else {
                missing += subscribers - heard_so_far;
                break;
            };
            let took = arrived.saturating_duration_since(sent).as_micros();
            let took = u32::try_from(took).unwrap_or(u32::MAX);
            latest = latest.max(took);
            micros.push(took);
        }
        last.push(latest);
    }
    let seconds = started.elapsed().as_secs_f64();
    let cost = meter.stop(micros.len());
    tasks.shutdown().await;
    micros.sort_unstable();
    last.sort_unstable();
    Ok(FanOut {
        subscribers,
        bookings: scene.bookings.len(),
        deliveries: micros.len(),
        missing,
        per_second: count(micros.len()) / seconds.max(0.001),
        p50_ms: quantile(&micros, 0.5) / 1000.0,
        p99_ms: quantile(&micros, 0.99) / 1000.0,
        last_p50_ms: quantile(&last, 0.5) / 1000.0,
        idle_kb_per_subscriber: idle,
        cost,
    })
}
