//! A Redis of one's own that keeps nothing, and what can happen to one.

use super::programs::{self, Owner};
use crate::kit::Kit;
use crate::output::{Done, Told};
use crate::server::signal;
use rustix::process::Signal;
use std::path::PathBuf;
use std::process::Child;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The server, running or not.
pub struct Redis {
    folder: PathBuf,
    program: PathBuf,
    owner: Option<Owner>,
    port: u16,
    password: String,
    child: Option<Child>,
}

impl Redis {
    /// Starts one in this folder, which is the owner's.
    pub async fn start(folder: PathBuf, owner: Option<Owner>) -> Done<Self> {
        let (password, port) = (Kit::new_password(), programs::free_port()?);
        let settings = format!(
            "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\nloglevel notice\nmaxclients 20000\n"
        );
        let file = folder.join("redis.conf");
        std::fs::write(&file, settings).told("Redis' settings")?;
        programs::give(&file, owner)?;
        let mut redis = Self {
            program: programs::redis_server()?,
            folder,
            owner,
            port,
            password,
            child: None,
        };
        redis.up().await?;
        Ok(redis)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://default:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// Starts it, empty.
    pub async fn up(&mut self) -> Done<()> {
        let mut command = programs::command(&self.program, &self.folder, self.owner);
        command.arg("redis.conf");
        let log = self.folder.join("redis.log");
        let mut child = programs::into(&mut command, &log)?.spawn().told("Redis")?;
        let address = ("127.0.0.1", self.port);
        let listens = || std::net::TcpStream::connect(address).is_ok();
        programs::until(&mut child, "Redis", listens).await?;
        self.child = Some(child);
        Ok(())
    }

    /// Ends it at once.
    pub fn kill(&mut self) -> Done<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().told("killing Redis")?;
            child.wait().told("waiting for Redis")?;
        }
        Ok(())
    }

    /// Asks it to stop, and waits.
    pub async fn stop(&mut self) -> Done<()> {
        if let Some(mut child) = self.child.take() {
            signal(child.id(), Signal::TERM)?;
            programs::ended(&mut child, "Redis").await?;
        }
        Ok(())
    }

    /// Lets it hang: connections stay open and nothing is answered.
    pub fn pause(&self) -> Done<()> {
        self.pid().map_or(Ok(()), |pid| signal(pid, Signal::STOP))
    }

    /// Lets it go on.
    pub fn resume(&self) -> Done<()> {
        self.pid().map_or(Ok(()), |pid| signal(pid, Signal::CONT))
    }

    /// Cuts off whoever listens to its channels; says how many.
    pub async fn kill_listeners(&self) -> Done<u32> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .told("Redis")?;
        let words = format!("AUTH {}\r\nCLIENT KILL TYPE pubsub\r\n", self.password);
        stream.write_all(words.as_bytes()).await.told("Redis")?;
        let mut text = String::new();
        let mut buffer = [0_u8; 256];
        while text.matches("\r\n").count() < 2 {
            let read = stream.read(&mut buffer).await.told("Redis")?;
            if read == 0 {
                break;
            }
            text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        let last = text.lines().nth(1).unwrap_or_default();
        last.strip_prefix(':')
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| format!("Redis answers {text:?}"))
    }

    /// Its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.kill());
    }
}
