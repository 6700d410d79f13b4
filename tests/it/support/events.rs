//! A client of GraphQL over Server-Sent Events, over a real connection.

use super::app::{Answer, Copy};
use serde_json::{Value, json};
use std::time::Duration;

/// After so long what should have come will not.
const PATIENCE: Duration = Duration::from_secs(15);

/// A stream that the server has begun.
pub struct Events {
    response: reqwest::Response,
    arrived: Vec<u8>,
    comment: String,
}

/// What a stream tells.
#[derive(Debug, PartialEq)]
pub enum Told {
    /// A result, and the id that it came with.
    Next(Option<String>, Value),
    /// The operation is complete.
    Complete,
    /// The stream has ended and the operation has not; the last comment says why.
    Cut(String),
}

impl Told {
    /// What the result holds in its only field.
    pub fn message(self) -> Value {
        match self {
            Self::Next(_, mut result) if result.get("errors").is_none() => {
                let fields = result["data"].as_object_mut().unwrap();
                fields.values_mut().next().unwrap().take()
            }
            other => panic!("a message was due, not {other:?}"),
        }
    }

    /// The code of the first error.
    pub fn code(&self) -> &str {
        match self {
            Self::Next(_, result) => result["errors"][0]["extensions"]["code"]
                .as_str()
                .unwrap_or("no error"),
            _ => "no result",
        }
    }
}

impl Events {
    /// Asks for a stream; the answer, if that is none.
    pub async fn open(
        copy: &Copy,
        token: Option<&str>,
        (document, variables): (&str, Value),
        last_seen: Option<&str>,
    ) -> Result<Self, Answer> {
        let mut request = reqwest::Client::new()
            .post(format!("http://{}/graphql", copy.address))
            .header("content-type", "application/json")
            .header("accept", "text/event-stream")
            .body(json!({ "query": document, "variables": variables }).to_string());
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(last) = last_seen {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("the server answers");
        let media = response.headers().get("content-type");
        if media.is_none_or(|media| media != "text/event-stream") {
            return Err(Answer {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                text: response.text().await.unwrap(),
            });
        }
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store");
        Ok(Self {
            response,
            arrived: Vec::new(),
            comment: String::new(),
        })
    }

    /// What comes next.
    pub async fn next(&mut self) -> Told {
        let next = tokio::time::timeout(PATIENCE, self.event());
        next.await
            .unwrap_or_else(|_| panic!("nothing came within {PATIENCE:?}"))
    }

    /// Nothing but comments comes within this time.
    pub async fn is_silent_for(&mut self, time: Duration) {
        let told = tokio::time::timeout(time, self.event()).await;
        assert_eq!(told.ok(), None);
    }

    /// How the stream ends; what comes before that is passed over.
    pub async fn end(&mut self) -> Told {
        loop {
            match self.next().await {
                Told::Next(..) => {}
                end => return end,
            }
        }
    }

    async fn event(&mut self) -> Told {
        loop {
            while let Some(at) = self.arrived.windows(2).position(|it| it == b"\n\n") {
                let block: Vec<u8> = self.arrived.drain(..at + 2).collect();
                let block = String::from_utf8(block).unwrap();
                if let Some(told) = self.read(&block) {
                    return told;
                }
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.arrived.extend_from_slice(&bytes),
                Ok(None) | Err(_) => return Told::Cut(std::mem::take(&mut self.comment)),
            }
        }
    }

    fn read(&mut self, block: &str) -> Option<Told> {
        let (mut name, mut id, mut data) = (None, None, None);
        for line in block.lines().filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" => value.clone_into(&mut self.comment),
                "event" => name = Some(value),
                "id" => id = Some(value.to_owned()),
                "data" => data = Some(value),
                other => panic!("no field of ours: {other}"),
            }
        }
        match (name?, data) {
            ("next", Some(data)) => Some(Told::Next(id, serde_json::from_str(data).unwrap())),
            ("complete", Some("")) => Some(Told::Complete),
            other => panic!("no event of the protocol: {other:?}"),
        }
    }
}
