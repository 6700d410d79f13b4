//! The server as a process of its own, on the same data as the one in the test.

use super::app::{App, Copy};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// A server that was started as an operator does.
pub struct Spawned {
    child: Child,
    /// What it answers with.
    pub copy: Copy,
    /// Its temporary files and its log.
    pub folder: TempDir,
}

impl App {
    /// Starts one with these settings changed.
    pub fn spawned(&self, changed: &[(&'static str, &str)]) -> Spawned {
        let folder = TempDir::with_prefix("patient-tracker-spawned").unwrap();
        let settings = [&[("http.listen", "127.0.0.1:0")], changed].concat();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = self
            .command(&settings, &["serve"])
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Serving on http://");
        let address = address.and_then(|rest| rest.strip_suffix("/graphql"));
        let copy = self
            .copy
            .at(address.unwrap_or_else(|| panic!("it says {line:?}")));
        Spawned {
            child,
            copy,
            folder,
        }
    }
}

impl Spawned {
    /// What it has logged until now.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Stops it as an operator does, and waits for its end.
    pub fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status();
        assert!(asked.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        // It may have ended; what matters is that it does.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
