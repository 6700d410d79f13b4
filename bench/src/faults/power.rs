//! A power cut, as far as one machine can have one: of the database's files only what was flushed is left. A few lines of C,
//! preloaded into the server, copy each file when it has been flushed; then the server is killed and starts from the copies.
//!
//! That the method sees a loss is shown by a control: a program that commits to SQLite the same way, once with
//! `synchronous=FULL`, as the server has it, and once with `NORMAL`, which must lose. (A server with a switch to lose data
//! was the alternative; a switch that nobody may ever turn does not belong into it.)

use crate::output::{Done, Told, say};
use crate::stage::Stage;
use crate::stage::log::Rows;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the control commits before its power is cut.
const COMMITTING: Duration = Duration::from_secs(2);

/// The disk that keeps what was flushed.
pub struct Disk {
    library: PathBuf,
    watched: PathBuf,
    image: PathBuf,
}

impl Disk {
    /// A disk for the files of this folder, which nobody has open: they count as flushed.
    pub fn under(watched: &Path, place: &Path) -> Done<Self> {
        std::fs::create_dir_all(place).told("a folder")?;
        let library = place.join("shim.so");
        let source = place.join("shim.c");
        std::fs::write(&source, include_str!("shim.c")).told("the shim's source")?;
        let built = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .output()
            .told("a power cut needs a C compiler, cc")?;
        if !built.status.success() {
            let words = String::from_utf8_lossy(&built.stderr).into_owned();
            return Err(format!("the shim cannot be built: {words}"));
        }
        let disk = Self {
            library,
            watched: watched.to_owned(),
            image: place.join("image"),
        };
        moved(&disk.watched, &disk.image)?;
        Ok(disk)
    }

    /// What a program's environment needs to run on it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let path = |path: &Path| path.display().to_string();
        vec![
            ("LD_PRELOAD".to_owned(), path(&self.library)),
            ("POWER_WATCH".to_owned(), path(&self.watched)),
            ("POWER_IMAGE".to_owned(), path(&self.image)),
        ]
    }

    /// What is left when the power is back: the files as they were flushed last.
    pub fn restore(&self) -> Done<()> {
        moved(&self.image, &self.watched)
    }
}

/// Makes a folder that holds what another holds, and nothing else.
fn moved(from: &Path, to: &Path) -> Done<()> {
    if to.exists() {
        std::fs::remove_dir_all(to).told("a folder")?;
    }
    std::fs::create_dir_all(to).told("a folder")?;
    for entry in std::fs::read_dir(from).told("a folder")? {
        let entry = entry.told("a folder")?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        // The shared memory is never flushed, and a copy that was under way never became one.
        if !text.ends_with("-shm") && !text.ends_with(".unfinished") {
            std::fs::copy(entry.path(), to.join(&name)).told("a copy")?;
        }
    }
    Ok(())
}

/// What the control commits to, and how.
#[derive(clap::Args)]
pub struct CommitArguments {
    /// The database's file.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// How SQLite flushes: FULL or NORMAL.
    #[arg(long, value_parser = ["FULL", "NORMAL"])]
    synchronous: String,
}

/// Commits and says so, again and again, until it is killed.
pub async fn commit(arguments: CommitArguments) -> Done<()> {
    let rows = Rows::open(&format!("sqlite://{}?mode=rwc", arguments.file.display())).await?;
    rows.run("PRAGMA journal_mode = WAL").await?;
    rows.run(&format!("PRAGMA synchronous = {}", arguments.synchronous))
        .await?;
    rows.run("CREATE TABLE IF NOT EXISTS act (id INTEGER PRIMARY KEY)")
        .await?;
    for number in 1_u64.. {
        rows.run(&format!("INSERT INTO act (id) VALUES ({number})"))
            .await?;
        say(&number.to_string());
    }
    Ok(())
}

/// How often the power is cut at most until a control loses that must: a cut that falls just behind a checkpoint, by chance,
/// finds everything flushed.
const CUTS: usize = 8;

/// What a control lost: acknowledged commits, and how many of them were gone.
pub async fn control(stage: &Stage, synchronous: &str) -> Done<(usize, usize)> {
    let must_lose = synchronous == "NORMAL";
    let mut told = (0, 0);
    for number in 1..=CUTS {
        let place = format!("control-{synchronous}-{number}");
        told = cut(&stage.folder().join(place), synchronous).await?;
        if !must_lose || told.1 > 0 {
            break;
        }
    }
    Ok(told)
}

/// The same of one cut.
async fn cut(place: &Path, synchronous: &str) -> Done<(usize, usize)> {
    let watched = place.join("database");
    std::fs::create_dir_all(&watched).told("a folder")?;
    let disk = Disk::under(&watched, &place.join("disk"))?;
    let program = std::env::current_exe().told("this program")?;
    let mut child = Command::new(program)
        .arg("commit")
        .arg("--file")
        .arg(watched.join("control.db"))
        .args(["--synchronous", synchronous])
        .envs(disk.environment())
        .stdout(Stdio::piped())
        .spawn()
        .told("the control")?;
    let words = child.stdout.take().ok_or("the control says nothing")?;
    let began = Instant::now();
    let mut acknowledged = 0;
    // What it said before it is killed counts, read or not.
    let mut lines = BufReader::new(words).lines();
    let mut is_killed = false;
    while let Some(Ok(_)) = lines.next() {
        acknowledged += 1;
        if !is_killed && began.elapsed() > COMMITTING {
            child.kill().told("the control")?;
            is_killed = true;
        }
    }
    child.wait().told("the control")?;
    disk.restore()?;
    let file = watched.join("control.db");
    let rows = Rows::open(&format!("sqlite://{}?mode=rwc", file.display())).await?;
    // Without the table everything is lost.
    let found = rows.all("SELECT count(*) AS number FROM act").await;
    let kept: i64 = match found {
        Ok(rows) => rows
            .first()
            .map_or(Ok(0), |row| row.try_get("", "number"))
            .told("a count")?,
        Err(_) => 0,
    };
    rows.close().await;
    let kept = usize::try_from(kept).unwrap_or_default();
    Ok((acknowledged, acknowledged.saturating_sub(kept)))
}
