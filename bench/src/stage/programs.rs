//! PostgreSQL and Redis as programs of this machine: where they are, as whom they run, on which ports. They run as nobody of
//! importance, for PostgreSQL refuses to be root.

use crate::output::{Done, Told};
use rand::RngExt as _;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long one of them may take to start or to stop.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Who the programs run as, when that is somebody else than who runs this.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    user: u32,
    group: u32,
}

/// A user for them if this program is root, whom PostgreSQL refuses.
pub fn owner() -> Done<Option<Owner>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let id = |of: &str, user: &str| {
        let out = Command::new("id").args([of, user]).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    let found = ["postgres", "nobody"].into_iter().find_map(|name| {
        Some(Owner {
            user: id("-u", name)?,
            group: id("-g", name)?,
        })
    });
    found
        .map(Some)
        .ok_or_else(|| "there is no user to run the services as".to_owned())
}

/// Gives a file or folder to whoever the programs run as.
pub fn give(path: &Path, owner: Option<Owner>) -> Done<()> {
    match owner {
        None => Ok(()),
        Some(owner) => chown(path, Some(owner.user), Some(owner.group)).told("giving a file away"),
    }
}

/// A command that runs as the owner in this folder.
pub fn command(program: &Path, folder: &Path, owner: Option<Owner>) -> Command {
    let mut command = match owner {
        None => Command::new(program),
        Some(owner) => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", &owner.user.to_string()]);
            command.args(["--regid", &owner.group.to_string()]);
            command.args(["--clear-groups", "--"]).arg(program);
            command
        }
    };
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(mut command: Command, log: &Path) -> Done<()> {
    let status = into(&mut command, log)?.status().told("a program")?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("a program failed, see {}", log.display()))
    }
}

/// Sends what a command says to the end of a file.
pub fn into<'a>(command: &'a mut Command, log: &Path) -> Done<&'a mut Command> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.create(true).append(true).open(log).told("a log")?;
    let errors = file.try_clone().told("a log")?;
    Ok(command.stdout(file).stderr(errors))
}

/// The folder of PostgreSQL's programs: the newest that is installed.
pub fn postgres_bin() -> Done<PathBuf> {
    let mut found = Vec::new();
    for (above, below) in [("/usr/lib/postgresql", "bin"), ("/usr", "bin")] {
        for entry in std::fs::read_dir(above).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let version = name.trim_start_matches("pgsql-").parse::<u32>();
            let folder = entry.path().join(below);
            if let Ok(version) = version
                && folder.join("initdb").exists()
            {
                found.push((version, folder));
            }
        }
    }
    found.sort();
    let newest = found.pop().map(|(_, folder)| folder);
    newest
        .or_else(|| on_path("initdb")?.parent().map(Path::to_owned))
        .ok_or_else(|| "there is no PostgreSQL on this machine".to_owned())
}

/// Redis' program, or Valkey's.
pub fn redis_server() -> Done<PathBuf> {
    let found = ["redis-server", "valkey-server"]
        .into_iter()
        .find_map(on_path);
    found.ok_or_else(|| "there is no Redis on this machine".to_owned())
}

fn on_path(program: &str) -> Option<PathBuf> {
    let look = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .ok()?;
    let path = String::from_utf8(look.stdout).ok()?;
    let path = path.trim();
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// A port that nobody listens on now, below those that the system gives to connections: a server that is started again
/// must find it free.
pub fn free_port() -> Done<u16> {
    for _ in 0..50 {
        let port = rand::rng().random_range(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err("there is no free port between 20,000 and 32,000".to_owned())
}

/// Waits until the test holds; fails when the process ends before, or time is up.
pub async fn until(child: &mut Child, what: &str, test: impl Fn() -> bool) -> Done<()> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if test() {
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("{what} has ended: {status}"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("{what} did not start in time"))
}

/// Waits until a process that was told to has ended.
pub async fn ended(child: &mut Child, what: &str) -> Done<()> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(format!("{what} did not stop in time"))
}
