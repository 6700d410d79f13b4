//! Measuring a server that runs: `patient-tracker demo --credentials FILE` writes all that is needed to sign in.

use crate::http::Target;
use crate::kit::sign_in;
use crate::load::{self, Requests};
use crate::meter::{Helpers, Meter};
use crate::output::{Done, Told, tell, write_json};
use crate::process;
use crate::report::Run;
use crate::scenes::Scenes;
use crate::sockets::{self, FanOut, Scene};
use crate::source::Source;
use patient_tracker::clock::Clock;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Bookings of a fan-out: each is waited for.
const ROUNDS: usize = 50;
/// Bookings of the load at most: each takes a time of its own, and times end two years ahead.
const MOST_BOOKINGS: usize = 5000;

/// What to measure.
#[derive(clap::Args)]
pub struct Arguments {
    /// What `demo --credentials` wrote: `url`, `wsUrl`, `accounts`.
    #[arg(long, value_name = "FILE")]
    credentials: PathBuf,
    /// Whose account asks.
    #[arg(long, default_value = "ADMIN")]
    role: String,
    /// What to measure: point, day, list, booking, live.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "point,day,list,booking,live"
    )]
    scenes: Vec<String>,
    /// Seconds a scene.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Connections.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,
    /// Subscribers of the live scene.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    subscribers: u16,
    /// PostgreSQL's address, to count its processor time.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Redis' address, to count its processor time.
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Where the figures go; standard output if absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    url: String,
    ws_url: String,
    accounts: Vec<Login>,
}

#[derive(Deserialize)]
struct Login {
    role: String,
    email: String,
    password: String,
}

#[derive(Default, Serialize)]
struct Figures {
    runs: Vec<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<FanOut>,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let path = &arguments.credentials;
    let text = std::fs::read(path).told(&path.display().to_string())?;
    let credentials: Credentials =
        serde_json::from_slice(&text).told(&path.display().to_string())?;
    let target = Target::parse(&credentials.url)?;
    let server = process::listening_on(target.address.port())
        .ok_or("nobody whose process can be looked at listens there")?;
    let login = credentials
        .accounts
        .iter()
        .find(|login| login.role.eq_ignore_ascii_case(&arguments.role))
        .ok_or("there is no account of this role")?;
    let token = sign_in(&target, &login.email, &login.password).await?;
    let target = target.with_token(token.clone());
    let sockets = Target::parse(&credentials.ws_url)?.with_token(token);
    let source = match &arguments.database {
        Some(url) => Some(Source::open(url).await?),
        None => None,
    };
    let helpers = Helpers::find(source.as_ref(), arguments.redis.as_deref()).await?;
    let scenes = Scenes::find(&target, Clock::system().now()).await?;
    let mut figures = Figures::default();
    for scene in &arguments.scenes {
        if scene == "live" {
            let bookings = scenes.bookings(MOST_BOOKINGS, ROUNDS, Some(scenes.doctor()))?;
            let scene = Scene {
                sockets: &sockets,
                requests: &target,
                doctor: scenes.doctor(),
                bookings: &bookings,
                server,
                helpers,
            };
            let subscribers = usize::from(arguments.subscribers);
            figures.live = Some(sockets::fan_out(&scene, subscribers).await?);
        } else {
            let run = requests(&arguments, &target, &scenes, scene, (server, helpers)).await?;
            tell(&run.line());
            figures.runs.push(run);
        }
    }
    write_json(&figures, arguments.out.as_deref())
}

async fn requests(
    arguments: &Arguments,
    target: &Target,
    scenes: &Scenes,
    scene: &str,
    (server, helpers): (u32, Helpers),
) -> Done<Run> {
    let (bodies, expected, once) = match scene {
        "point" => (scenes.point(), "\"startsAt\":", false),
        "day" => (scenes.day(), "\"startsAt\":", false),
        "list" => (scenes.list(), "\"displayName\":", false),
        "booking" => (
            scenes.bookings(0, MOST_BOOKINGS, None)?,
            "\"startsAt\":",
            true,
        ),
        other => return Err(format!("there is no scene {other}")),
    };
    let requests = Requests::of(target, &bodies, expected, once);
    let connections = usize::from(arguments.connections);
    if !once {
        load::run(target, &requests, connections, Duration::from_secs(1)).await;
    }
    let meter = Meter::start(server, helpers);
    let time = Duration::from_secs(arguments.seconds);
    let tally = load::run(target, &requests, connections, time).await;
    let cost = meter.stop(tally.answered);
    Ok(Run::new((scene, "server"), 0, connections, tally, cost))
}
