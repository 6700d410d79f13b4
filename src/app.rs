//! The only place that wires: configuration to state, state to schema, schema to routes, commits to the bell. It runs the
//! server and stops it gracefully.

mod chores;
mod keys;
mod settings;

pub use keys::vault;

use settings::{delta, engine_settings, interactions, rate, rules};

use crate::account;
use crate::audit::{Audit, Sealer};
use crate::auth::{Passwords, Tokens};
use crate::clock::Clock;
use crate::config::{AuditReads, Config, Keys, SocketOperations};
use crate::db::{Committed, Db, DbSettings, Kind};
use crate::depot::Depot;
use crate::error::Fault;
use crate::event::{Bus, Hub, Relay, retention};
use crate::http::socket::Sockets;
use crate::http::{Door, Engine, Rates, router};
use crate::http::{listener, metrics};
use crate::keyring;
use crate::mail::Post;
use crate::scan::Scanner;
use crate::state::{Loaders, State, Tally};
use crate::vault::Vault;
use crate::wake::Wake;
use migration::{Migrator, MigratorTrait};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

/// Until when after the word to stop requests may finish. With what comes after it, it makes the twelve seconds.
const FINISHED: Duration = Duration::from_secs(8);
/// For how long the audit's last entries may be sealed at the end, once all answers have left…
const SEALING: Duration = Duration::from_secs(2);
/// …and until when after the word to stop, if that is later.
const SEALED: Duration = Duration::from_secs(9);
/// For how long the last commits may be rung for.
const RINGING: Duration = Duration::from_secs(1);
/// For how long writes that nobody waits for any more may go on.
const CLOSING: Duration = Duration::from_secs(1);

/// The floor under the verbs, with the tasks that keep it alive. For commands that work on the database, and for the
/// server.
pub struct Ground {
    /// The state.
    pub state: Arc<State>,
    tasks: JoinSet<()>,
    relay: JoinHandle<()>,
    stop_ringing: oneshot::Sender<()>,
    sealing: JoinHandle<()>,
    stop_sealing: oneshot::Sender<()>,
}

impl Ground {
    /// Opens the database, checks the keys against it, and starts the relay, the hub's sweep and the bus.
    ///
    /// # Errors
    /// When the database cannot be opened, its schema is not this program's, or its keys are others.
    pub async fn open(config: &Config, keys: &Keys, clock: Clock) -> Result<Self, Fault> {
        // Whoever speaks TLS here does so with ring; some clients ask for what was chosen. A second choice changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let (db, committed) = connect(config, clock.clone()).await?;
        prepare_schema(&db).await?;
        let vault = vault(config, keys);
        keyring::check(&db, &vault).await?;
        let records = config.audit.reads == AuditReads::Durable;
        let audit = Audit::open(&db, &vault, clock.clone(), records).await?;
        Self::over(config, keys, clock, (db, committed), vault, audit)
    }

    fn over(
        config: &Config,
        keys: &Keys,
        clock: Clock,
        (db, committed): (Db, mpsc::Receiver<Committed>),
        vault: Vault,
        (audit, sealer): (Audit, Sealer),
    ) -> Result<Self, Fault> {
        let mut tasks = JoinSet::new();
        let (bus, listener) = match &config.redis.url {
            Some(url) => {
                let roots = config.redis.roots.as_ref().map(std::fs::read);
                let roots = roots.transpose().map_err(Fault::unavailable)?;
                let (bus, listener) = Bus::redis(url, roots, db.meter().clone())?;
                (bus, Some(listener))
            }
            None => (Bus::Memory, None),
        };
        let hub = Hub::new(db.clone(), bus.clone());
        if let Some(listener) = listener {
            tasks.spawn(listener.run(hub.clone()));
        }
        tasks.spawn(hub.clone().sweep());
        tasks.spawn(retention::run(db.clone(), config.events.retention));
        let relay = Relay::new(committed, bus, hub.clone(), db.meter().clone());
        let (stop_ringing, rung) = oneshot::channel();
        let relay = tokio::spawn(relay.run(rung));
        let identity = &config.identity;
        let state = State {
            passwords: Passwords::new(
                identity.hash_memory,
                identity.hash_iterations,
                identity.parallel_hashes,
                vault.index().derive("password pepper"),
            )?,
            tokens: Tokens::new(
                *keys.token.expose(),
                identity.issuer.clone(),
                identity.audience.clone(),
                delta(identity.access_token),
            ),
            standings: account::standings(&db),
            post: Post::new(&config.mail)?,
            loaders: Loaders::over(&db),
            interactions: interactions(config)?,
            rules: rules(config),
            tally: Tally::default(),
            waitlist: Wake::default(),
            depot: Depot::new(&config.documents)?,
            scanner: Scanner::new(config.documents.scanner.as_ref()),
            scans: Wake::default(),
            db,
            vault,
            clock,
            hub,
            audit,
        };
        let state = Arc::new(state);
        if config.keeps_masters() {
            tasks.spawn(keys::follow(config.clone(), Arc::clone(&state)));
        }
        let sealer = sealer.with_checkpoints(config.audit.checkpoints.clone());
        let (stop_sealing, stop) = oneshot::channel();
        Ok(Self {
            state,
            tasks,
            relay,
            stop_ringing,
            sealing: tokio::spawn(sealer.run(stop)),
            stop_sealing,
        })
    }

    /// Closes the database once the writes under way have ended and have been rung for.
    pub async fn close(self) {
        self.close_by(Instant::now() + SEALED).await;
    }

    async fn close_by(mut self, sealed: Instant) {
        self.tasks.abort_all();
        // What was counted is written, everything is sealed, and the chain's end is noted.
        drop(self.stop_sealing);
        let sealed = sealed.max(Instant::now() + SEALING);
        if timeout_at(sealed, self.sealing).await.is_err() {
            tracing::error!(
                "The audit could not be sealed in time; the next start goes on with it"
            );
        }
        drop(self.stop_ringing);
        let relay = self.relay.abort_handle();
        // What Redis does not take in time other copies find by their sweep.
        if timeout(RINGING, self.relay).await.is_err() {
            relay.abort();
        }
        if timeout(CLOSING, self.state.db.close()).await.is_err() {
            tracing::warn!("The database did not close in time; what was not committed is undone");
        }
    }
}

/// Opens the pools.
///
/// # Errors
/// When the database cannot be reached or opened.
pub async fn connect(
    config: &Config,
    clock: Clock,
) -> Result<(Db, mpsc::Receiver<Committed>), Fault> {
    let settings = DbSettings {
        url: config.database.url.expose().to_owned(),
        pool: config.database.pool,
        statement_timeout: config.database.statement_timeout,
        file: config.database.url.sqlite_file(),
    };
    Db::open(&settings, clock).await
}

/// SQLite is brought up to date at once: there is one process. On PostgreSQL that is a command of its own, and an old
/// schema is refused.
///
/// # Errors
/// When the schema is old on PostgreSQL; those of the database.
pub async fn prepare_schema(db: &Db) -> Result<(), Fault> {
    match db.kind() {
        Kind::Sqlite => Ok(Migrator::up(db.schema(), None).await?),
        Kind::Postgres => {
            // Without making the table of migrations: the server's role may make none.
            let pending = Migrator::get_pending_migrations_read_only(db.schema()).await?;
            if pending.is_empty() {
                Ok(())
            } else {
                Err(Fault::unavailable(
                    "the database's schema is older than this program: run `patient-tracker migrate`",
                ))
            }
        }
    }
}

/// The server, listening.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    /// Where the numbers about it are, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// The engine, for whoever runs operations in this process.
    pub engine: Arc<Engine>,
    ground: Ground,
    drain: Duration,
    leave: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    counting: JoinHandle<()>,
    chores: JoinSet<()>,
}

impl Server {
    /// Starts to serve on a listener that is bound already.
    ///
    /// # Errors
    /// When the trusted documents cannot be read or the schema does not read back.
    pub fn start(config: &Config, ground: Ground, listener: TcpListener) -> Result<Self, Fault> {
        Self::start_with(config, ground, listener, false)
    }

    /// As [`Self::start`]; `always_checked` asks the table of fields at every field, for the test that compares.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        config: &Config,
        ground: Ground,
        listener: TcpListener,
        always_checked: bool,
    ) -> Result<Self, Fault> {
        let address = listener.local_addr().map_err(Fault::internal)?;
        let (leave, leaving) = watch::channel(false);
        let (stop, stopping) = watch::channel(false);
        let settings = engine_settings(config, always_checked)?;
        let engine = Engine::new(Arc::clone(&ground.state), settings).map_err(Fault::internal)?;
        let engine = Arc::new(engine);
        let door = Arc::new(door(config, Arc::clone(&engine), leaving));
        let chores = chores::begin(Arc::clone(&door.rates), &ground.state);
        settings::warn_of_unsigned(config);
        settings::warn_of_unscanned(config);
        let settings = listener::Settings {
            connections_total: config.http.max_connections,
            connections_per_address: config.http.max_connections_per_address,
            is_proxy: Arc::clone(&door.trusts),
            write_timeout: config.socket.send_timeout,
            meter: ground.state.db.meter().clone(),
            grace: FINISHED.saturating_sub(config.http.drain),
            ..listener::Settings::default()
        };
        let (metrics, counting) = numbers(config, &ground.state, stopping.clone())?;
        let serving = tokio::spawn(listener::serve(listener, router(door), settings, stopping));
        Ok(Self {
            address,
            metrics,
            engine,
            ground,
            drain: config.http.drain,
            leave,
            stop,
            serving,
            counting,
            chores,
        })
    }

    /// The floor under the verbs.
    #[must_use]
    pub fn state(&self) -> &Arc<State> {
        &self.ground.state
    }

    /// Stops. First it says so: not ready, sockets and streams are told to go away and come back elsewhere, each answer
    /// ends its connection, so that no client sends its next request into one that is about to close. Then nobody is let
    /// in any more, and requests under way finish; then what was committed is rung for, the audit is sealed, and the
    /// database closes. All of it takes twelve seconds at most.
    pub async fn stop(self) {
        let begun = Instant::now();
        self.leave.send_replace(true);
        tokio::time::sleep(self.drain).await;
        self.stop.send_replace(true);
        // A panic in the accept loop has been logged by then.
        drop(self.serving.await);
        self.counting.abort();
        // What they had not done is in the database, and done after the next start.
        drop(self.chores);
        self.ground.close_by(begun + SEALED).await;
    }
}

/// Serves the numbers about the server, where the operator wants them.
fn numbers(
    config: &Config,
    state: &Arc<State>,
    stopping: watch::Receiver<bool>,
) -> Result<(Option<SocketAddr>, JoinHandle<()>), Fault> {
    let Some(address) = config.metrics.listen else {
        return Ok((None, tokio::spawn(async {})));
    };
    let listener = std::net::TcpListener::bind(address).map_err(Fault::unavailable)?;
    listener.set_nonblocking(true).map_err(Fault::unavailable)?;
    let listener = TcpListener::from_std(listener).map_err(Fault::unavailable)?;
    let address = listener.local_addr().map_err(Fault::unavailable)?;
    let serving = tokio::spawn(metrics::serve(listener, Arc::clone(state), stopping));
    Ok((Some(address), serving))
}

fn door(config: &Config, engine: Arc<Engine>, leaving: watch::Receiver<bool>) -> Door {
    let origins: Vec<String> = config
        .http
        .public_url
        .iter()
        .chain(&config.http.allowed_origins)
        .map(|origin| origin.as_str().to_owned())
        .collect();
    let meter = engine.state().db.meter().clone();
    let sockets = settings::sockets(config, &origins, meter);
    let proxies = config.http.trusted_proxies.clone();
    let limits = &config.limits;
    Door {
        engine,
        sockets: Sockets::new(sockets, leaving.clone()),
        leaving,
        rates: Arc::new(Rates::new(
            rate(limits.user_rate, limits.user_burst),
            rate(limits.anonymous_rate, limits.anonymous_burst),
        )),
        subscriptions_only: config.socket.operations == SocketOperations::Subscriptions,
        graphiql: config.http.graphiql,
        body_limit: config.http.body_limit,
        origins,
        trusts: Arc::new(move |address| proxies.iter().any(|proxy| proxy.contains(address))),
    }
}
