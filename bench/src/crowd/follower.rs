//! A subscriber that keeps what it heard and where it stands, whatever happens to its sockets.

use super::line::{Line, Opening, Turn};
use super::message::{self, Message};
use crate::http::Target;
use crate::output::Done;
use chrono::DateTime;
use patient_tracker::clock::Clock;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What our server is asked for.
pub const OURS: &str = "subscription ($of: AppointmentsOf!, $after: String) { appointmentChanged(of: $of, after: $after) {
    __typename
    ... on AppointmentChange { cursor kind occurredAt appointment { id startsAt status } }
    ... on CaughtUp { cursor } ... on ResyncRequired { message } ... on AccessEnded { message } } }";

/// A change as it was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Of which appointment.
    pub id: u128,
    /// Whether it was called off.
    pub cancelled: bool,
    /// Whether it came as it happened, and not when it was caught up on.
    pub live: bool,
    /// When it happened, in microseconds; zero when the server does not say.
    pub occurred: i64,
    /// When it was read, in microseconds.
    pub arrived: i64,
}

/// What is known of one subscriber.
#[derive(Default)]
pub struct Record {
    /// All that it heard, in the order it came.
    pub heard: Vec<Heard>,
    /// Where it stands.
    pub cursor: Option<String>,
    /// How often its socket ended although nobody here wanted it to.
    pub broken: u32,
    /// How often it tried to come back.
    pub tries: u32,
    /// When it last had caught up, in microseconds.
    pub caught_up: i64,
    /// Whether its socket is open and it has caught up.
    pub is_live: bool,
    /// What was last said of a socket that ended.
    pub words: Option<String>,
}

/// A record that its subscriber writes and others read.
pub type Shared = Arc<Mutex<Record>>;

/// What somebody follows.
#[derive(Clone)]
pub struct Subscription {
    /// The document.
    pub query: Arc<str>,
    /// Its variables, but for the cursor.
    pub variables: Value,
    /// Whether there are cursors, and a word when the past has been delivered.
    pub resumes: bool,
}

impl Subscription {
    /// Of our server: appointments of somebody.
    #[must_use]
    pub fn ours(of: Value) -> Self {
        Self {
            query: OURS.into(),
            variables: json!({ "of": of }),
            resumes: true,
        }
    }
}

/// One subscriber.
pub struct Follower {
    /// Copies of the server, with the path of sockets: each new socket goes to the next.
    pub targets: Arc<[Target]>,
    /// From which address.
    pub from: Ipv4Addr,
    /// Bytes that the system may hold unread, if not as many as it likes.
    pub receive_buffer: Option<u32>,
    /// Who it is.
    pub token: String,
    /// What it follows.
    pub subscription: Subscription,
    /// What it heard.
    pub record: Shared,
    /// What all of its crowd heard, counted.
    pub delivered: Arc<AtomicUsize>,
    /// How many sockets it has opened.
    pub opened: usize,
}

impl Follower {
    /// Its record.
    pub fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }

    /// Opens a socket and subscribes from where it stands; returns once it has caught up.
    pub async fn open(&mut self) -> Done<Line> {
        let target = self.targets[self.opened % self.targets.len()].clone();
        self.opened += 1;
        let mut line = Line::open(&Opening {
            target,
            from: self.from,
            receive_buffer: self.receive_buffer,
        })
        .await?;
        let payload = json!({ "authorization": format!("Bearer {}", self.token) });
        let init = json!({ "type": "connection_init", "payload": payload });
        line.say(&init.to_string()).await?;
        let mut refused = None;
        line.listen(|text| match message::read(text) {
            Message::Acknowledged => Turn::Stop,
            Message::Over => {
                refused = Some(String::from_utf8_lossy(text).into_owned());
                Turn::Stop
            }
            _ => Turn::On,
        })
        .await?;
        if let Some(words) = refused {
            return Err(format!("the socket was not accepted: {words}"));
        }
        line.say(&self.subscribe()).await?;
        if self.subscription.resumes {
            self.listen(&mut line, false).await?;
        }
        let mut record = self.record();
        record.caught_up = micros();
        record.is_live = true;
        drop(record);
        Ok(line)
    }

    fn subscribe(&self) -> String {
        let mut variables = self.subscription.variables.clone();
        if self.subscription.resumes {
            let cursor = self.record().cursor.clone();
            variables["after"] = cursor.unwrap_or_else(|| "now".to_owned()).into();
        }
        let payload = json!({ "query": &*self.subscription.query, "variables": variables });
        json!({ "id": "1", "type": "subscribe", "payload": payload }).to_string()
    }

    /// Listens: until it has caught up, or, live, until the socket ends.
    pub async fn listen(&mut self, line: &mut Line, live: bool) -> Done<()> {
        let (record, delivered) = (Arc::clone(&self.record), Arc::clone(&self.delivered));
        let mut over = None;
        line.listen(|text| match message::read(text) {
            Message::Change(change) => {
                let heard = Heard {
                    id: change.id,
                    cancelled: change.cancelled,
                    live,
                    occurred: instant(change.occurred_at),
                    arrived: micros(),
                };
                let mut record = lock(&record);
                record.heard.push(heard);
                stand(&mut record, change.cursor);
                delivered.fetch_add(1, Ordering::Relaxed);
                Turn::On
            }
            Message::CaughtUp(cursor) => {
                stand(&mut lock(&record), cursor);
                Turn::Stop
            }
            Message::Ping => Turn::Say(r#"{"type":"pong"}"#.to_owned()),
            Message::Over => {
                over = Some(String::from_utf8_lossy(text).into_owned());
                Turn::Stop
            }
            Message::Acknowledged | Message::Other => Turn::On,
        })
        .await?;
        match over {
            None => Ok(()),
            Some(words) => Err(format!("the subscription ended: {words}")),
        }
    }
}

/// Notes the place; the buffer is kept, for there is one for each message.
fn stand(record: &mut Record, cursor: &str) {
    if !cursor.is_empty() {
        let kept = record.cursor.get_or_insert_default();
        kept.clear();
        kept.push_str(cursor);
    }
}

/// What is behind a lock.
pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Now.
#[must_use]
pub fn micros() -> i64 {
    Clock::system().now().timestamp_micros()
}

/// An instant as it is written, in microseconds; the same text comes thousands of times, and is read once.
fn instant(text: &str) -> i64 {
    thread_local! {
        static LAST: RefCell<(String, i64)> = const { RefCell::new((String::new(), 0)) };
    }
    LAST.with_borrow_mut(|last| {
        if last.0 != text {
            let read = DateTime::parse_from_rfc3339(text);
            *last = (
                text.to_owned(),
                read.map_or(0, |read| read.timestamp_micros()),
            );
        }
        last.1
    })
}
