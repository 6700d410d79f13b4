//! An application whose sessions and operations do what the payloads say.

use std::{
    collections::VecDeque,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep},
};

use crate::http::socket::{
    Close, Current, Object, OperationRequest, Outlet, Payload, Payloads, Sessions,
};

#[derive(Clone)]
pub(super) struct Toy(Arc<Shared>);

pub(super) struct Shared {
    /// Names whose sessions are revoked.
    revoked: watch::Sender<Vec<String>>,
    /// Counts up; each count is an event for `events` operations.
    event: watch::Sender<u64>,
    /// Set forward by tests, as a clock that jumps.
    skipped: Mutex<Duration>,
    /// How long it takes to say how long a session holds: it is asked between a result and its being sent.
    pondering: Mutex<Duration>,
    running: AtomicUsize,
    /// The newest `straight` operation.
    follower: Mutex<Option<Arc<Follower>>>,
}

/// A `straight` operation, and what it was told and has not fetched.
struct Follower {
    outlet: Outlet,
    waiting: Mutex<VecDeque<Payload>>,
    told: Notify,
}

#[derive(Debug)]
pub(super) struct Person {
    name: String,
    owner: Option<u128>,
    until: Option<Instant>,
}

impl Default for Toy {
    fn default() -> Self {
        Self(Arc::new(Shared {
            revoked: watch::Sender::default(),
            event: watch::Sender::default(),
            skipped: Mutex::default(),
            pondering: Mutex::default(),
            running: AtomicUsize::new(0),
            follower: Mutex::default(),
        }))
    }
}

impl Toy {
    pub(super) fn revoke(&self, name: &str) {
        self.0
            .revoked
            .send_modify(|names| names.push(name.to_owned()));
    }

    pub(super) fn fire(&self) {
        self.0.event.send_modify(|count| *count += 1);
    }

    pub(super) fn skip(&self, time: Duration) {
        *self.0.skipped.lock().expect("is not poisoned") += time;
    }

    /// Tells the `straight` operation a value: straight if it can be, else by its stream. Whether it went straight.
    pub(super) fn tells(&self, value: i64) -> bool {
        self.tells_at_once(&[value])
    }

    /// The same with several values at once.
    pub(super) fn tells_at_once(&self, values: &[i64]) -> bool {
        let payloads = values.iter().map(|value| data(json!(value)));
        self.tell(payloads.collect(), true)
    }

    /// Tells it by its stream.
    pub(super) fn tells_by_the_stream(&self, value: i64) {
        self.tell(vec![data(json!(value))], false);
    }

    /// Straight if it can be, and of many bytes.
    pub(super) fn tells_much(&self) -> bool {
        self.tell(vec![data(json!("x".repeat(64 * 1024)))], true)
    }

    /// Whether the operation's stream has nothing left.
    pub(super) fn has_fetched_all(&self) -> bool {
        let follower = self.follower();
        let waiting = follower.waiting.lock().expect("is not poisoned");
        waiting.is_empty()
    }

    fn follower(&self) -> Arc<Follower> {
        let follower = self.0.follower.lock().expect("is not poisoned").clone();
        follower.expect("somebody follows")
    }

    fn tell(&self, payloads: Vec<Payload>, may_go_straight: bool) -> bool {
        let follower = self.follower();
        let mut waiting = follower.waiting.lock().expect("is not poisoned");
        let is_next = waiting.is_empty() && may_go_straight;
        let bytes: Vec<&[u8]> = payloads.iter().map(|it| it.as_bytes()).collect();
        let is_sent = is_next && follower.outlet.send(&bytes);
        if !is_sent {
            waiting.extend(payloads);
            follower.told.notify_one();
        }
        is_sent
    }

    /// What the operation is told and was not sent straight.
    fn straight(&self, outlet: Outlet) -> BoxStream<'static, Payload> {
        let follower = Arc::new(Follower {
            outlet,
            waiting: Mutex::default(),
            told: Notify::new(),
        });
        *self.0.follower.lock().expect("is not poisoned") = Some(Arc::clone(&follower));
        stream::unfold(
            (follower, Counted::new(self)),
            |(follower, counted)| async move {
                loop {
                    let next = follower
                        .waiting
                        .lock()
                        .expect("is not poisoned")
                        .pop_front();
                    if let Some(next) = next {
                        return Some((next, (follower, counted)));
                    }
                    follower.told.notified().await;
                }
            },
        )
        .boxed()
    }

    pub(super) fn ponders(&self, time: Duration) {
        *self.0.pondering.lock().expect("is not poisoned") = time;
    }

    /// How many `events`, `flood` and `straight` operations exist.
    pub(super) fn running(&self) -> usize {
        self.0.running.load(Ordering::SeqCst)
    }

    fn now(&self) -> Instant {
        Instant::now() + *self.0.skipped.lock().expect("is not poisoned")
    }

    /// `{name, owner, ms}`, or `{token: "bad"}`, or `{slow: true}`.
    async fn person(&self, payload: &Object) -> Result<Arc<Person>, Close> {
        if payload.get("token").is_some_and(|token| token == "bad") {
            return Err(Close::forbidden("bad token"));
        }
        if payload.get("token").is_some_and(|token| token == "unknown") {
            return Err(Close::try_again_later("cannot tell now"));
        }
        if payload.contains_key("slow") {
            pending::<()>().await;
        }
        let name = payload.get("name").and_then(Value::as_str);
        let lifetime = payload.get("ms").and_then(Value::as_u64);
        Ok(Arc::new(Person {
            name: name.unwrap_or("nobody").to_owned(),
            owner: payload.get("owner").and_then(Value::as_u64).map(u128::from),
            until: lifetime.map(|ms| self.now() + Duration::from_millis(ms)),
        }))
    }

    /// Yields the session's name of that moment for each event fired.
    fn events(&self, session: Current<Person>) -> BoxStream<'static, Payload> {
        let counted = Counted::new(self);
        let events = self.0.event.subscribe();
        stream::unfold((events, counted), move |(mut events, counted)| {
            let session = session.clone();
            async move {
                events.changed().await.ok()?;
                let name = session.get().name.clone();
                Some((data(json!(name)), (events, counted)))
            }
        })
        .boxed()
    }

    /// Large results without end, always ready.
    fn flood(&self) -> BoxStream<'static, Payload> {
        let counted = Counted::new(self);
        let payload = data(json!("x".repeat(16 * 1024)));
        stream::repeat_with(move || {
            let _ = &counted;
            payload.clone()
        })
        .boxed()
    }
}

struct Counted(Toy);

impl Counted {
    fn new(toy: &Toy) -> Self {
        toy.0.running.fetch_add(1, Ordering::SeqCst);
        Self(toy.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn data(value: Value) -> Payload {
    json!({"data": {"v": value}}).to_string().into()
}

impl Sessions for Toy {
    type Session = Person;

    async fn open(&self, payload: Option<Object>) -> Result<Arc<Person>, Close> {
        self.person(&payload.unwrap_or_default()).await
    }

    async fn renew(
        &self,
        _current: &Arc<Person>,
        payload: Object,
    ) -> Result<Option<Arc<Person>>, Close> {
        if payload.contains_key("note") {
            return Ok(None);
        }
        self.person(&payload).await.map(Some)
    }

    fn owner(&self, session: &Person) -> Option<u128> {
        session.owner
    }

    fn time_left(&self, session: &Person) -> Option<Duration> {
        let pondered = Instant::now() + *self.0.pondering.lock().expect("is not poisoned");
        while Instant::now() < pondered {
            std::hint::spin_loop();
        }
        let until = session.until?;
        Some(until.saturating_duration_since(self.now()))
    }

    async fn revoked(&self, session: &Arc<Person>) {
        let mut revoked = self.0.revoked.subscribe();
        let seen = revoked.wait_for(|names| names.contains(&session.name));
        seen.await.expect("the toy outlives its sessions");
    }

    async fn subscribe(
        &self,
        session: Current<Person>,
        request: OperationRequest,
        outlet: Outlet,
    ) -> Result<Payloads, Payload> {
        Ok(match request.query.as_str() {
            "events" => self.events(session),
            "flood" => self.flood(),
            "straight" => self.straight(outlet),
            "never" => stream::pending().boxed(),
            "slow start" => pending().await,
            "count" => stream::iter(0..5).map(|n| data(json!(n))).boxed(),
            "huge" => stream::iter([data(json!("x".repeat(2 << 20))), data(json!(1))]).boxed(),
            "late" => {
                sleep(Duration::from_millis(50)).await;
                stream::iter([data(json!("late"))]).boxed()
            }
            "echo" => {
                let said = json!([request.operation_name, request.variables]);
                stream::iter([data(said)]).boxed()
            }
            _ => return Err(Utf8Bytes::from_static(r#"[{"message":"no such field"}]"#)),
        })
    }
}
