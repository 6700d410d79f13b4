//! A server that is started for a measurement, and stopped after it.

use crate::http::{Connection, Target};
use crate::output::{Done, Told};
use rustix::process::{Pid, Signal};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to answer its first request.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to stop when asked to.
const FAREWELL: Duration = Duration::from_secs(10);

/// How one is started.
pub struct Start {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What its environment has beside this program's.
    pub environment: Vec<(String, String)>,
    /// Where it runs.
    pub folder: PathBuf,
    /// Where its words go.
    pub log: PathBuf,
}

/// A server that runs.
pub struct Server {
    child: Child,
    /// Its process.
    pub pid: u32,
}

impl Server {
    /// Starts one and waits until it answers at this place.
    pub async fn start(start: &Start, target: &Target) -> Done<Self> {
        let (program, arguments) = start.command.split_first().ok_or("no command to start")?;
        let mut options = std::fs::OpenOptions::new();
        // It may be started again: what it said before stays.
        let log = options.create(true).append(true).open(&start.log);
        let log = log.told(&start.log.display().to_string())?;
        let errors = log.try_clone().told("the log")?;
        let child = Command::new(program)
            .args(arguments)
            .envs(start.environment.iter().cloned())
            .current_dir(&start.folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .told(program)?;
        let pid = child.id();
        let mut server = Self { child, pid };
        let request = target.request(r#"{"query":"{ __typename }"}"#);
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Ok(Some(status)) = server.child.try_wait() {
                let log = start.log.display();
                return Err(format!("{program} has ended: {status}, see {log}"));
            }
            if let Ok(mut connection) = Connection::open(target.address).await
                && connection.exchange(&request).await.is_ok()
            {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!(
            "{program} does not answer, see {}",
            start.log.display()
        ))
    }

    /// Asks it to stop, and ends it when it does not.
    pub async fn stop(mut self) {
        let asked = signal(self.pid, Signal::TERM);
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < FAREWELL {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Server {
    /// Ends it as a crash would: at once, in the middle of whatever it does.
    pub fn kill(mut self) -> Done<()> {
        self.child.kill().told("killing the server")?;
        self.child.wait().told("waiting for its end").map(drop)
    }
}

/// Sends a signal to a process.
pub fn signal(pid: u32, signal: Signal) -> Done<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or("no such process")?;
    rustix::process::kill_process(pid, signal).told("a signal")
}

/// A measurement that fails half-way leaves no server behind.
impl Drop for Server {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            // It has ended by itself if it cannot be ended.
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Whether a file is there, with the words to say if not.
pub fn must_exist(path: &Path) -> Done<PathBuf> {
    path.canonicalize().told(&path.display().to_string())
}
