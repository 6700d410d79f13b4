//! GraphQL over Server-Sent Events, for clients whose way to the server lets no WebSocket through: the *distinct
//! connections* mode of that protocol, by POST.
//!
//! One request is one operation. Each result is an event `next`, the end of the operation an event `complete`; what the
//! gate or validation refuses is told in a `next` too, as the protocol wants it. A `next` has the `cursor` of its message
//! as `id` (if the client asked for that field), and `Last-Event-ID` goes on from there ([`resumed`](super::resume)).
//!
//! A stream is a socket by another name. It takes a place among them, and ends as they do: when the server stops, the
//! session is revoked, the token expires (nothing can renew it here) or the stream is too old. Then there is no
//! `complete`, for the operation is not: a comment says why, the connection ends, and clients come back.
//!
//! It needs no buffer: the body is polled only when the connection takes more, so a slow reader holds back nobody, what
//! waits for it is the connection's own buffer of 32 KiB, and one that takes nothing is cut off by the listener. Only the
//! session's end is looked for by a task. A comment now and then keeps proxies from believing that nobody is there. The
//! events are written here and not by axum's `Event`, which leaves empty data out; and without a line of data clients do not hear of `complete`.

use super::answer::{self, Answer};
use super::request::Asked;
use super::router::{Door, LAST_EVENT_ID};
use super::socket::{Close, Full, Place};
use crate::access::{Actor, Viewer};
use crate::account::{self, Client};
use crate::error::Fault;
use crate::meter::{Held, Meter};
use async_graphql::Value;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde::Deserialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The longest `id` that is given out or taken back; cursors are shorter.
const LONGEST_ID: usize = 64;
/// When a stream that finds no place may be tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// The id of the last message that the client has seen, if it says one that could be ours.
pub fn last_seen(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(LAST_EVENT_ID)?.to_str().ok()?;
    is_id(text).then(|| text.to_owned())
}

fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(plain)
}

/// Starts an operation, and answers with the stream of what becomes of it.
///
/// # Errors
/// [`Fault::RateLimited`] or [`Fault::Unavailable`] when there is no place for the stream.
pub async fn begin(
    door: Arc<Door>,
    viewer: Viewer,
    client: Client,
    asked: Asked,
    request_id: Arc<str>,
) -> Result<Response, Fault> {
    let actor = viewer.actor().cloned();
    let owner = actor.as_ref().map(|actor| actor.user.0.as_u128());
    let place = door.sockets.place(owner).map_err(|full| match full {
        Full::Owner => Fault::RateLimited(AGAIN),
        Full::Server => Fault::unavailable("no room for another stream"),
    })?;
    let started = door
        .engine
        .start(&viewer, client, asked, door.subscriptions_only, None);
    let started = started.await;
    let meter = door.engine.state().db.meter().clone();
    meter.operations.one(answer::begun(&started));
    let answers = match started {
        Ok(answers) => answers,
        Err(refused) => stream::once(async { refused }).boxed(),
    };
    let revoked = revoked(Arc::clone(&door), actor.clone());
    let life = Life {
        answers,
        actor,
        revoked,
        place,
        door,
        request_id,
        born: Instant::now(),
        end: "left",
        _held: [
            meter.hold(|it| &it.streams),
            meter.hold(|it| &it.subscriptions),
        ],
        meter,
    };
    let begun = stream::once(async { Ok::<_, Infallible>(comment("")) });
    let events = stream::unfold(Some(life), |life| async move {
        let mut life = life?;
        let (event, goes_on) = life.next().await;
        Some((Ok(event), goes_on.then_some(life)))
    });
    let mut response = Body::from_stream(begun.chain(events)).into_response();
    let headers = response.headers_mut();
    let media = HeaderValue::from_static("text/event-stream");
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Or nginx would gather a page of events before it passes on the first.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    headers.insert(unbuffered, HeaderValue::from_static("no"));
    Ok(response)
}

/// Resolves once the session is no more. A task of its own looks: here nothing is polled while the client does not read, and others
/// may wait for what is looked up.
fn revoked(door: Arc<Door>, actor: Option<Actor>) -> BoxFuture<'static, ()> {
    let Some(actor) = actor else {
        return Box::pin(std::future::pending());
    };
    // Whoever is dropped with it is aborted.
    let mut looking = JoinSet::new();
    looking.spawn(async move { account::until_ended(door.engine.state(), &actor).await });
    Box::pin(async move {
        // Also when it panicked: who cannot look does not go on.
        let _ended = looking.join_next().await;
    })
}

/// One stream.
struct Life {
    answers: BoxStream<'static, Answer>,
    actor: Option<Actor>,
    revoked: BoxFuture<'static, ()>,
    place: Place,
    door: Arc<Door>,
    request_id: Arc<str>,
    born: Instant,
    /// How it ends if nothing else is said before.
    end: &'static str,
    meter: Meter,
    _held: [Held; 2],
}

impl Drop for Life {
    fn drop(&mut self) {
        self.meter.ends.one(self.end);
    }
}

impl Life {
    /// The next event, and whether more may follow it. The order of attention is that of sockets: what has ended gets
    /// nothing more, though output be ready at the same moment.
    async fn next(&mut self) -> (Bytes, bool) {
        let wait = self.patience();
        tokio::select! {
            biased;
            () = self.place.stopped() => self.ended(&Close::GOING_AWAY),
            () = &mut self.revoked => self.ended(&Close::REVOKED),
            () = tokio::time::sleep(wait) => match self.over() {
                Some(close) => self.ended(&close),
                None => (comment(""), true),
            },
            answer = self.answers.next() => match (self.over(), answer) {
                (Some(close), _) => self.ended(&close),
                (None, Some(answer)) => (self.told(answer), true),
                (None, None) => (event("complete", None, ""), false),
            },
        }
    }

    /// How long to wait for something to happen: until the next sign of life is due, or the end.
    fn patience(&self) -> Duration {
        let settings = &self.place.settings;
        let age = settings.max_age.saturating_sub(self.born.elapsed());
        let token = self.token().unwrap_or(Duration::MAX);
        settings.ping_every.min(age).min(token)
    }

    /// How long the token still holds, by the application's clock.
    fn token(&self) -> Option<Duration> {
        let left = self.actor.as_ref()?.expires_at - self.door.engine.state().clock.now();
        Some(left.to_std().unwrap_or_default())
    }

    /// Why the stream is over, if its time is.
    fn over(&self) -> Option<Close> {
        if self.token() == Some(Duration::ZERO) {
            return Some(Close::EXPIRED);
        }
        (self.born.elapsed() >= self.place.settings.max_age).then_some(Close::TOO_OLD)
    }

    /// The last thing that is said.
    fn ended(&mut self, close: &Close) -> (Bytes, bool) {
        self.end = close.cause();
        let why = format!("{} {}", close.code(), close.reason());
        (comment(&why), false)
    }

    fn told(&self, answer: Answer) -> Bytes {
        self.meter.deliveries.one();
        let cursor = cursor(&answer);
        let json = answer::bare_json(answer, &self.request_id);
        let json = String::from_utf8(json).unwrap_or_default();
        event("next", cursor.as_deref(), &json)
    }
}

/// An event; JSON has no line of its own that could end it early.
fn event(name: &str, id: Option<&str>, data: &str) -> Bytes {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: {name}\n{id}data: {data}\n\n").into()
}

/// A line that clients pass over.
fn comment(text: &str) -> Bytes {
    format!(": {text}\n\n").into()
}

/// The message's place in its stream, if the client asked for it.
fn cursor(answer: &Answer) -> Option<String> {
    let cursor = match answer {
        Answer::Refused(..) => None,
        Answer::Ran(response, _) => resolved(&response.data).map(str::to_owned),
        Answer::Written(text) => written(text),
    };
    cursor.filter(|it| is_id(it))
}

/// The cursor of a message that was made for this stream.
fn resolved(data: &Value) -> Option<&str> {
    let Value::Object(data) = data else {
        return None;
    };
    match data.values().next()? {
        Value::Object(message) => match message.get("cursor")? {
            Value::String(cursor) => Some(cursor),
            _ => None,
        },
        _ => None,
    }
}

/// The cursor of a message that was made for another and is JSON already.
fn written(text: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        data: HashMap<String, Message>,
    }
    #[derive(Deserialize)]
    struct Message {
        cursor: String,
    }
    let body: Body = serde_json::from_slice(text).ok()?;
    body.data.into_values().next().map(|message| message.cursor)
}
