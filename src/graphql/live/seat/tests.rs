use super::{AHEAD, Alike, Batch, Called, Round, STALE, Seat, Sitter, Told};
use futures_util::FutureExt as _;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
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

fn round(seq: i64, since: Instant) -> Round {
    Round {
        seq,
        since,
        batch: Arc::default(),
    }
}

/// A seat with its owner, who hears whatever they are told, and what they see for themselves.
struct World {
    seat: Seat<Toy>,
    head: Arc<AtomicI64>,
    away: Option<Box<Toy>>,
    heard: Vec<i64>,
    /// What is not recorded yet.
    open: Vec<(i64, Arc<Batch>)>,
    unrecorded: Vec<i64>,
    failed: bool,
}

impl World {
    fn new() -> Self {
        let head = Arc::new(AtomicI64::new(0));
        let toy = Toy {
            at: 0,
            head: Arc::clone(&head),
        };
        Self {
            seat: Seat::new(),
            head,
            away: Some(Box::new(toy)),
            heard: Vec::new(),
            open: Vec::new(),
            unrecorded: Vec::new(),
            failed: false,
        }
    }

    /// One more event, of which the choir tells unless the owner is to see for themselves.
    fn event(&mut self, alike: &Alike, since: Instant) {
        let seq = self.head.fetch_add(1, Ordering::SeqCst) + 1;
        let round = round(seq, since);
        let told = self.seat.tell(&round, |_| match alike {
            Alike::Given(_) => Alike::Given(text(seq)),
            Alike::Silent => Alike::Silent,
            Alike::Unlike => Alike::Unlike,
            Alike::Own => Alike::Own,
        });
        match told {
            Told::Given => self.open.push((seq, round.batch)),
            Told::Unlike => self.seat.call(),
            Told::Done => {}
        }
    }

    fn decide(&mut self, is_recorded: bool) {
        for (seq, batch) in self.open.drain(..) {
            batch.is_recorded(is_recorded);
            if !is_recorded {
                self.unrecorded.push(seq);
            }
        }
    }

    /// The owner does what there is to do, until there is nothing.
    fn owner(&mut self) {
        while !self.failed {
            if let Some(mut toy) = self.away.take() {
                while toy.is_behind() {
                    toy.at += 1;
                    self.heard.push(toy.at);
                }
                self.away = self.seat.sits(toy);
                continue;
            }
            match self.seat.called().now_or_never() {
                None => return,
                Some(Called::Given(text)) => {
                    let seq = i64::from_be_bytes(text[..].try_into().unwrap());
                    assert!(
                        self.open.iter().all(|(open, _)| *open != seq),
                        "{seq} is not recorded"
                    );
                    assert!(
                        !self.unrecorded.contains(&seq),
                        "{seq} could not be recorded"
                    );
                    self.heard.push(seq);
                }
                Some(Called::Away(toy)) => self.away = Some(toy),
                Some(Called::Failed(..)) => self.failed = true,
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
            }
        }
        world.decide(true);
        world.owner();
        let heard = i64::try_from(world.heard.len()).unwrap();
        prop_assert_eq!(&world.heard, &(1..=heard).collect::<Vec<_>>());
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
    assert_eq!(world.heard, [2]);
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
    assert_eq!(world.heard.len(), AHEAD + 5);
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
    assert_eq!(world.heard, [1]);
}
