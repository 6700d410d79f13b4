//! The server as operators run it: a process of its own, which a test can kill and whose disk it can fill.

use super::app::{App, Copy};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
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

    /// How many KiB it takes up in memory, or has taken up at most, as the system calls them: `VmRSS`, `VmHWM`.
    pub fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        line.trim_matches([':', '\t', ' ', 'k', 'B'])
            .parse()
            .unwrap()
    }

    /// What it has logged until now.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Stops it as an operator does, and waits for its end.
    pub fn stop(&mut self) {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
    }

    /// Lets it write no further into any file than so many bytes, or as far as it likes.
    pub fn may_write(&self, bytes: Option<u64>) {
        assert!(limit(self.child.id(), bytes), "the server is there");
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success(), "{name} is sent");
    }

    /// Waits until it has ended by itself.
    pub async fn ended(mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
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

/// Lets a process write no further into any file than so many bytes, or as far as it likes; false when there is no such
/// process. It is told by its own user: not even root may always tell others' processes.
pub fn limit(process: u32, bytes: Option<u64>) -> bool {
    let Ok(about) = std::fs::metadata(format!("/proc/{process}")) else {
        return false;
    };
    let own = std::fs::metadata("/proc/self").unwrap();
    let mut command = Command::new("setpriv");
    if about.uid() != own.uid() {
        command.arg(format!("--reuid={}", about.uid()));
        command.args([&format!("--regid={}", about.gid()), "--clear-groups"]);
    }
    let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    command.args([
        "prlimit",
        &format!("--pid={process}"),
        &format!("--fsize={most}:unlimited"),
    ]);
    let done = command.stderr(Stdio::null()).status();
    done.expect("setpriv and prlimit are there (util-linux)")
        .success()
}
