//! Sending mail: over SMTP, as files in a folder (for development and tests), or not at all.
//!
//! It knows letters and how they leave. It refuses to know whom they are to, why, and what happens when they do not: the
//! account keeps what is to be sent until it is. Nothing of a letter is ever logged.

mod words;

pub use words::{Letter, Links};

use crate::config::{Mail, MailUrl};
use crate::error::Fault;
use chrono::TimeDelta;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a mail server may take for one step of taking a letter.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often sending a letter is begun before it is given up: for a good two hours.
pub const ATTEMPTS: i32 = 8;
/// The pause after the first time, which then doubles. Longer than sending may take.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// How long a letter is left alone after its next attempt, when so many were made before.
#[must_use]
pub fn pause(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(0, ATTEMPTS)).unwrap_or_default();
    PAUSE * 2_i32.pow(doublings)
}

/// How letters leave.
enum Mailer {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// As `.eml` files, readable by their owner only.
    File(PathBuf),
    /// They do not.
    Off,
}

/// What sends the letters of this copy of the server, and the bell that wakes whoever does.
pub struct Post {
    mailer: Mailer,
    from: Mailbox,
    links: Links,
    bell: Notify,
}

impl Post {
    /// As it is configured.
    ///
    /// # Errors
    /// When the sender's address or the server's URL is none.
    pub fn new(mail: &Mail) -> Result<Self, Fault> {
        let from = mail.from.parse::<Mailbox>();
        let from = from
            .map_err(|_| Fault::unavailable("mail.from has not the shape of an e-mail address"))?;
        let mailer = match &mail.url {
            None | Some(MailUrl::Off) => Mailer::Off,
            Some(MailUrl::File) => Mailer::File(mail.folder.clone()),
            Some(MailUrl::Smtp(url)) => {
                // The cause might repeat the password.
                let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
                    .map_err(|_| Fault::unavailable("mail.url is no SMTP URL"))?;
                Mailer::Smtp(server.timeout(Some(PATIENCE)).build())
            }
        };
        Ok(Self {
            mailer,
            from,
            links: Links(mail.links.as_ref().map(|origin| origin.as_str().to_owned())),
            bell: Notify::new(),
        })
    }

    /// Whether no letter ever leaves.
    #[must_use]
    pub fn is_off(&self) -> bool {
        matches!(self.mailer, Mailer::Off)
    }

    /// Where links lead.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Wakes whoever sends: there is something to be sent.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Returns when there is something to be sent, perhaps.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Sends a letter; when it returns, the letter has been taken.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it was not taken, and may be later.
    pub async fn send(&self, to: &str, letter: &Letter) -> Result<(), Fault> {
        if self.is_off() {
            return Ok(());
        }
        // The cause might repeat the address.
        let to = to
            .parse()
            .map_err(|_| Fault::unavailable("mail cannot be sent to this address"))?;
        let mut message = Message::builder();
        if let Some(id) = letter.id {
            let domain = self.from.email.domain();
            message = message.message_id(Some(format!("<{}@{domain}>", id.simple())));
        }
        let message = message
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.to_string())
            .map_err(Fault::internal)?;
        match &self.mailer {
            Mailer::Off => Ok(()),
            Mailer::Smtp(server) => match server.send(message).await {
                Ok(_) => Ok(()),
                // What a server says may repeat the address: only the kind of it is told.
                Err(error) if error.is_permanent() => {
                    Err(Fault::unavailable("the mail server refuses the letter"))
                }
                Err(error) if error.is_timeout() => Err(Fault::unavailable(
                    "the mail server does not answer in time",
                )),
                Err(_) => Err(Fault::unavailable(
                    "the mail server does not take the letter",
                )),
            },
            Mailer::File(folder) => {
                let folder = folder.clone();
                let written =
                    tokio::task::spawn_blocking(move || file(&folder, &message.formatted()));
                written
                    .await
                    .map_err(Fault::internal)?
                    .map_err(Fault::unavailable)
            }
        }
    }
}

/// Writes a letter whole or not at all, readable by its owner only.
fn file(folder: &Path, letter: &[u8]) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut unfinished = tempfile::Builder::new().prefix(".").tempfile_in(folder)?;
    unfinished.write_all(letter)?;
    unfinished.as_file().sync_all()?;
    let name = unfinished.path().file_name().unwrap_or_default();
    let name = name.to_string_lossy().trim_start_matches('.').to_owned();
    unfinished
        .persist_noclobber(folder.join(format!("{name}.eml")))
        .map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Letter, Post};
    use crate::config::{Config, Inputs};
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn a_letter_becomes_a_file_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = Inputs::default().set("data.folder", folder.path().to_string_lossy());
        let post = Post::new(&Config::load(&inputs).unwrap().mail).unwrap();
        let letter = Letter::already_registered();
        post.send("ana@clinic.test", &letter).await.unwrap();
        assert!(post.send("not an address", &letter).await.is_err());
        let files: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let mode = std::fs::metadata(&files[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read_to_string(&files[0]).unwrap();
        assert!(text.contains("To: ana@clinic.test"), "{text}");
    }
}
