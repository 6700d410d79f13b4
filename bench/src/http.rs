//! A client of HTTP/1.1 that does next to nothing: one connection, one request at a time, answers with a length. A full
//! client lost: what it spends is missing on the cores that the server shares with it.

use crate::output::{Done, Told};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// After so long an answer counts as none.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of ours is longer.
const LONGEST: usize = 16 * 1024 * 1024;

/// Where requests go, and as whom.
#[derive(Clone, Debug)]
pub struct Target {
    /// A loopback address.
    pub address: SocketAddr,
    /// The path of the endpoint.
    pub path: String,
    /// The access token, if any.
    pub token: Option<String>,
}

impl Target {
    /// Reads `http://127.0.0.1:8080/graphql` (or `ws://…`); refuses whatever is not loopback.
    pub fn parse(url: &str) -> Done<Self> {
        let rest = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("ws://"))
            .ok_or_else(|| format!("{url} begins neither with http:// nor with ws://"))?;
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let host = host.replace("localhost", "127.0.0.1");
        let address: SocketAddr = host.parse().told(url)?;
        let loopback = |ip: IpAddr| ip.to_canonical().is_loopback();
        if !loopback(address.ip()) {
            return Err(format!("{url} is not on this machine"));
        }
        Ok(Self {
            address,
            path: path.to_owned(),
            token: None,
        })
    }

    /// The same place, as whoever holds this token.
    #[must_use]
    pub fn with_token(&self, token: String) -> Self {
        Self {
            token: Some(token),
            ..self.clone()
        }
    }

    /// A request with this body, byte for byte.
    #[must_use]
    pub fn request(&self, body: &str) -> Vec<u8> {
        let token = match &self.token {
            Some(token) => format!("authorization: Bearer {token}\r\n"),
            None => String::new(),
        };
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{token}content-length: {}\r\n\r\n",
            self.path,
            self.address,
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }

    /// Runs one operation on a connection of its own and gives its data.
    pub async fn ask(&self, query: &str, variables: Value) -> Done<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut connection = Connection::open(self.address).await?;
        let answer = connection.exchange(&self.request(&body)).await?;
        let text = String::from_utf8_lossy(answer.body);
        let told = || {
            format!(
                "HTTP {}: {}",
                answer.status,
                text.chars().take(400).collect::<String>()
            )
        };
        let mut value: Value = serde_json::from_str(&text).map_err(|_| told())?;
        if answer.status != 200 || value.get("errors").is_some() {
            return Err(told());
        }
        Ok(value["data"].take())
    }
}

/// An answer, as long as nothing else is read from its connection.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    head: &'a [u8],
}

impl Answer<'_> {
    /// What the server calls the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        let mut lines = std::str::from_utf8(self.head).ok()?.split("\r\n");
        lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("x-request-id");
            is_it.then(|| value.trim())
        })
    }
}

/// One connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Done<Self> {
        let stream = TcpStream::connect(address).await.told("connecting")?;
        stream.set_nodelay(true).told("a socket option")?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends a request and reads its answer whole.
    pub async fn exchange(&mut self, request: &[u8]) -> Done<Answer<'_>> {
        self.buffer.clear();
        let read = async {
            self.stream.write_all(request).await.told("sending")?;
            loop {
                if let Some((status, start, length)) = head(&self.buffer)? {
                    while self.buffer.len() < start + length {
                        self.more().await?;
                    }
                    return Ok::<_, String>((status, start, length));
                }
                self.more().await?;
            }
        };
        let (status, start, length) = tokio::time::timeout(PATIENCE, read)
            .await
            .map_err(|_| "no answer in time".to_owned())??;
        Ok(Answer {
            status,
            body: &self.buffer[start..start + length],
            head: &self.buffer[..start],
        })
    }

    async fn more(&mut self) -> Done<()> {
        let read = self
            .stream
            .read_buf(&mut self.buffer)
            .await
            .told("reading")?;
        if read == 0 {
            return Err("the server closed the connection".to_owned());
        }
        if self.buffer.len() > LONGEST {
            return Err("the answer is too long".to_owned());
        }
        Ok(())
    }
}

/// Status, start and length of the body, once the whole head is there.
fn head(buffer: &[u8]) -> Done<Option<(u16, usize, usize)>> {
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&buffer[..end]).told("the head of an answer")?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or("an answer without a status")?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .ok_or("an answer without a length")?;
    Ok(Some((status, end + 4, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_measured() {
        assert!(Target::parse("http://127.0.0.1:8080/graphql").is_ok());
        assert_eq!(Target::parse("ws://localhost:80/a/b").unwrap().path, "/a/b");
        assert_eq!(Target::parse("http://[::1]:80").unwrap().path, "/");
        for other in [
            "http://10.0.0.1:80/graphql",
            "https://127.0.0.1:80/",
            "127.0.0.1:80",
        ] {
            assert!(Target::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx: y\r\n\r\n{}";
        assert_eq!(head(whole), Ok(Some((200, whole.len() - 2, 2))));
        assert_eq!(head(&whole[..30]), Ok(None));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
