//! Live delivery between two copies: bookings on one, a subscriber on the other, PostgreSQL and Redis between them.
//!
//! The time is taken from the event's own stamp, which the server makes just before it commits, to the subscriber's
//! reading of the message. So it holds the commit itself, its flush to the disk included, and is never less than the time
//! from commit to delivery. Both clocks are this machine's.

use crate::contestant::{ours_at, tidied};
use crate::http::{Connection, Target};
use crate::kit::{Kit, PORT, sign_in};
use crate::live::Subscriber;
use crate::load::quantile;
use crate::operations;
use crate::output::{Done, Told, say, tell, write_json};
use crate::source::Source;
use patient_tracker::clock::Clock;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

const SUBSCRIPTION: &str = "subscription ($of: AppointmentsOf!) { appointmentChanged(of: $of) {
    __typename ... on AppointmentChange { occurredAt appointment { id startsAt status } } } }";

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    /// The kit that `load` wrote.
    #[arg(long, value_name = "FILE")]
    kit: PathBuf,
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// Bookings, one after another.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    bookings: u32,
    /// Milliseconds from one booking to the next.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    pause: u64,
    /// Where the figures go as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Crossing {
    bookings: u32,
    missing: usize,
    doubled: usize,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let kit = Kit::read(&arguments.kit)?;
    if kit.redis.is_none() {
        return Err("two copies need a Redis between them; `load` takes one".to_owned());
    }
    tidied(&kit).await?;
    let (here, to_here) = ours_at(&kit, &arguments.server, PORT).await?;
    let (there, to_there) = ours_at(&kit, &arguments.server, PORT + 1).await?;
    let measured = crossing(&arguments, &kit, (&to_here, &to_there)).await;
    here.stop().await;
    there.stop().await;
    tidied(&kit).await?;
    let crossing = measured?;
    say(&format!(
        "{} bookings: median {:.2} ms, 99 of 100 within {:.2} ms, all within {:.2} ms; {} missing, {} doubled.",
        crossing.bookings,
        crossing.p50_ms,
        crossing.p99_ms,
        crossing.longest_ms,
        crossing.missing,
        crossing.doubled
    ));
    match &arguments.out {
        Some(file) => write_json(&crossing, Some(file)),
        None => Ok(()),
    }
}

async fn crossing(
    arguments: &Arguments,
    kit: &Kit,
    (here, there): (&Target, &Target),
) -> Done<Crossing> {
    let source = Source::open(&kit.source).await?;
    let booking = operations::ours(&kit.visit_type)?;
    let booking = booking.get("m1").ok_or("there is no booking to make")?;
    // Bookings go round the doctors; the subscriber follows the clinic, so each must arrive.
    let bodies = booking.bodies(
        &source,
        0,
        usize::try_from(arguments.bookings).told("bookings")?,
    );
    let bodies = bodies.await?;
    let admin = sign_in(there, &kit.admin, &kit.password).await?;
    let mut subscriber = Subscriber::open(&there.with_token(admin)).await?;
    let of = json!({ "of": { "clinic": true } });
    subscriber.subscribe(SUBSCRIPTION, &of).await?;
    subscriber.settled().await?;
    let wanted = bodies.len();
    let hearing = tokio::spawn(async move {
        let mut heard: Vec<(String, u32)> = Vec::new();
        while heard.len() < wanted {
            let Ok((message, _)) = subscriber.receive().await else {
                break;
            };
            let now = Clock::system().now();
            let change = &message["payload"]["data"]["appointmentChanged"];
            let stamp = change["occurredAt"].as_str().unwrap_or_default();
            let Ok(stamp) = chrono::DateTime::parse_from_rfc3339(stamp) else {
                continue;
            };
            let took = (now - stamp.to_utc())
                .num_microseconds()
                .unwrap_or(i64::MAX);
            let id = change["appointment"]["id"].as_str().unwrap_or_default();
            heard.push((
                id.to_owned(),
                u32::try_from(took.max(0)).unwrap_or(u32::MAX),
            ));
        }
        heard
    });
    let mut connection = Connection::open(here.address).await?;
    for body in &bodies {
        let answer = connection.exchange(&here.request(body)).await?;
        let answer: Value = serde_json::from_slice(answer.body).told("an answer")?;
        let booked = answer.pointer("/data/bookAppointment/appointment/id");
        if booked.is_none() {
            return Err(format!("nothing was booked: {answer}"));
        }
        tokio::time::sleep(Duration::from_millis(arguments.pause)).await;
    }
    tell("All are booked.");
    let heard = hearing.await.told("the subscriber")?;
    let mut ids: Vec<&str> = heard.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut micros: Vec<u32> = heard.iter().map(|(_, took)| *took).collect();
    micros.sort_unstable();
    Ok(Crossing {
        bookings: arguments.bookings,
        missing: wanted - ids.len(),
        doubled: heard.len() - ids.len(),
        p50_ms: quantile(&micros, 0.5) / 1000.0,
        p99_ms: quantile(&micros, 0.99) / 1000.0,
        longest_ms: f64::from(micros.last().copied().unwrap_or_default()) / 1000.0,
    })
}
