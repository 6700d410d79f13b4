//! A storm: all sockets are cut off at one moment, things happen meanwhile, and all come back at once with their cursors.

use super::party::sockets;
use super::prober::{Asks, Probed, Prober};
use super::round::{self, Pace, Sending, Times, times};
use super::wide::{bodies, member, wanted};
use super::{Common, room_for, told};
use crate::crowd::{Crowd, Order, Place, lock, micros};
use crate::load::count;
use crate::meter::{Meter, kilobytes};
use crate::output::{Done, Told, tell};
use crate::process;
use crate::stage::bookings;
use crate::stage::log::{Verdict, compare};
use crate::stage::{Size, Stage};
use patient_tracker::clock::Clock;
use serde::Serialize;
use std::time::{Duration, Instant};

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Sockets, each of a patient with a stream of their own.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    sockets: u32,
    /// Events while nobody is connected.
    #[arg(long, default_value_t = 1000)]
    missed: usize,
    /// Events a second while all come back.
    #[arg(long, default_value_t = 50.0)]
    rate: f64,
    /// Seconds that coming back may take.
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

#[derive(Default, Serialize)]
struct Figures {
    sockets: usize,
    missed_events: usize,
    back_within_patience: usize,
    caught_up: Times,
    tries: u32,
    broken: u32,
    verdict: Verdict,
    others_before: Probed,
    others_meanwhile: Probed,
    newcomers_meanwhile: Probed,
    server_cpu_s: f64,
    database_cpu_s: f64,
    resident_before_mb: f64,
    resident_after_mb: f64,
    last_words: Option<String>,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let number = usize::try_from(arguments.sockets).told("sockets")?;
    // The new sockets, and those of the old that the system has not let go of yet.
    room_for(number + number / 2)?;
    let size = Size {
        admins: 1,
        doctors: 100,
        patients: number,
    };
    let stage = Stage::open(arguments.common.database, &arguments.common.server, size).await?;
    let (server, target) = stage.copy().await?;
    let people = &stage.people;
    let place = Place::at(vec![sockets(&target)]);
    let crowd = Crowd::open(&place, people.patients.iter().map(member).collect()).await?;
    let writer = target.with_token(people.admins[0].token.clone());
    let mut free = bookings::Times::from(Clock::system().now());
    let mut sending = |events: usize, rate: f64| Sending {
        target: writer.clone(),
        bodies: bodies(people, &mut free, events),
        pace: Pace::of(rate, 16),
        reach: 1,
    };
    let pid = server.pid;
    tell("Warming up…");
    let first = round::run(&crowd, sending(500, 200.0), pid, stage.helpers()).await?;
    let asked = first
        .sent
        .keys()
        .next()
        .copied()
        .ok_or("nothing was booked")?;
    let prober = Prober::start(writer.clone(), asked, Asks::Again);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let others_before = prober.stop().await?;
    let before = kilobytes(process::resident(pid)) / 1024.0;
    tell("All are cut off.");
    crowd.tell(Order::Cut);
    let missed = sending(arguments.missed, 200.0);
    let silent = Sending { reach: 0, ..missed };
    round::run(&crowd, silent, pid, stage.helpers()).await?;
    let others = Prober::start(writer.clone(), asked, Asks::Again);
    // Until they are there.
    tokio::time::sleep(Duration::from_millis(200)).await;
    tell("All come back.");
    let newcomers = Prober::start(writer.clone(), asked, Asks::Anew);
    let meter = Meter::start(pid, stage.helpers());
    let (began, from) = (Instant::now(), micros());
    crowd.tell(Order::Follow);
    let patience = Duration::from_secs(arguments.patience);
    while crowd.live_since(from) < number && began.elapsed() < patience {
        let some = sending((arguments.rate / 2.0).ceil() as usize, arguments.rate);
        let some = Sending { reach: 0, ..some };
        round::run(&crowd, some, pid, stage.helpers()).await?;
    }
    let cost = meter.stop(1000);
    let others_meanwhile = others.stop().await?;
    let newcomers_meanwhile = newcomers.stop().await?;
    let back = crowd.live_since(from);
    // What was booked last has still to arrive.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let wanted = wanted(&stage).await?;
    let mut figures = Figures {
        sockets: number,
        missed_events: arguments.missed,
        back_within_patience: back,
        others_before,
        others_meanwhile,
        newcomers_meanwhile,
        server_cpu_s: cost.server_per_1k,
        database_cpu_s: cost.postgres_per_1k.unwrap_or_default(),
        resident_before_mb: before,
        resident_after_mb: cost.resident_mb,
        ..Figures::default()
    };
    let mut took = Vec::new();
    for (record, wanted) in crowd.close().await.iter().zip(&wanted) {
        let record = lock(record);
        let heard: Vec<_> = record
            .heard
            .iter()
            .map(|it| (it.id, it.cancelled))
            .collect();
        figures.verdict.add(compare(wanted, &heard));
        figures.tries += record.tries;
        figures.broken += record.broken;
        if record.caught_up >= from {
            took.push(u32::try_from(record.caught_up - from).unwrap_or(u32::MAX));
        }
        figures.last_words = figures.last_words.take().or_else(|| record.words.clone());
    }
    figures.caught_up = times(took);
    server.stop().await;
    told(&table(&figures), &figures, arguments.common.out.as_deref())?;
    if back < number || !figures.verdict.is_clean() {
        return Err(format!(
            "{back} of {number} came back: {:?}",
            figures.verdict
        ));
    }
    Ok(())
}

fn table(it: &Figures) -> String {
    let bad = it.others_meanwhile.bad + it.newcomers_meanwhile.bad;
    format!(
        "| storm | |\n|---|---:|\n| sockets | {} |\n| events missed | {} |\n| caught up: half, 99 of 100, all (s) | {:.1}, {:.1}, {:.1} |\n| tries a socket | {:.2} |\n| lost, doubled, out of order | {}, {}, {} |\n| others' p50, p99 before (ms) | {:.1}, {:.1} |\n| the same meanwhile, of those who were there | {:.1}, {:.1} |\n| the same, of those who came meanwhile | {:.1}, {:.1} |\n| bad answers meanwhile | {} of {} |\n| processor seconds of server, database | {:.1}, {:.1} |\n| RSS before, after (MB) | {:.0}, {:.0} |\n",
        it.sockets,
        it.missed_events,
        it.caught_up.p50_ms / 1000.0,
        it.caught_up.p99_ms / 1000.0,
        it.caught_up.max_ms / 1000.0,
        f64::from(it.tries) / count(it.sockets.max(1)),
        it.verdict.lost,
        it.verdict.doubled + it.verdict.foreign,
        it.verdict.disordered,
        it.others_before.times.p50_ms,
        it.others_before.times.p99_ms,
        it.others_meanwhile.times.p50_ms,
        it.others_meanwhile.times.p99_ms,
        it.newcomers_meanwhile.times.p50_ms,
        it.newcomers_meanwhile.times.p99_ms,
        bad,
        bad + it.others_meanwhile.answers + it.newcomers_meanwhile.answers,
        it.server_cpu_s,
        it.database_cpu_s,
        it.resident_before_mb,
        it.resident_after_mb,
    )
}
