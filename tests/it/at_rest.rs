//! Nothing about a person can be read in the files, in a dump, in the log, in what passes through Redis, or in what the
//! audit exports: more than five hundred words, put in by every route, are looked for in every spelling.

mod absences;
mod charts;
mod documents;
mod needles;
mod proposals;
mod routes;
mod strays;
mod waits;

use crate::support::{App, Backend, Process, named_by_test_sh};
use needles::Search;
use routes::{CLEAR, MAILED, Planter};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// What was looked through, and what may be found where.
struct Planted {
    /// All that must be nowhere.
    hidden: Search,
    /// What may stand in the clear: whoever looks for the others must find these.
    clear: Search,
    /// What letters may say, and what they may not.
    mailed: Search,
    kept_from_mail: Search,
    count: usize,
}

/// Plants through a server that logs all it ever does, and looks through its log and its temporary files.
async fn planted(app: &App) -> Planted {
    let mut server = Process::serve(app, &[("log.filter", "debug")]).await;
    let copy = server.copy.clone();
    let mut planter = Planter {
        app,
        copy: &copy,
        needles: Default::default(),
    };
    planter.all().await;
    app.post_is_quiet().await;
    app.audit_is_sealed().await;
    let needles = planter.needles;
    let planted = Planted {
        hidden: needles.of(CLEAR, false).search(),
        clear: needles.of(CLEAR, true).search(),
        mailed: needles.of(MAILED, true).search(),
        kept_from_mail: needles.of(MAILED, false).search(),
        count: needles.count(),
    };
    assert!(planted.count >= 500, "{} words", planted.count);
    // The audit, as it is handed out.
    for format in ["ndjson", "fhir"] {
        let exported = app.cli(&[], &["audit", "export", "--format", format]).await;
        let exported = exported.unwrap();
        assert!(
            exported.lines().count() > 50,
            "{} lines",
            exported.lines().count()
        );
        planted
            .hidden
            .is_not_in("the audit's export", exported.as_bytes());
    }
    server.stop();
    let log = std::fs::read_to_string(server.log()).unwrap();
    // The log is one, of everything: what happened is in it, also what only debugging tells.
    for line in [
        "Signed in",
        "Enrolled a second factor",
        "Broke the glass",
        "DEBUG",
    ] {
        assert!(log.contains(line), "{line}");
    }
    let mut read = 0;
    for file in files(server.folder.path()) {
        read += planted.look_through(&file);
    }
    assert!(read >= log.len());
    planted
        .hidden
        .is_not_in("the other server's log", app.logged().as_bytes());
    planted
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

impl Planted {
    /// Nothing is in this file; how long it is.
    fn look_through(&self, file: &Path) -> usize {
        let bytes = std::fs::read(file).unwrap();
        self.hidden.is_not_in(&file.display().to_string(), &bytes);
        bytes.len()
    }

    /// What may be in the clear is found by the same search.
    fn is_seen_in(&self, bytes: &[u8]) {
        let found = self.clear.in_bytes(bytes);
        assert_eq!(found.len(), CLEAR.len(), "{found:?}");
    }

    /// Letters say to whom they are, with which link, and nothing else.
    fn is_in_the_mail_of(&self, app: &App) {
        let letters: Vec<_> = files(&app.folder().join("mail"));
        let text = letters
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap());
        // A long line is broken by a sign that is none of the text.
        let text = text.collect::<String>().replace("=\r\n", "");
        let there = self.mailed.in_bytes(text.as_bytes());
        assert!(there.len() >= 30, "{} of what letters say", there.len());
        self.kept_from_mail.is_not_in("the mail", text.as_bytes());
    }
}

/// Everything that passes through Redis from now on.
struct Monitor {
    socket: TcpStream,
    reading: JoinHandle<Vec<u8>>,
}

impl Monitor {
    fn start() -> Self {
        let url = named_by_test_sh("TEST_REDIS_URL");
        let (user, place) = url.trim_start_matches("redis://").split_once('@').unwrap();
        let mut socket = TcpStream::connect(place.trim_end_matches('/')).unwrap();
        let login = user.replace(':', " ");
        write!(socket, "AUTH {login}\r\nMONITOR\r\n").unwrap();
        let mut answer = [0; 10];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+OK\r\n+OK\r\n");
        let mut from = socket.try_clone().unwrap();
        let reading = std::thread::spawn(move || {
            let mut captured = Vec::new();
            // It ends when the other side is shut down; whatever came until then has been read.
            drop(from.read_to_end(&mut captured));
            captured
        });
        Self { socket, reading }
    }

    fn captured(self) -> Vec<u8> {
        self.socket.shutdown(std::net::Shutdown::Both).unwrap();
        self.reading.join().unwrap()
    }
}

#[test]
fn the_files_hold_none_of_five_hundred_planted_words() {
    crate::support::run(Backend::Sqlite, |app| async move {
        let planted = planted(&app).await;
        let mut database = Vec::new();
        for file in files(app.folder()) {
            if !file.starts_with(app.folder().join("mail")) {
                planted.look_through(&file);
                database.extend(std::fs::read(&file).unwrap());
            }
        }
        // The database is among them, and its log of what is to be written.
        assert!(database.len() > 500_000, "only {} bytes", database.len());
        planted.is_seen_in(&database);
        planted.is_in_the_mail_of(&app);
    });
}

#[test]
fn a_dump_the_write_ahead_log_and_redis_hold_none_of_five_hundred_planted_words() {
    crate::support::run(Backend::Postgres, |app| async move {
        let (monitor, begun) = (Monitor::start(), SystemTime::now());
        let planted = planted(&app).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (_, url) = app.data();
        let dump = Command::new(format!("{}/pg_dump", named_by_test_sh("TEST_POSTGRES_BIN")))
            .arg(url.unwrap())
            .output()
            .unwrap();
        assert!(
            dump.status.success(),
            "{}",
            String::from_utf8_lossy(&dump.stderr)
        );
        planted.is_seen_in(&dump.stdout);
        planted.hidden.is_not_in("the dump", &dump.stdout);
        // What was written ahead since, of this database and of its neighbours.
        app.execute("CHECKPOINT").await;
        let folder = Path::new(&named_by_test_sh("TEST_SERVICES_FOLDER")).join("postgres/pg_wal");
        let mut ahead = 0;
        for file in files(&folder) {
            let written = std::fs::metadata(&file).and_then(|it| it.modified());
            if written.is_ok_and(|at| at >= begun) {
                ahead += planted.look_through(&file);
            }
        }
        assert!(ahead > 0, "the write-ahead log is looked through");
        let captured = monitor.captured();
        // The capture is one: the doorbell is in it.
        assert!(
            String::from_utf8_lossy(&captured)
                .to_lowercase()
                .contains("publish")
        );
        planted
            .hidden
            .is_not_in("what passed through Redis", &captured);
        planted.is_in_the_mail_of(&app);
    });
}
