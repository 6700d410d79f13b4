//! The server as operators run it: a process of its own, which a test can kill and whose disk it can fill.

use super::app::{App, Copy};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A server that listens. Dropped, it is killed.
pub struct Process {
    child: Child,
    /// As tests talk to it.
    pub copy: Copy,
    /// Its temporary files and its log.
    pub folder: TempDir,
}

impl Process {
    /// Starts one on the data of this clinic, with these settings changed. It survives writing more than it may, as it would
    /// survive a full disk: without this the system would end it.
    pub async fn serve(app: &App, changed: &[(&'static str, &str)]) -> Self {
        let folder = TempDir::with_prefix("patient-tracker-process").unwrap();
        let settings = [
            &[("http.listen", "127.0.0.1:0"), ("log.filter", "error")],
            changed,
        ]
        .concat();
        let configured = app.command(&settings, &[]);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" serve"]);
        command.arg(configured.get_program()).env_clear();
        for (key, value) in configured.get_envs() {
            command.env(key, value.unwrap_or_default());
        }
        command
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .process_group(0);
        let started = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            let mut line = String::new();
            let said = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line);
            assert!(said.unwrap() > 0, "the server did not start");
            (child, line)
        });
        let (child, line) = started.await.unwrap();
        let address = line
            .trim()
            .trim_start_matches("Serving on http://")
            .trim_end_matches("/graphql");
        Self {
            child,
            copy: app.copy.elsewhere(address),
            folder,
        }
    }

    /// What it has logged until now.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Stops it as an operator does, and waits for its end.
    pub fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    /// Lets it write no further into any file than so many bytes, or as far as it likes.
    pub fn may_write(&self, bytes: Option<u64>) {
        assert!(limit(self.child.id(), bytes), "the server is there");
    }

    /// Ends it at once, whatever it is at.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Lets a process write no further into any file than so many bytes, or as far as it likes; false when there is no such process.
pub fn limit(process: u32, bytes: Option<u64>) -> bool {
    let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let mut command = Command::new("prlimit");
    command.args([
        format!("--pid={process}"),
        format!("--fsize={most}:unlimited"),
    ]);
    let done = command.stderr(Stdio::null()).status();
    done.expect("prlimit is there (util-linux)").success()
}
