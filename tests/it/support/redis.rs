//! A Redis of a test's own, that may be hurt.

use super::database::named_by_test_sh;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A Redis of the test's own.
pub struct Redis {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
    arguments: Vec<String>,
}

impl Redis {
    /// One that speaks plainly.
    pub async fn start() -> Self {
        Self::started(|port| vec!["--port".to_owned(), port.to_string()], &[]).await
    }

    /// One that speaks TLS, with this certificate and its key (PEM).
    pub async fn with_tls(certificate: &str, key: &str) -> Self {
        let arguments = |port: u16| {
            let arguments = "--port 0 --tls-cert-file cert.pem --tls-key-file key.pem \
                             --tls-ca-cert-file cert.pem --tls-auth-clients no --tls-port";
            let arguments = arguments.split_whitespace().map(str::to_owned);
            arguments.chain([port.to_string()]).collect()
        };
        Self::started(arguments, &[("cert.pem", certificate), ("key.pem", key)]).await
    }

    /// One with these settings beside its port.
    pub async fn with(settings: &str) -> Self {
        let arguments = |port: u16| {
            let port = ["--port".to_owned(), port.to_string()];
            let settings = settings.split_whitespace().map(str::to_owned);
            port.into_iter().chain(settings).collect()
        };
        Self::started(arguments, &[]).await
    }

    /// A sentinel with these lines in the file that it keeps what it knows in.
    pub async fn sentinel(lines: &str) -> Self {
        let arguments = |port: u16| {
            let all = format!("sentinel.conf --sentinel --port {port}");
            all.split(' ').map(str::to_owned).collect()
        };
        Self::started(arguments, &[("sentinel.conf", lines)]).await
    }

    async fn started(arguments: impl Fn(u16) -> Vec<String>, files: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("patient-tracker-redis").unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let port = free_port();
        let mut redis = Self {
            folder,
            port,
            process: None,
            arguments: arguments(port),
        };
        redis.begin().await;
        redis
    }

    /// Starts it, with nothing in it, where it was before.
    pub async fn begin(&mut self) {
        let mut command = Command::new(named_by_test_sh("TEST_REDIS_SERVER"));
        command
            .args(&self.arguments)
            .args(["--bind", "127.0.0.1"])
            .current_dir(self.folder.path());
        if !self.arguments.iter().any(|one| one == "--sentinel") {
            command.args(["--save", "", "--appendonly", "no"]);
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.process = Some(child.unwrap());
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port))
                .await
                .is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("Redis listens");
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            drop(process.kill());
            drop(process.wait());
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.process.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success(), "{name} is sent");
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address, for this scheme.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }
}

/// A port that is free now; that somebody takes it before it is used is as good as impossible.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
