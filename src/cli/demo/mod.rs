//! A server with a sample clinic, to look around in and to measure.

mod credentials;
mod words;

use super::{Failure, listed, output, serve, told};
use crate::app::{self, Ground, Server};
use crate::clock::Clock;
use crate::config::{Config, Inputs, KEY_BYTES, Keys, MailUrl, Mode};
use crate::error::Fault;
use crate::intake::{self, sample::Filled};
use crate::sample;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use migration::{Migrator, MigratorTrait};
use rand::Rng as _;
use std::path::PathBuf;
use std::time::Instant;

/// The clinic is the same on every machine, but for the day it is made on.
const SEED: u64 = 2_026;

/// How large the clinic is made.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Size {
    /// 14 doctors, 320 patients, 9,000 appointments.
    Small,
    /// 100 doctors, 20,000 patients, 200,000 appointments.
    Large,
}

/// How to run the demonstration.
#[derive(clap::Args)]
pub struct Arguments {
    /// The port to listen on; 0 takes any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// How large a clinic.
    #[arg(long, value_enum, default_value_t = Size::Small)]
    size: Size,
    /// Write the addresses and the accounts here as JSON, for scripts, once the server listens.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Keep the data in this folder, which must have none yet; without it they go when the server stops.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// What a demonstration supposes unless told otherwise: nobody who tries something should be stopped by a limit of
/// everyday use.
const GENEROUS: &[(&str, &str)] = &[
    ("http.graphiql", "true"),
    ("http.introspection", "on"),
    ("http.max_connections", "20000"),
    ("http.max_connections_per_address", "20000"),
    ("socket.operations", "all"),
    ("socket.max_per_user", "2000"),
    ("socket.max_total", "20000"),
    ("socket.max_operations", "1000"),
    ("identity.access_token", "1h"),
    ("identity.patient_idle", "12h"),
    ("identity.staff_idle", "12h"),
    ("identity.address_burst", "10000"),
    ("identity.address_rate", "10000"),
    // Tools that select everything there is, as code generators' tests do, are welcome here.
    ("limits.query_bytes", "61440"),
    ("limits.tokens", "10000"),
    ("limits.fields", "4000"),
    ("limits.cost", "20000"),
    ("limits.user_rate", "100000"),
    ("limits.user_burst", "100000"),
    ("limits.anonymous_rate", "100000"),
    ("limits.anonymous_burst", "100000"),
    // Its accounts have no authenticator, and whoever tries one should not have to enrol one first.
    ("identity.mfa_required_roles", "NONE"),
    // Nobody has a mail server at hand for it; letters are files in its folder.
    ("mail.url", "file"),
    ("identity.require_verified_email", "false"),
    ("identity.longest_wait", "1s"),
    ("identity.lock_after", "1000"),
];

/// Serves a sample clinic until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the database has something in it, the port is taken, or the credentials cannot be written.
pub async fn run(inputs: Inputs, arguments: Arguments) -> Result<(), Failure> {
    let folder = match arguments.data {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(|error| error.to_string())?),
    };
    let data = arguments
        .data
        .clone()
        .or(folder.as_ref().map(|folder| folder.path().into()));
    let (config, keys) = opened(inputs, data.unwrap_or_default(), arguments.port)?;
    output::start_log(&config.log);
    prepare(&config).await.map_err(told)??;
    // Before the filling: a port that is taken should be heard of at once.
    let listener = serve::bind(&config).await?;
    let ground = Ground::open(&config, &keys, Clock::system())
        .await
        .map_err(told)?;
    let begun = Instant::now();
    let filled = fill(&ground, arguments.size).await.map_err(told)?;
    let took = begun.elapsed();
    let zone = ground.state.rules.zone;
    let now = ground.state.clock.now();
    let server = Server::start(&config, ground, listener).map_err(told)?;
    let address = server.address;
    if let Some(file) = &arguments.credentials {
        credentials::write(file, address, &filled.accounts)?;
    }
    let letters = matches!(config.mail.url, Some(MailUrl::File)).then_some(&*config.mail.folder);
    output::say(&words::told(
        (address, letters),
        &filled,
        words::free_time(now, zone),
        took,
    ));
    serve::until_stopped().await;
    server.stop().await;
    Ok(())
}

/// The configuration: what the operator said, over what a demonstration supposes.
fn opened(inputs: Inputs, data: PathBuf, port: u16) -> Result<(Config, Keys), Failure> {
    let mut inputs = GENEROUS
        .iter()
        .fold(inputs, |inputs, (key, value)| inputs.suppose(key, *value));
    inputs = inputs
        .set("http.listen", format!("127.0.0.1:{port}"))
        .set("data.folder", data.to_string_lossy());
    let said = Config::load(&inputs).map_err(|faults| listed(&faults))?;
    if said.log.filter == "info" {
        inputs = inputs.set("log.filter", "warn");
    }
    // A sample that nobody needs tomorrow may have keys that nobody keeps; given ones are used.
    if said.mode == Mode::Production {
        for (key, given) in [
            ("keys.master", said.keys.master.is_some()),
            ("keys.token", said.keys.token.is_some()),
            ("keys.index", said.keys.index.is_some()),
        ] {
            if !given {
                let mut random = [0_u8; KEY_BYTES];
                rand::rng().fill_bytes(&mut random);
                inputs = inputs.set(key, BASE64_STANDARD.encode(random));
            }
        }
    }
    Config::load_with_keys(&inputs).map_err(|faults| listed(&faults))
}

/// Brings the schema up to date and refuses a database that somebody uses.
async fn prepare(config: &Config) -> Result<Result<(), Failure>, Fault> {
    let (db, _) = app::connect(config, Clock::system()).await?;
    Migrator::up(db.schema(), None).await?;
    let empty = intake::is_empty(&db).await?;
    db.close().await;
    Ok(if empty {
        Ok(())
    } else {
        Err("the database is not empty: a demonstration fills one of its own".to_owned())
    })
}

async fn fill(ground: &Ground, size: Size) -> Result<Filled, Fault> {
    let (now, zone) = (ground.state.clock.now(), ground.state.rules.zone);
    let size = match size {
        Size::Small => sample::Size::Small,
        Size::Large => sample::Size::Large,
    };
    let made = tokio::task::spawn_blocking(move || sample::clinic(SEED, size, now, zone)).await;
    intake::sample::fill(&ground.state, made.map_err(Fault::internal)?).await
}
