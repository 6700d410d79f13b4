//! Live delivery: many subscribers to one doctor's appointments, bookings one after another, each waited for until all
//! have heard of it; and what a subscriber weighs while nothing happens.

use crate::crowd::{Crowd, Member, Place, Subscription, lock};
use crate::http::Target;
use crate::load::{count, quantile};
use crate::meter::{Cost, Helpers, Meter, kilobytes};
use crate::output::Done;
use crate::process;
use crate::scene::{Pace, Sending, room_for, send};
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::time::{Duration, Instant};

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
    room_for(subscribers)?;
    let before = process::resident(scene.server);
    let member = |_| Member {
        token: scene.sockets.token.clone().unwrap_or_default(),
        subscription: Subscription::ours(json!({ "doctor": scene.doctor })),
    };
    let place = Place::at(vec![scene.sockets.clone()]);
    let crowd = Crowd::open(&place, (0..subscribers).map(member).collect()).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = process::resident(scene.server);
    let idle = (kilobytes(after) - kilobytes(before)) / count(subscribers.max(1));
    let meter = Meter::start(scene.server, scene.helpers);
    let started = Instant::now();
    let sending = Sending {
        target: scene.requests.clone(),
        bodies: scene.bookings.to_vec(),
        pace: Pace::Together(1),
        reach: subscribers,
    };
    let sent = send(&crowd, sending).await?;
    let seconds = started.elapsed().as_secs_f64();
    let cost = meter.stop(crowd.delivered());
    let (mut micros, mut last) = (Vec::new(), HashMap::<u128, u32>::new());
    for record in crowd.close().await {
        for heard in &lock(&record).heard {
            let Some(sent) = sent.get(&heard.id) else {
                continue;
            };
            let took = u32::try_from((heard.arrived - sent).max(0)).unwrap_or(u32::MAX);
            micros.push(took);
            let latest = last.entry(heard.id).or_default();
            *latest = took.max(*latest);
        }
    }
    micros.sort_unstable();
    let mut last: Vec<u32> = last.into_values().collect();
    last.sort_unstable();
    Ok(FanOut {
        subscribers,
        bookings: sent.len(),
        deliveries: micros.len(),
        missing: (sent.len() * subscribers).saturating_sub(micros.len()),
        per_second: count(micros.len()) / seconds.max(0.001),
        p50_ms: quantile(&micros, 0.5) / 1000.0,
        p99_ms: quantile(&micros, 0.99) / 1000.0,
        last_p50_ms: quantile(&last, 0.5) / 1000.0,
        idle_kb_per_subscriber: idle,
        cost,
    })
}
