//! A database for each test: a file of its own, or a PostgreSQL database copied from a template that is migrated once.

use migration::{Migrator, MigratorTrait as _};
use patient_tracker::app;
use patient_tracker::clock::Clock;
use patient_tracker::config::{Config, Inputs, Keys};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// What the server stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite and the bus within the process.
    Sqlite,
    /// PostgreSQL and Redis.
    Postgres,
}

/// Where one test's data lies.
pub struct Place {
    /// The folder of the SQLite file; empty on PostgreSQL.
    pub folder: TempDir,
    /// The database's name on PostgreSQL.
    pub name: Option<String>,
}

/// What `test.sh` tells in this variable.
#[expect(
    clippy::disallowed_methods,
    reason = "where the services are is told by the script that has started them"
)]
pub fn named_by_test_sh(variable: &str) -> String {
    match std::env::var(variable) {
        Ok(value) => value,
        Err(_) => panic!("{variable} is not set: run ./test.sh, which starts PostgreSQL and Redis"),
    }
}

impl Place {
    /// A fresh database.
    pub async fn fresh(backend: Backend) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = TempDir::with_prefix("patient-tracker-test").unwrap();
        let name = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => {
                let template = tokio::task::spawn_blocking(template).await.unwrap();
                let number = NUMBER.fetch_add(1, Ordering::SeqCst);
                let name = format!("{template}_{number}");
                let server = server().await;
                let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
                server.execute_unprepared(&create).await.unwrap();
                server.close().await.unwrap();
                Some(name)
            }
        };
        Self { folder, name }
    }

    /// The server's configuration and keys, these settings changed.
    pub fn configured_with(&self, changed: &[(&'static str, &str)]) -> (Config, Keys) {
        let settings = self.settings(changed).into_iter();
        let inputs = settings.fold(Inputs::default(), |inputs, (key, value)| {
            inputs.set(key, value)
        });
        Config::load_with_keys(&inputs).unwrap()
    }

    /// What the server is configured with, these settings changed.
    fn settings(&self, changed: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let mut settings = settings().to_vec();
        settings.push(("data.folder", self.folder.path().display().to_string()));
        if let Some(name) = &self.name {
            settings.push(("database.url", url_of(name)));
            settings.push(("redis.url", named_by_test_sh("TEST_REDIS_URL")));
        }
        settings.extend(
            changed
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned())),
        );
        settings
    }

    /// The program as an operator starts it, with the server's settings as variables and these of them changed.
    pub fn command(&self, changed: &[(&'static str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patient-tracker"));
        command.env_clear();
        for (key, value) in self.settings(changed) {
            let variable = match key {
                "database.url" => "DATABASE_URL".to_owned(),
                "redis.url" => "REDIS_URL".to_owned(),
                key => format!("PATIENT_TRACKER_{}", key.replace('.', "_").to_uppercase()),
            };
            command.env(variable, value);
        }
        command
    }

    /// The URL of the database on PostgreSQL.
    pub fn url(&self) -> Option<String> {
        self.name.as_deref().map(url_of)
    }

    /// Takes the database away.
    pub async fn drop(&self) {
        if let Some(name) = &self.name {
            let server = server().await;
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            server.execute_unprepared(&drop).await.unwrap();
            server.close().await.unwrap();
        }
    }
}

/// Limits that no test runs into by accident, the cheapest hash that is allowed, and keys that are always the same, so
/// that one hash serves all tests.
fn settings() -> [(&'static str, String); 20] {
    [
        (
            "keys.master",
            "Bg8iNfo+sJ1tG0/0wt2I4WEKf8RkfTyw6tT3LItFfYo=".to_owned(),
        ),
        (
            "keys.token",
            "gTcly1Yq+pQ+5w+14SAVTx+eviqgz7AzmgClE58LEEY=".to_owned(),
        ),
        (
            "keys.index",
            "25lUQH0B5eGoFj4z8Uxnus89JKadDT1IgYdsaD1YAFU=".to_owned(),
        ),
        ("limits.user_rate", "100000".to_owned()),
        ("limits.user_burst", "100000".to_owned()),
        ("limits.anonymous_rate", "100000".to_owned()),
        ("limits.anonymous_burst", "100000".to_owned()),
        // Whoever is put into the database signs in by password alone; tests of the second factor require it.
        ("identity.mfa_required_roles", "NONE".to_owned()),
        // Letters are files beside the database; whoever registers signs in at once, unless a test says otherwise.
        ("mail.url", "file".to_owned()),
        ("identity.require_verified_email", "false".to_owned()),
        ("identity.address_burst", "10000".to_owned()),
        ("identity.address_rate", "10000".to_owned()),
        ("http.max_connections", "5000".to_owned()),
        ("http.max_connections_per_address", "5000".to_owned()),
        ("socket.max_total", "2000".to_owned()),
        ("socket.max_per_user", "200".to_owned()),
        ("http.introspection", "on".to_owned()),
        ("http.graphiql", "true".to_owned()),
        ("database.pool", "16".to_owned()),
        ("http.drain", "0s".to_owned()),
    ]
}

async fn server() -> DatabaseConnection {
    Database::connect(named_by_test_sh("TEST_POSTGRES_URL"))
        .await
        .unwrap()
}

fn url_of(name: &str) -> String {
    let url = named_by_test_sh("TEST_POSTGRES_URL");
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// The database that the others are copied from; made once a process.
fn template() -> String {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE
        .get_or_init(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let name = format!("clinic_{}", std::process::id());
                let server = server().await;
                let create = format!("CREATE DATABASE {name}");
                server.execute_unprepared(&create).await.unwrap();
                server.close().await.unwrap();
                let folder = TempDir::with_prefix("patient-tracker-test").unwrap();
                let place = Place {
                    folder,
                    name: Some(name.clone()),
                };
                let (config, _) = place.configured_with(&[]);
                let (db, _) = app::connect(&config, Clock::system()).await.unwrap();
                Migrator::up(db.schema(), None).await.unwrap();
                db.close().await;
                name
            })
        })
        .clone()
}
