//! A PostgreSQL of one's own, writing to the disk as in production, that can be stopped as a crash stops it.

use super::programs::{self, Owner};
use crate::kit::Kit;
use crate::output::{Done, Told};
use crate::server::signal;
use rustix::process::Signal;
use std::path::PathBuf;
use std::process::Child;

/// What makes it fit for a measurement: nothing that protects data is off.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 256MB
max_wal_size = 4GB
timezone = 'UTC'
log_timezone = 'UTC'
";

/// The server, running or not.
pub struct Postgres {
    folder: PathBuf,
    bin: PathBuf,
    owner: Option<Owner>,
    port: u16,
    child: Option<Child>,
    /// Its address, with the password of its only user.
    pub url: String,
}

impl Postgres {
    /// Makes a cluster in this folder, which is the owner's, and starts it.
    pub async fn start(folder: PathBuf, owner: Option<Owner>) -> Done<Self> {
        let bin = programs::postgres_bin()?;
        let (password, port) = (Kit::new_password(), programs::free_port()?);
        let file = folder.join("password");
        std::fs::write(&file, &password).told("a password's file")?;
        programs::give(&file, owner)?;
        let mut command = programs::command(&bin.join("initdb"), &folder, owner);
        command.args([
            "--pgdata",
            "data",
            "--username",
            "bench",
            "--pwfile",
            "password",
        ]);
        command.args(["--auth-local", "trust", "--auth-host", "password"]);
        command.args(["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]);
        programs::run(command, &folder.join("postgres.log"))?;
        let settings = folder.join("data/postgresql.conf");
        let text = std::fs::read_to_string(&settings).told("PostgreSQL's settings")?;
        let sockets = format!("unix_socket_directories = '{}'\n", folder.display());
        std::fs::write(&settings, text + SETTINGS + &sockets).told("PostgreSQL's settings")?;
        let mut postgres = Self {
            url: format!("postgres://bench:{password}@127.0.0.1:{port}/postgres"),
            folder,
            bin,
            owner,
            port,
            child: None,
        };
        postgres.up().await?;
        Ok(postgres)
    }

    /// Starts it again.
    pub async fn up(&mut self) -> Done<()> {
        let program = self.bin.join("postgres");
        let mut command = programs::command(&program, &self.folder, self.owner);
        command.args(["-D", "data", "-p", &self.port.to_string()]);
        let log = self.folder.join("postgres.log");
        let mut child = programs::into(&mut command, &log)?
            .spawn()
            .told("PostgreSQL")?;
        let state = self.folder.join("data/postmaster.pid");
        let pid = child.id().to_string();
        let ready = || {
            let text = std::fs::read_to_string(&state).unwrap_or_default();
            // The file of the last run is there until the new one writes its own.
            text.lines().next() == Some(&pid) && text.lines().nth(7).map(str::trim) == Some("ready")
        };
        programs::until(&mut child, "PostgreSQL", ready).await?;
        self.child = Some(child);
        Ok(())
    }

    /// Stops it at once, without a word to anybody and without a checkpoint: it recovers when it comes up.
    pub async fn crash(&mut self) -> Done<()> {
        if let Some(mut child) = self.child.take() {
            signal(child.id(), Signal::QUIT)?;
            programs::ended(&mut child, "PostgreSQL").await?;
        }
        Ok(())
    }

    /// Its first process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // SIGQUIT ends all its backends; killed, it would leave them behind.
            drop(signal(child.id(), Signal::QUIT));
            drop(child.wait());
        }
    }
}
