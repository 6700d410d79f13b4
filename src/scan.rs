//! Asking a scanner whether bytes are harmless: clamd, over TCP, by its INSTREAM command.
//!
//! It knows bytes and an answer. It refuses to know what the bytes are of. What the scanner calls what it has found is logged, and
//! the bytes never.

use crate::config::ScannerUrl;
use crate::error::Fault;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one step of it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer.
const LONGEST: u64 = 1024;

/// Who looks through what is brought.
#[derive(Clone, Debug)]
pub enum Scanner {
    /// Nobody: all is taken for harmless.
    Nobody,
    /// A clamd, at this host and port.
    Clamd(String),
}

/// What it has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// Something.
    Something,
}

impl Scanner {
    /// As it is configured.
    #[must_use]
    pub fn new(url: Option<&ScannerUrl>) -> Self {
        match url {
            None => Self::Nobody,
            Some(url) => Self::Clamd(url.address().to_owned()),
        }
    }

    /// Whether anybody looks.
    #[must_use]
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Clamd(_))
    }

    /// Begins to look; none when nobody does.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when the scanner cannot be reached.
    pub async fn begin(&self) -> Result<Option<Looking>, Fault> {
        let Self::Clamd(address) = self else {
            return Ok(None);
        };
        let connected = patiently(TcpStream::connect(address)).await?;
        let mut looking = Looking(connected);
        looking.write(b"zINSTREAM\0").await?;
        Ok(Some(looking))
    }
}

async fn patiently<T>(work: impl Future<Output = std::io::Result<T>>) -> Result<T, Fault> {
    let done = timeout(PATIENCE, work).await.map_err(Fault::unavailable)?;
    done.map_err(Fault::unavailable)
}

/// A look that is under way.
pub struct Looking(TcpStream);

impl Looking {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        patiently(self.0.write_all(bytes)).await
    }

    /// Shows it some more.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when the scanner does not go on.
    pub async fn show(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let length = u32::try_from(bytes.len()).map_err(Fault::internal)?;
        if length == 0 {
            return Ok(());
        }
        self.write(&length.to_be_bytes()).await?;
        self.write(bytes).await
    }

    /// That was all: what it has found.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it says neither.
    pub async fn found(mut self) -> Result<Found, Fault> {
        self.write(&[0; 4]).await?;
        let mut answer = String::new();
        let mut answered = self.0.take(LONGEST);
        patiently(answered.read_to_string(&mut answer)).await?;
        let answer = answer.trim_end_matches(['\0', '\n']);
        if answer.ends_with(": OK") {
            return Ok(Found::Nothing);
        }
        if answer.ends_with(" FOUND") {
            tracing::warn!(scanner = answer, "The scanner found something");
            return Ok(Found::Something);
        }
        Err(Fault::unavailable(format!(
            "the scanner answered: {answer}"
        )))
    }
}
