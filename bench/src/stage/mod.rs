//! The stage: a database and a bus of one's own with a small clinic in it, and copies of the server over them, all gone
//! afterwards. Everything listens on loopback and lives in a temporary folder.

pub mod bookings;
pub mod log;
pub mod people;
mod postgres;
mod programs;
mod redis;

pub use people::{People, Person, Size};
pub use postgres::Postgres;
pub use programs::free_port;
pub use redis::Redis;

use crate::http::Target;
use crate::kit::Kit;
use crate::meter::Helpers;
use crate::output::{Done, Told, tell};
use crate::server::{Server, Start, must_exist};
use migration::{Migrator, MigratorTrait as _};
use patient_tracker::app::{self, Ground};
use patient_tracker::clock::Clock;
use patient_tracker::config::{Config, Inputs};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// In the server, without a bus.
    Sqlite,
    /// PostgreSQL, with Redis as the bus.
    Postgres,
}

/// The stage.
pub struct Stage {
    /// PostgreSQL, unless on SQLite.
    pub postgres: Option<Postgres>,
    /// Redis, unless on SQLite.
    pub redis: Option<Redis>,
    /// Addresses and keys.
    pub kit: Kit,
    /// Who is in the clinic.
    pub people: People,
    program: PathBuf,
    /// The last to go: the others have files in it.
    folder: TempDir,
}

impl Stage {
    /// Starts what the server needs and fills the database.
    pub async fn open(kind: Kind, program: &Path, size: Size) -> Done<Self> {
        let program = must_exist(program)?;
        let folder = TempDir::with_prefix("patient-tracker-bench-").told("a folder")?;
        // The services' user passes through it, and finds nothing else open to them.
        open_to(folder.path(), 0o711)?;
        let (mut postgres, mut redis) = (None, None);
        let mut url = format!(
            "sqlite://{}/database/tracker.db?mode=rwc",
            folder.path().display()
        );
        std::fs::create_dir(folder.path().join("database")).told("a folder")?;
        if kind == Kind::Postgres {
            let owner = programs::owner()?;
            let place = |name: &str| {
                let place = folder.path().join(name);
                std::fs::create_dir(&place).told("a folder")?;
                open_to(&place, 0o700)?;
                programs::give(&place, owner)?;
                Ok::<_, String>(place)
            };
            let started = Postgres::start(place("postgres")?, owner).await?;
            url.clone_from(&started.url);
            postgres = Some(started);
            redis = Some(Redis::start(place("redis")?, owner).await?);
        }
        let kit = Kit::new(String::new(), url, redis.as_ref().map(Redis::url));
        tell("Filling the clinic…");
        let people = filled(&kit, folder.path(), size).await?;
        Ok(Self {
            postgres,
            redis,
            kit,
            people,
            program,
            folder,
        })
    }

    /// The folder of everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where SQLite's files are, and nothing else.
    #[must_use]
    pub fn database_folder(&self) -> PathBuf {
        self.folder.path().join("database")
    }

    /// How a copy is started on this port, with these settings beside the kit's.
    pub fn start(&self, port: u16, more: &[(String, String)]) -> Done<(Start, Target)> {
        let folder = self.folder.path().join(format!("copy-{port}"));
        std::fs::create_dir_all(&folder).told("a copy's folder")?;
        let mut environment = self.kit.environment(port, &folder);
        environment.extend(more.iter().cloned());
        let start = Start {
            command: vec![self.program.display().to_string(), "serve".to_owned()],
            environment,
            log: folder.join("server.log"),
            folder,
        };
        let target = Target::parse(&format!("http://127.0.0.1:{port}/graphql"))?;
        Ok((start, target))
    }

    /// One more Redis, for somebody who must not hear what others say on theirs.
    pub async fn another_redis(&self, name: &str) -> Done<Redis> {
        let (owner, place) = (programs::owner()?, self.folder.path().join(name));
        std::fs::create_dir(&place).told("a folder")?;
        open_to(&place, 0o700)?;
        programs::give(&place, owner)?;
        Redis::start(place, owner).await
    }

    /// A copy on a free port.
    pub async fn copy(&self) -> Done<(Server, Target)> {
        let (start, target) = self.start(free_port()?, &[])?;
        Ok((Server::start(&start, &target).await?, target))
    }

    /// Whose processor time is counted beside the server's.
    #[must_use]
    pub fn helpers(&self) -> Helpers {
        Helpers {
            postgres: self.postgres.as_ref().and_then(Postgres::pid),
            redis: self.redis.as_ref().and_then(Redis::pid),
        }
    }
}

fn open_to(folder: &Path, mode: u32) -> Done<()> {
    std::fs::set_permissions(folder, Permissions::from_mode(mode)).told("a folder's mode")
}

async fn filled(kit: &Kit, folder: &Path, size: Size) -> Done<People> {
    let variables = kit.environment(crate::kit::PORT, folder).into_iter();
    // The bus is for servers; filling rings nobody.
    let variables = variables.filter(|(name, _)| name != "REDIS_URL");
    let inputs = Inputs::default().variables(variables);
    let (config, keys) = Config::load_with_keys(&inputs).told("the configuration")?;
    let (db, _) = app::connect(&config, Clock::system())
        .await
        .told("the database")?;
    Migrator::up(db.schema(), None)
        .await
        .told("the migrations")?;
    db.close().await;
    let ground = Ground::open(&config, &keys, Clock::system())
        .await
        .told("the database")?;
    let people = people::fill(&ground.state, size).await;
    ground.close().await;
    people
}

/// Sockets are files: as many as the system lets this program have, and with it the servers it starts.
pub fn raise_open_files(wanted: u64) -> Done<()> {
    let have = getrlimit(Resource::Nofile);
    if have.current.is_none_or(|have| have >= wanted) {
        return Ok(());
    }
    let raised = |maximum: Option<u64>, current: u64| {
        let limit = Rlimit {
            current: Some(current),
            maximum,
        };
        setrlimit(Resource::Nofile, limit)
    };
    let hard = have.maximum.filter(|hard| *hard < wanted);
    match hard {
        None => raised(have.maximum, wanted).told("the limit of open files"),
        // Root may raise the hard limit too.
        Some(hard) => raised(Some(wanted), wanted)
            .map_err(|_| format!("{wanted} open files are needed, and this user may have {hard}")),
    }
}
