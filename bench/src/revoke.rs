//! How soon a right that ends on one copy is over on the other, under traffic: doctors follow a patient there, whose record
//! changes all the time, and here something takes their right away.
//!
//! The time is taken from sending the act to the last that the subscriber reads: a change that was still delivered, the
//! word that it is over, or the close. What comes after the end is counted, and must be nothing. Redis may be left out:
//! then only the sweep of the log carries the word.

use crate::contestant::start_ours;
use crate::http::Target;
use crate::kit::{Kit, PORT};
use crate::live::Subscriber;
use crate::load::quantile;
use crate::output::{Done, Told, say, tell, write_json};
use crate::revoked::{Clinic, KINDS, Kind, Made, made};
use crate::server::Server;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SUBSCRIPTION: &str = "subscription ($of: PatientsOf!) { patientChanged(of: $of) {
    __typename ... on PatientChange { patient { id version } } } }";
/// How long it is listened for what should not come any more.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    /// An empty PostgreSQL database.
    #[arg(long, value_name = "URL")]
    database: String,
    /// The Redis between the copies.
    #[arg(long, value_name = "URL")]
    redis: String,
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// Acts of each kind.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    trials: u32,
    /// Milliseconds from one change of the patient to the next.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pause: u64,
    /// As if Redis were dead: both copies ring where nobody answers.
    #[arg(long)]
    without_redis: bool,
    /// Where the figures go as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Figures {
    act: &'static str,
    trials: u32,
    deliveries_after_the_act: usize,
    deliveries_after_the_end: usize,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let redis = match arguments.without_redis {
        true => "redis://127.0.0.1:1/".to_owned(),
        false => arguments.redis.clone(),
    };
    let kit = Kit::new(String::new(), arguments.database.clone(), Some(redis));
    let made = made(&kit).await?;
    let (start, to_here) = start_ours(&kit, &arguments.server, PORT)?;
    let here = Server::start(&start, &to_here).await?;
    let (start, to_there) = start_ours(&kit, &arguments.server, PORT + 1)?;
    let there = Server::start(&start, &to_there).await?;
    let measured = all(&arguments, &kit, made, (&to_here, &to_there)).await;
    here.stop().await;
    there.stop().await;
    let figures = measured?;
    for one in &figures {
        say(&format!(
            "{}: {} times; last read after {:.1} ms (median), {:.1} ms (99 of 100), {:.1} ms (all); {} changes after the act, {} after the end.",
            one.act,
            one.trials,
            one.p50_ms,
            one.p99_ms,
            one.longest_ms,
            one.deliveries_after_the_act,
            one.deliveries_after_the_end
        ));
    }
    if let Some(file) = &arguments.out {
        write_json(&figures, Some(file))?;
    }
    let late: usize = figures.iter().map(|one| one.deliveries_after_the_end).sum();
    if late > 0 {
        return Err(format!("{late} deliveries came after the end"));
    }
    Ok(())
}

async fn all(
    arguments: &Arguments,
    kit: &Kit,
    made: Made,
    (here, there): (&Target, &Target),
) -> Done<Vec<Figures>> {
    let mut clinic = Clinic::open(kit, here, made).await?;
    let over = Arc::new(AtomicBool::new(false));
    let traffic = tokio::spawn(traffic(
        clinic.patient.clone(),
        clinic.admin.clone(),
        Duration::from_millis(arguments.pause),
        Arc::clone(&over),
    ));
    let mut figures = Vec::new();
    for kind in KINDS {
        tell(&format!("{}…", kind.words()));
        match of_kind(arguments, &mut clinic, there, kind).await {
            Ok(one) => figures.push(one),
            Err(words) => {
                traffic.abort();
                return Err(format!("{}: {words}", kind.words()));
            }
        }
    }
    over.store(true, Ordering::Relaxed);
    traffic.await.told("the traffic")??;
    Ok(figures)
}

async fn of_kind(
    arguments: &Arguments,
    clinic: &mut Clinic,
    there: &Target,
    kind: Kind,
) -> Done<Figures> {
    let (mut micros, mut after_act, mut after_end) = (Vec::new(), 0, 0);
    for _ in 0..arguments.trials {
        let act = clinic.prepare(kind).await?;
        let mut subscriber = Subscriber::open(&there.with_token(act.token.clone())).await?;
        let of = json!({ "of": { "patient": clinic.patient } });
        subscriber.subscribe(SUBSCRIPTION, &of).await?;
        // It is live once it has heard of a change.
        subscriber.receive().await?;
        let began = Instant::now();
        let acting = clinic.act(&act);
        let listening = listen(&mut subscriber, began);
        let (acted, heard) = tokio::join!(acting, listening);
        acted?;
        let heard = heard?;
        clinic.restore(kind).await?;
        micros.push(u32::try_from(heard.last.as_micros()).unwrap_or(u32::MAX));
        after_act += heard.changes;
        after_end += heard.late;
    }
    micros.sort_unstable();
    Ok(Figures {
        act: kind.words(),
        trials: arguments.trials,
        deliveries_after_the_act: after_act,
        deliveries_after_the_end: after_end,
        p50_ms: quantile(&micros, 0.5) / 1000.0,
        p99_ms: quantile(&micros, 0.99) / 1000.0,
        longest_ms: f64::from(micros.last().copied().unwrap_or_default()) / 1000.0,
    })
}

/// What a subscriber reads from the act on.
struct Heard {
    /// From the act to the last it reads of what it followed.
    last: Duration,
    /// Changes among it.
    changes: usize,
    /// Changes after the word that it is over.
    late: usize,
}

async fn listen(subscriber: &mut Subscriber, began: Instant) -> Done<Heard> {
    let mut heard = Heard {
        last: Duration::ZERO,
        changes: 0,
        late: 0,
    };
    loop {
        let (message, at) = match subscriber.receive().await {
            Ok(message) => message,
            // Nothing comes through a socket that is closed.
            Err(words) if words.starts_with("the socket was closed") => {
                heard.last = began.elapsed();
                return Ok(heard);
            }
            Err(words) => return Err(words),
        };
        match told(&message) {
            "PatientChange" => heard.changes += 1,
            "AccessEnded" => {
                heard.last = at.saturating_duration_since(began);
                break;
            }
            _ => return Err(format!("neither a change nor an end: {message}")),
        }
    }
    let until = Instant::now() + AFTERWARDS;
    while let Ok(Ok((message, _))) =
        tokio::time::timeout_at(until.into(), subscriber.receive()).await
    {
        heard.late += usize::from(told(&message) == "PatientChange");
    }
    Ok(heard)
}

fn told(message: &Value) -> &str {
    let name = message.pointer("/payload/data/patientChanged/__typename");
    name.and_then(Value::as_str).unwrap_or_default()
}

/// Changes the patient again and again, as an administrator would.
async fn traffic(
    patient: String,
    admin: Target,
    pause: Duration,
    over: Arc<AtomicBool>,
) -> Done<()> {
    let read = "query($id: ID!) { patient(id: $id) { version } }";
    let write = "mutation($input: UpdatePatientInput!) { updatePatient(input: $input) {
        patient { version } userErrors { code } } }";
    let id = json!({ "id": patient });
    let mut version = admin.ask(read, id.clone()).await?["patient"]["version"].take();
    let mut number = 0_u32;
    while !over.load(Ordering::Relaxed) {
        number += 1;
        let input = json!({ "input": { "id": patient, "expectedVersion": version,
            "contact": { "phone": format!("+3725550{:04}", number % 10_000) } } });
        let mut answer = admin.ask(write, input).await?;
        version = answer["updatePatient"]["patient"]["version"].take();
        if version.is_null() {
            return Err(format!("the patient was not changed: {answer}"));
        }
        tokio::time::sleep(pause).await;
    }
    Ok(())
}
