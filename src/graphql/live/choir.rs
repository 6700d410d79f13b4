//! Those who follow a stream by the same operation, told together: one task goes from seat to seat and gives each, once it is
//! decided that they may have it, what somebody alike was told; and what they all are shown by that is recorded at once. Then it is
//! written to each socket that has nothing else to send: a delivery wakes nobody. Whoever is not reached so is woken once, with what
//! is ready to be sent.
//!
//! Most of what a delivery costs is the write. So when there is more to tell of than one event, and somebody has seen to the next ones
//! already, they are all told of some before anything is delivered: each is then written to once.
//!
//! Somebody has to be told first: one of them is called to see for themselves, and the others wait for that. Whoever is not like
//! anybody, or may not see it, or about whom something has to be looked up, is called as well, and told by their own feed. A seat
//! whose owner is away is left alone: they look for themselves before they sit down again.

use super::alike::{Known, Telling};
use super::answers::Key;
use super::feed::Feed;
use super::run::{Part, Run};
use super::seat::{Recording, Round, Seat, Sitter, Told};
use super::{Channel, Event};
use crate::event::{self, Ring};
use crate::state::State;
use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the others wait for the one who is told first. A slow machine needs about so long to make an answer; without one they
/// are only later by it.
const HEAD_START: Duration = Duration::from_millis(20);
/// How many are called first in vain, since they may be served by nobody, before all are.
const IN_VAIN: usize = 3;
/// How many are told before others have their turn, and what they are shown is recorded.
const AT_ONCE: usize = 500;
/// Of how many events they are told at most before they are delivered: a seat has room for twice as many, and the first of them is
/// late by what telling of the others takes.
const RUN: i64 = 8;
/// How long they are told of more before they are delivered what they were told: well before that is too old to be sent.
const LONGEST_RUN: Duration = Duration::from_millis(200);

/// Those who are told together.
pub(super) struct Choir<C: Channel> {
    state: Arc<State>,
    key: Key,
    ring: Ring,
    /// The place in the stream that they have been told of.
    at: AtomicI64,
    /// Somebody goes from seat to seat.
    is_telling: AtomicBool,
    members: Mutex<Members<C>>,
}

struct Members<C: Channel> {
    /// In the order in which they came.
    seats: BTreeMap<u64, Arc<Seat<Feed<C>>>>,
    next: u64,
}

/// A place in a choir, until it is dropped.
pub(super) struct Membership<C: Channel> {
    choir: Arc<Choir<C>>,
    number: u64,
    seat: Arc<Seat<Feed<C>>>,
}

impl<C: Channel> Membership<C> {
    /// The seat.
    pub fn seat(&self) -> &Seat<Feed<C>> {
        &self.seat
    }
}

impl<C: Channel> Drop for Membership<C> {
    fn drop(&mut self) {
        self.choir.members().seats.remove(&self.number);
        self.seat.leave();
    }
}

impl<C: Channel> Choir<C> {
    /// A place in the choir of those who follow as this feed does; none when its answers are its own.
    pub fn join(feed: &Feed<C>) -> Option<Membership<C>> {
        let key = feed.key?;
        let ring = feed.following.as_ref()?.ring();
        let name = (TypeId::of::<C>(), key);
        let choir = ring.choir(name, || Arc::new(Self::new(feed, key, ring.clone())));
        let choir = choir.any().downcast::<Self>().ok()?;
        let seat = Arc::new(Seat::new(feed.outlet.clone()));
        let number = {
            let mut members = choir.members();
            let number = members.next;
            members.next += 1;
            members.seats.insert(number, Arc::clone(&seat));
            number
        };
        Some(Membership {
            choir,
            number,
            seat,
        })
    }

    /// Nobody's yet, where this feed stands.
    fn new(feed: &Feed<C>, key: Key, ring: Ring) -> Self {
        Self {
            state: Arc::clone(&feed.state),
            key,
            ring,
            at: AtomicI64::new(feed.at()),
            is_telling: AtomicBool::new(false),
            members: Mutex::new(Members {
                seats: BTreeMap::new(),
                next: 0,
            }),
        }
    }

    fn members(&self) -> MutexGuard<'_, Members<C>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seats(&self) -> Vec<Arc<Seat<Feed<C>>>> {
        self.members().seats.values().cloned().collect()
    }

    fn at(&self) -> i64 {
        self.at.load(Ordering::Acquire)
    }

    fn call_all(&self) {
        for seat in self.seats() {
            seat.call();
        }
    }

    /// Tells of all that there is.
    async fn tell_all(&self) {
        while self.at() < self.ring.head() {
            match self.ring.head() - self.at() {
                1 => self.tell_next(&mut None).await,
                many => {
                    let begun = Instant::now();
                    let mut held = Some(Run::new(&self.state));
                    self.tell_next(&mut held).await;
                    for _ in 1..many.min(RUN) {
                        // Whoever would see to it may have to hear the beginning of this run first.
                        if begun.elapsed() > LONGEST_RUN || !self.is_next_answered() {
                            break;
                        }
                        self.tell_next(&mut held).await;
                        self.state.tally.in_runs.fetch_add(1, Ordering::Relaxed);
                    }
                    if let Some(run) = held {
                        run.deliver(Arc::clone(&self.state), self.seats());
                    }
                }
            }
        }
    }

    /// Whether somebody was answered of the next event, or there is nothing to answer.
    fn is_next_answered(&self) -> bool {
        let next = self.ring.get(self.at() + 1);
        let known = next.and_then(|event| Known::<C>::of(&event, &self.key));
        known.is_some_and(|it| it.is_answered())
    }

    /// Tells of the next event; what they are told is delivered with the rest of a run, if it is told in one.
    async fn tell_next(&self, run: &mut Option<Run>) {
        let next = self.at() + 1;
        let stands_at = match self.ring.get(next) {
            Some(event) => {
                self.tell(&event, run).await;
                next
            }
            // It has been told of by too much since.
            None => {
                let head = self.ring.head();
                self.call_all();
                head
            }
        };
        self.at.store(stands_at, Ordering::Release);
    }

    /// Tells of one event.
    async fn tell(&self, event: &Arc<Event>, run: &mut Option<Run>) {
        let mut rest = self.seats();
        let mut in_vain = 0;
        while in_vain < IN_VAIN {
            let known = Known::<C>::of(event, &self.key);
            rest = self.pass(event, known.as_ref(), rest, run).await;
            if known.as_ref().is_some_and(|it| it.answers.is_all) {
                break;
            }
            let Some(first) = leader(&mut rest) else {
                return;
            };
            let seen = known.map_or(0, |it| it.answers.answers.len());
            first.call();
            if rest.is_empty() {
                return;
            }
            let news = self.news(event, seen);
            in_vain += match tokio::time::timeout(HEAD_START, news).await {
                Ok(()) => 0,
                Err(_) => 1,
            };
        }
        for seat in rest {
            seat.call();
        }
    }

    /// Waits for an answer beside those that were seen, or for there to be none.
    async fn news(&self, event: &Event, seen: usize) {
        loop {
            let mut told = std::pin::pin!(event.told.notified());
            told.as_mut().enable();
            let known = Known::<C>::of(event, &self.key);
            if known.is_some_and(|it| it.answers.is_all || it.answers.answers.len() > seen) {
                return;
            }
            told.await;
        }
    }

    /// Goes from seat to seat once; who could not be told is given back.
    async fn pass(
        &self,
        event: &Arc<Event>,
        known: Option<&Known<C>>,
        seats: Vec<Arc<Seat<Feed<C>>>>,
        run: &mut Option<Run>,
    ) -> Vec<Arc<Seat<Feed<C>>>> {
        let mut rest = Vec::new();
        for some in seats.chunks(AT_ONCE) {
            let round = Round {
                seq: event.event.seq,
                since: Instant::now(),
                batch: Arc::default(),
            };
            let recording = Recording::of(&round.batch);
            let mut now = Run::new(&self.state);
            let mut telling = Telling::new(&self.state, event, known);
            let mut given = Vec::new();
            for seat in some {
                match seat.tell(&round, |feed| telling.alike(feed)) {
                    Told::Given => given.push(Arc::clone(seat)),
                    Told::Unlike => rest.push(Arc::clone(seat)),
                    Told::Done => {}
                }
            }
            if !given.is_empty() {
                let count = u64::try_from(given.len()).unwrap_or(u64::MAX);
                let tally = &self.state.tally;
                tally.given.fetch_add(count, Ordering::Relaxed);
                tally.together.fetch_add(count, Ordering::Relaxed);
                // Begun here, so that it is recorded in the order in which they were told.
                let keeping = self.state.audit.keep_together(telling.together);
                let part = Part {
                    keeping,
                    recording,
                    many: given.len(),
                };
                match run {
                    Some(run) => run.add(part),
                    None => {
                        now.add(part);
                        now.deliver(Arc::clone(&self.state), given);
                    }
                }
            }
            tokio::task::yield_now().await;
        }
        rest
    }
}

/// Who is called before the others: one who has taken all that they were told, if there is one.
fn leader<F: Sitter>(seats: &mut Vec<Arc<Seat<F>>>) -> Option<Arc<Seat<F>>> {
    let free = seats.iter().rposition(|seat| seat.is_free());
    let place = free.or(seats.len().checked_sub(1))?;
    Some(seats.remove(place))
}

impl<C: Channel> event::Choir for Choir<C> {
    fn hear(self: Arc<Self>) {
        if !self.is_telling.swap(true, Ordering::AcqRel) {
            tokio::spawn(Tour(self).run());
        }
    }

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Somebody who goes from seat to seat.
struct Tour<C: Channel>(Arc<Choir<C>>);

impl<C: Channel> Tour<C> {
    async fn run(self) {
        loop {
            self.0.tell_all().await;
            self.0.is_telling.store(false, Ordering::Release);
            // What came in between may have been left to this one.
            let is_more = self.0.at() < self.0.ring.head();
            if !is_more || self.0.is_telling.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }
}

impl<C: Channel> Drop for Tour<C> {
    /// Whatever went wrong on the way, nobody waits for the one who is not there any more.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let choir = &self.0;
            choir.at.store(choir.ring.head(), Ordering::Release);
            choir.is_telling.store(false, Ordering::Release);
            choir.call_all();
        }
    }
}
