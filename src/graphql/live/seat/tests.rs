use super::{
    AHEAD, Alike, Called, MOST_BYTES, Outlet, Recording, Round, STALE, Seat, Sitter, Told,
};
use futures_util::FutureExt as _;
use proptest::prelude::*;
use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::time::Instant;

/// A feed of a stream whose events are their numbers.
struct Toy {
    at: i64,
    head: Arc<AtomicI64>,
}

impl Sitter for Toy {
    fn at(&self) -> i64 {
        self.at
    }

    fn stands_at(&mut self, seq: i64) {
        self.at = seq;
    }

    fn is_behind(&self) -> bool {
        self.at < self.head.load(Ordering::SeqCst)
    }
}

fn text(seq: i64) -> Arc<[u8]> {
    seq.to_be_bytes().into()
}

fn long_text(seq: i64) -> Arc<[u8]> {
    let mut text = vec![0; MOST_BYTES / 2 + 1];
    text[..8].copy_from_slice(&seq.to_be_bytes());
    text.into()
}

fn round(seq: i64, since: Instant) -> Round {
    Round {
        seq,
        since,
        batch: Arc::default(),
    }
}

/// Where the owner hears what they are told: from themselves, and straight while it is open.
#[derive(Default)]
struct Ear {
    is_open: AtomicBool,
    /// How often something was handed over straight.
    writes: AtomicUsize,
    heard: Mutex<Vec<i64>>,
    /// What they were told and is not recorded, or not yet.
    unrecorded: Mutex<HashSet<i64>>,
    is_woken: AtomicBool,
}

impl Ear {
    fn hears(&self, seq: i64) {
        self.heard.lock().unwrap().push(seq);
    }

    fn is_told(&self, text: &[u8]) {
        let seq = i64::from_be_bytes(text[..8].try_into().unwrap());
        let is_recorded = !self.unrecorded.lock().unwrap().contains(&seq);
        assert!(is_recorded, "{seq} is not recorded");
        self.hears(seq);
    }
}

impl Outlet for Ear {
    fn give(&self, texts: &[&[u8]]) -> bool {
        let is_open = self.is_open.load(Ordering::SeqCst);
        if is_open {
            self.writes.fetch_add(1, Ordering::SeqCst);
            texts.iter().for_each(|text| self.is_told(text));
        }
        is_open
    }

    fn is_free(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }
}

impl Wake for Ear {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::SeqCst);
    }
}

/// A seat with its owner, who hears whatever they are told, and what they see for themselves.
struct World {
    seat: Seat<Toy>,
    head: Arc<AtomicI64>,
    away: Option<Box<Toy>>,
    ear: Arc<Ear>,
    /// What is not recorded yet.
    open: Vec<(i64, Recording)>,
    failed: bool,
    text: fn(i64) -> Arc<[u8]>,
}

impl World {
    fn new() -> Self {
        let head = Arc::new(AtomicI64::new(0));
        let toy = Toy {
            at: 0,
            head: Arc::clone(&head),
        };
        let ear = Arc::<Ear>::default();
        Self {
            seat: Seat::new(Some(Arc::clone(&ear) as Arc<dyn Outlet>)),
            head,
            away: Some(Box::new(toy)),
            ear,
            open: Vec::new(),
            failed: false,
            text,
        }
    }

    /// One more event, of which the choir tells unless the owner is to see for themselves.
    fn event(&mut self, alike: &Alike, since: Instant) {
        let seq = self.head.fetch_add(1, Ordering::SeqCst) + 1;
        let round = round(seq, since);
        let told = self.seat.tell(&round, |_| match alike {
            Alike::Given(_) => Alike::Given((self.text)(seq)),
            Alike::Silent => Alike::Silent,
            Alike::Unlike => Alike::Unlike,
            Alike::Own => Alike::Own,
        });
        match told {
            Told::Given => {
                self.ear.unrecorded.lock().unwrap().insert(seq);
                self.open.push((seq, Recording::of(&round.batch)));
            }
            Told::Unlike => self.seat.call(),
            Told::Done => {}
        }
    }

    /// Has these recorded; nothing is delivered.
    fn record(&mut self, open: Vec<(i64, Recording)>) {
        for (seq, recording) in open {
            self.ear.unrecorded.lock().unwrap().remove(&seq);
            recording.is(true);
        }
    }

    fn decide(&mut self, is_recorded: bool) {
        for (seq, recording) in self.open.drain(..) {
            if is_recorded {
                self.ear.unrecorded.lock().unwrap().remove(&seq);
            }
            recording.is(is_recorded);
            self.seat.deliver(Instant::now());
        }
    }

    fn heard(&self) -> Vec<i64> {
        self.ear.heard.lock().unwrap().clone()
    }

    /// The owner does what there is to do, until there is nothing; if they are at rest, only when they have been woken.
    fn owner(&mut self) {
        let is_woken = self.ear.is_woken.swap(false, Ordering::SeqCst);
        if self.away.is_none() && !is_woken {
            return;
        }
        let waker = Arc::clone(&self.ear).into();
        let mut context = Context::from_waker(&waker);
        while !self.failed {
            if let Some(mut toy) = self.away.take() {
                while toy.is_behind() {
                    toy.at += 1;
                    self.ear.hears(toy.at);
                }
                self.away = self.seat.sits(toy);
                continue;
            }
            match pin!(self.seat.called()).poll(&mut context) {
                Poll::Pending => return,
                Poll::Ready(Called::Given(text)) => self.ear.is_told(&text),
                Poll::Ready(Called::Away(toy)) => self.away = Some(toy),
                Poll::Ready(Called::Failed(..)) => self.failed = true,
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Given,
    Late,
    Unlike,
    Own,
    Recorded,
    Lost,
    Owner,
    /// From now on the owner is reached straight, or not.
    Straight(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => Just(Step::Given),
        1 => Just(Step::Late),
        1 => Just(Step::Unlike),
        1 => Just(Step::Own),
        4 => Just(Step::Recorded),
        1 => Just(Step::Lost),
        4 => Just(Step::Owner),
        2 => any::<bool>().prop_map(Step::Straight),
    ]
}

proptest! {
    #[test]
    fn the_owner_hears_of_each_event_once_in_order_and_of_none_before_it_is_recorded(
        steps in proptest::collection::vec(step(), 0..80),
    ) {
        let mut world = World::new();
        let now = Instant::now();
        let late = now.checked_sub(STALE * 2).unwrap_or(now);
        world.owner();
        for step in steps {
            match step {
                Step::Given => world.event(&Alike::Given(text(0)), now),
                Step::Late => world.event(&Alike::Given(text(0)), late),
                Step::Unlike => world.event(&Alike::Unlike, now),
                Step::Own => world.event(&Alike::Own, now),
                Step::Recorded => world.decide(true),
                Step::Lost => world.decide(false),
                Step::Owner => world.owner(),
                Step::Straight(is_open) => world.ear.is_open.store(is_open, Ordering::SeqCst),
            }
        }
        world.decide(true);
        world.owner();
        let heard = i64::try_from(world.heard().len()).unwrap();
        prop_assert_eq!(world.heard(), (1..=heard).collect::<Vec<_>>());
        // All of it, unless something could not be recorded: then whatever comes after that is asked for with a cursor.
        prop_assert!(world.failed || heard == world.head.load(Ordering::SeqCst));
    }
}

#[test]
fn what_is_not_told_is_passed_over_and_not_heard() {
    let mut world = World::new();
    world.owner();
    world.event(&Alike::Silent, Instant::now());
    world.event(&Alike::Given(text(0)), Instant::now());
    world.decide(true);
    world.owner();
    assert_eq!(world.heard(), [2]);
}

#[test]
fn what_has_come_together_is_handed_over_at_once() {
    let mut world = World::new();
    world.owner();
    world.ear.is_open.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        world.event(&Alike::Given(text(0)), Instant::now());
    }
    // The third is not recorded when the first is delivered.
    let late = world.open.remove(2);
    let open = std::mem::replace(&mut world.open, vec![late]);
    world.record(open);
    world.seat.deliver(Instant::now());
    assert_eq!(world.heard(), [1, 2]);
    world.decide(true);
    assert_eq!(world.heard(), [1, 2, 3, 4, 5]);
    assert_eq!(world.ear.writes.load(Ordering::SeqCst), 2);
}

#[test]
fn of_what_is_long_the_owner_fetches_the_rest() {
    let mut world = World::new();
    world.text = long_text;
    world.owner();
    world.ear.is_open.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        world.event(&Alike::Given(text(0)), Instant::now());
    }
    let open = std::mem::take(&mut world.open);
    world.record(open);
    world.seat.deliver(Instant::now());
    assert_eq!(world.heard(), [1]);
    world.owner();
    assert_eq!(world.heard(), [1, 2, 3]);
}

#[test]
fn nobody_waits_for_a_record_that_whoever_made_it_has_left() {
    let mut world = World::new();
    world.owner();
    world.event(&Alike::Given(text(0)), Instant::now());
    world.open.clear();
    world.seat.call();
    world.owner();
    assert!(world.failed, "they go on from their cursor");
}

#[test]
fn whoever_takes_nothing_is_told_so_much_and_then_sees_for_themselves() {
    let mut world = World::new();
    world.owner();
    for _ in 0..AHEAD + 5 {
        world.event(&Alike::Given(text(0)), Instant::now());
    }
    assert_eq!(world.open.len(), AHEAD);
    world.decide(true);
    world.owner();
    assert_eq!(world.heard().len(), AHEAD + 5);
}

#[test]
fn what_was_given_too_long_ago_is_decided_on_anew() {
    let mut world = World::new();
    world.owner();
    let late = Instant::now().checked_sub(STALE * 2).unwrap();
    world.event(&Alike::Given(text(0)), late);
    world.decide(true);
    let Some(Called::Away(toy)) = world.seat.called().now_or_never() else {
        panic!("it is not what it was decided to be");
    };
    assert_eq!(toy.at, 0);
}

#[test]
fn whoever_has_left_is_told_nothing() {
    let mut world = World::new();
    world.owner();
    world.seat.leave();
    world.event(&Alike::Given(text(0)), Instant::now());
    assert!(world.open.is_empty());
}

#[test]
fn what_comes_between_a_last_look_and_sitting_down_is_seen() {
    let mut world = World::new();
    let looked = world.away.take().unwrap();
    world.event(&Alike::Given(text(0)), Instant::now());
    assert!(world.open.is_empty(), "the owner is away");
    world.away = world.seat.sits(looked);
    assert!(world.away.is_some());
    world.owner();
    assert_eq!(world.heard(), [1]);
}

#[test]
fn whoever_has_not_taken_what_came_before_is_not_free() {
    let mut world = World::new();
    world.owner();
    assert!(!world.seat.is_free(), "they do not read");
    world.ear.is_open.store(true, Ordering::SeqCst);
    assert!(world.seat.is_free());
    world.event(&Alike::Given(text(0)), Instant::now());
    assert!(!world.seat.is_free(), "something waits for its record");
    world.decide(true);
    assert!(world.seat.is_free());
}
