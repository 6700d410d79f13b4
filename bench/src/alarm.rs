//! How soon a reading that is out of bounds is an alert on the socket of the doctor who is called, from one copy to the other; and
//! how soon it is the next one's when nobody takes it on.
//!
//! The time is taken from sending the reading to what the socket reads. Each alert must come once, and to nobody before they are
//! called.

use crate::contestant::start_ours;
use crate::http::Target;
use crate::kit::{Kit, PORT, sign_in};
use crate::live::Subscriber;
use crate::load::quantile;
use crate::output::{Done, say, tell, write_json};
use crate::revoked::{Made, made};
use crate::server::Server;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const FOLLOW: &str = "subscription { alertRaised(of: { panel: true }, after: \"now\") {
    __typename ... on AlertChange { kind alert { id level } } } }";
const RECORD: &str = "mutation($input: RecordVitalsInput!) { recordVitals(input: $input) {
    vitals { id } userErrors { code } } }";
const TAKE: &str =
    "mutation($id: ID!) { acknowledgeAlert(input: { id: $id }) { userErrors { code } } }";
const JOIN: &str = "mutation($input: AddCareTeamMemberInput!) { addCareTeamMember(input: $input) {
    userErrors { code } } }";

/// When the next is called, in this measurement.
const PAUSE: Duration = Duration::from_secs(3);
/// How often the copies look for what is due.
const LOOK: Duration = Duration::from_secs(2);

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
    /// Alerts that are taken on at once.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    alerts: u32,
    /// Alerts that nobody takes on.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    untaken: u32,
    /// Milliseconds in which 99 of 100 must have come.
    #[arg(long, default_value_t = 250)]
    within: u32,
    /// Where the figures go as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Figures {
    alerts: usize,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
    passed_on: usize,
    longest_to_the_next_ms: f64,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let kit = Kit::new(
        String::new(),
        arguments.database.clone(),
        Some(arguments.redis.clone()),
    );
    let made = made(&kit).await?;
    let (mut start, to_here) = start_ours(&kit, &arguments.server, PORT)?;
    let pause = format!("{}s", PAUSE.as_secs());
    let pause = ("PATIENT_TRACKER_ALERTS_ESCALATE_AFTER".to_owned(), pause);
    start.environment.push(pause.clone());
    let here = Server::start(&start, &to_here).await?;
    let (mut start, to_there) = start_ours(&kit, &arguments.server, PORT + 1)?;
    start.environment.push(pause);
    let there = Server::start(&start, &to_there).await?;
    let measured = measure(&arguments, &kit, made, (&to_here, &to_there)).await;
    here.stop().await;
    there.stop().await;
    let figures = measured?;
    say(&format!(
        "{} alerts; on the doctor's socket after {:.1} ms (median), {:.1} ms (99 of 100), {:.1} ms (all). {} passed on, the last {:.1} ms after its reading, of which {} s are the setting's.",
        figures.alerts,
        figures.p50_ms,
        figures.p99_ms,
        figures.longest_ms,
        figures.passed_on,
        figures.longest_to_the_next_ms,
        PAUSE.as_secs()
    ));
    if let Some(file) = &arguments.out {
        write_json(&figures, Some(file))?;
    }
    match figures.p99_ms <= f64::from(arguments.within) {
        true => Ok(()),
        false => Err(format!(
            "99 of 100 took longer than {} ms",
            arguments.within
        )),
    }
}

async fn measure(
    arguments: &Arguments,
    kit: &Kit,
    made: Made,
    (here, there): (&Target, &Target),
) -> Done<Figures> {
    let admin = here.with_token(sign_in(here, &kit.admin, &kit.password).await?);
    let mut doctors = Vec::new();
    for (doctor, role) in made.doctors.iter().zip(["PRIMARY", "CONSULTING"]) {
        let input = json!({ "input": { "patientId": made.patient, "doctorId": doctor.doctor, "role": role } });
        done(&admin.ask(JOIN, input).await?, "addCareTeamMember")?;
        let token = sign_in(here, &doctor.email, &doctor.password).await?;
        let mut live = Subscriber::open(&there.with_token(token.clone())).await?;
        live.subscribe(FOLLOW, &json!({})).await?;
        match told(&live.receive().await?.0) {
            ("CaughtUp", ..) => doctors.push((here.with_token(token), live)),
            _ => return Err("a subscription did not begin".to_owned()),
        }
    }
    let [(first, mut called), (_, mut next)] =
        <[_; 2]>::try_from(doctors).map_err(|_| "two doctors are needed")?;
    let reading = json!({ "input": { "patientId": made.patient, "heartRate": 141 } });
    tell("alerts that are taken on…");
    let mut micros = tokio::select! {
        micros = taken_on(arguments.alerts, &first, &mut called, &reading) => micros?,
        early = next.hears() => return Err(format!("the next was told of what was taken on: {early:?}")),
    };
    tell("alerts that nobody takes on…");
    let mut longest = Duration::ZERO;
    for _ in 0..arguments.untaken {
        let began = Instant::now();
        done(&first.ask(RECORD, reading.clone()).await?, "recordVitals")?;
        let (raised, _) = change(&mut called, "RAISED").await?;
        let (passed_on, at) = change(&mut next, "ESCALATED").await?;
        if raised != passed_on {
            return Err("the next was called to something else".to_owned());
        }
        change(&mut called, "ESCALATED").await?;
        let took = at.saturating_duration_since(began);
        if took < PAUSE || took > PAUSE + 2 * LOOK {
            return Err(format!("the next was called after {took:?}"));
        }
        longest = longest.max(took);
    }
    micros.sort_unstable();
    Ok(Figures {
        alerts: micros.len(),
        p50_ms: quantile(&micros, 0.5) / 1000.0,
        p99_ms: quantile(&micros, 0.99) / 1000.0,
        longest_ms: f64::from(micros.last().copied().unwrap_or_default()) / 1000.0,
        passed_on: usize::try_from(arguments.untaken).unwrap_or_default(),
        longest_to_the_next_ms: longest.as_secs_f64() * 1000.0,
    })
}

/// How many microseconds each of so many alerts took to the socket of whoever takes it on.
async fn taken_on(
    alerts: u32,
    first: &Target,
    called: &mut Subscriber,
    reading: &Value,
) -> Done<Vec<u32>> {
    let mut micros = Vec::new();
    for _ in 0..alerts {
        let began = Instant::now();
        let (recorded, raised) =
            tokio::join!(first.ask(RECORD, reading.clone()), change(called, "RAISED"));
        done(&recorded?, "recordVitals")?;
        let (alert, at) = raised?;
        let took = at.saturating_duration_since(began).as_micros();
        micros.push(u32::try_from(took).unwrap_or(u32::MAX));
        let taken = first.ask(TAKE, json!({ "id": alert })).await?;
        done(&taken, "acknowledgeAlert")?;
        change(called, "ACKNOWLEDGED").await?;
    }
    Ok(micros)
}

/// The next message, which must be of this kind: the alert, and when it came.
async fn change(live: &mut Subscriber, kind: &str) -> Done<(String, Instant)> {
    let (message, at) = live.receive().await?;
    match told(&message) {
        ("AlertChange", got, alert) if got == kind => Ok((alert.to_owned(), at)),
        _ => Err(format!("not {kind}: {message}")),
    }
}

/// The type of a message, the kind of change, and the alert.
fn told(message: &Value) -> (&str, &str, &str) {
    let at = |path: &str| {
        let value = message.pointer(&format!("/payload/data/alertRaised{path}"));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    (at("/__typename"), at("/kind"), at("/alert/id"))
}

fn done(answer: &Value, field: &str) -> Done<()> {
    match answer[field]["userErrors"].as_array() {
        Some(errors) if errors.is_empty() => Ok(()),
        _ => Err(format!("{field} was refused: {answer}")),
    }
}
